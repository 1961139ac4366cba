/** Times and durations as texts. Pure. */

export type TimeZone = 'local' | 'utc';

function parts(millis: number, zone: TimeZone): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone === 'utc' ? 'UTC' : undefined,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  return Object.fromEntries(format.formatToParts(millis).map(({ type, value }) => [type, value]));
}

/** `Nov 23, 2026, 10:25:07`; with `isExact` also milliseconds and the zone: `… 10:25:07.123 (UTC+01:00)`. */
export function timeText(millis: number, zone: TimeZone, isExact = false): string {
  if (!Number.isFinite(millis)) return '–';
  const { year, month, day, hour, minute, second, fractionalSecond, timeZoneName = '' } = parts(millis, zone);
  const text = `${month} ${day}, ${year}, ${hour}:${minute}:${second}`;
  if (!isExact) return text;
  const offset = timeZoneName.replace('GMT', '') || '+00:00';
  return `${text}.${fractionalSecond} (UTC${offset})`;
}

const steps: [limitSeconds: number, unitSeconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3_600, 60, 'minute'],
  [86_400, 3_600, 'hour'],
  [30 * 86_400, 86_400, 'day'],
  [365 * 86_400, 30 * 86_400, 'month'],
];

/** `3 minutes ago`, `in 2 hours`. */
export function relativeText(millis: number, nowMillis: number): string {
  const seconds = (millis - nowMillis) / 1000;
  if (Math.abs(seconds) < 5) return 'just now';
  const [, size, unit] = steps.find(([limit]) => Math.abs(seconds) < limit) ?? [0, 365 * 86_400, 'year' as const];
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(Math.trunc(seconds / size), unit);
}

/** `340 ms`, `1.24 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`: two units are enough to compare by. */
export function durationText(millis: number): string {
  if (!Number.isFinite(millis)) return '–';
  if (millis < 999.5) return `${Math.max(0, Math.round(millis))} ms`;
  if (millis < 9_995) return `${(millis / 1000).toFixed(2)} s`;
  if (millis < 59_950) return `${(millis / 1000).toFixed(1)} s`;
  const seconds = Math.round(millis / 1000);
  const both = (large: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
  if (seconds < 3_600) return both(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return both(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return both(Math.floor(minutes / 1_440), 'd', Math.floor((minutes % 1_440) / 60), 'h');
}

/** `812 B`, `12.4 KB`, `5.0 MB`, `2.1 GB`; 1 KB is 1,024 bytes, as AWS counts its limits. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_024 ** 2) return `${(bytes / 1_024).toFixed(1)} KB`;
  if (bytes < 1_024 ** 3) return `${(bytes / 1_024 ** 2).toFixed(1)} MB`;
  return `${(bytes / 1_024 ** 3).toFixed(1)} GB`;
}
