/** What a retrier does, from its fields. Defaults: https://states-language.net/spec.html#retrying-after-error */
import { isObject } from '../../../asl/tree';

const DEFAULTS = { IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 };

export const NEW_RETRIER = { ErrorEquals: ['States.ALL'], ...DEFAULTS };

/** How long it waits before each attempt, in seconds, at most `count` of them; null: an expression decides. */
export function waits(retrier: unknown, count = 12): number[] | null {
  if (!isObject(retrier)) return null;
  const { IntervalSeconds, MaxAttempts, BackoffRate } = { ...DEFAULTS, ...retrier };
  const most = 'MaxDelaySeconds' in retrier ? retrier.MaxDelaySeconds : Number.POSITIVE_INFINITY;
  if (![IntervalSeconds, MaxAttempts, BackoffRate, most].every((value) => typeof value === 'number')) return null;
  return Array.from({ length: Math.min(count, Math.max(0, Math.floor(MaxAttempts))) }, (_, attempt) =>
    Math.min(IntervalSeconds * BackoffRate ** attempt, most as number),
  );
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const parts: string[] = [];
  let left = Math.round(seconds);
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    if (left >= size && parts.length < 2) {
      parts.push(`${Math.floor(left / size)} ${unit}`);
      left %= size;
    } else if (parts.length > 0) break;
  }
  return parts.join(' ');
}
