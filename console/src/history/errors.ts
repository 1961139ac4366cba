/** Which Retry or Catch takes an error, as the interpreter decides it. */
import type { State } from '../asl/types';
import type { Attempt } from './types';

interface Row {
  ErrorEquals: unknown[];
  MaxAttempts?: unknown;
}

/** Rows of a Retry or Catch; what is no such row keeps its place, as null. */
function rows(state: State | undefined, field: 'Retry' | 'Catch'): (Row | null)[] {
  const value = state?.value[field];
  if (!Array.isArray(value)) return [];
  return value.map((row) => (Array.isArray(row?.ErrorEquals) ? row : null));
}

/** Errors that `States.ALL` leaves alone. */
const notAll = new Set(['States.DataLimitExceeded', 'States.Runtime']);
const timeouts = new Set(['States.Timeout', 'States.HeartbeatTimeout']);

function taker(rows: (Row | null)[], error: string): number {
  return rows.findIndex((row) => row?.ErrorEquals.some((name) => takes(name, error)));
}

function takes(name: unknown, error: string): boolean {
  if (name === error) return true;
  if (name === 'States.ALL') return !notAll.has(error);
  if (name === 'States.TaskFailed') return !timeouts.has(error) && !notAll.has(error);
  return name === 'States.Timeout' && error === 'States.HeartbeatTimeout';
}

/** Whether a state tries again after its last attempt, which failed. */
export function willRetry(state: State | undefined, attempts: readonly Attempt[], error: string): boolean {
  const retriers = rows(state, 'Retry');
  const index = taker(retriers, error);
  const retrier = retriers[index];
  if (!retrier) return false;
  const most = typeof retrier.MaxAttempts === 'number' ? retrier.MaxAttempts : 3;
  // A redrive counts anew. Each retrier counts the failures that it took.
  const since = attempts.slice(
    Math.max(
      0,
      attempts.findLastIndex((attempt) => attempt.isRedriven),
    ),
  );
  return since.filter(({ error }) => error !== undefined && taker(retriers, error) === index).length <= most;
}

/** Index of the catcher that takes an error; -1: none. */
export function catcherOf(state: State | undefined, error: string): number {
  return taker(rows(state, 'Catch'), error);
}
