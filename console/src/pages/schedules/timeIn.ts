/** A point in time as the clocks of a zone show it: `Mon, Nov 23, 2026, 13:42:10`. */
export function timeIn(millis: number, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }).format(millis);
  } catch {
    // The server knows zones that this browser does not.
    return new Date(millis).toISOString();
  }
}

export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Of this browser first. */
export const zones = (): string[] => [...new Set([localZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];
