/** A point in time as the clocks of a zone show it. */
export function timeIn(millis: number, timeZone: string): string {
  try {
    const options = { timeZone, dateStyle: 'medium', timeStyle: 'medium' } as const;
    return new Intl.DateTimeFormat('en-GB', options).format(millis);
  } catch {
    // The server knows zones that this browser does not.
    return new Date(millis).toISOString();
  }
}
