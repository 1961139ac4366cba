import type { ExecutionSummary } from '../../api/types';

export interface Statistics {
  count: number;
  running: number;
  /** Of those that have ended; null: none has. */
  successRate: number | null;
  medianMillis: number | null;
  /** 19 of 20 took no longer. */
  p95Millis: number | null;
  slowestMillis: number;
}

export function statisticsOf(runs: readonly ExecutionSummary[]): Statistics {
  const ended = runs.filter((run) => run.stopMillis !== null);
  const took = ended.map((run) => (run.stopMillis ?? 0) - run.startMillis).sort((a, b) => a - b);
  const quantile = (share: number) => took[Math.max(0, Math.ceil(took.length * share) - 1)] ?? null;
  return {
    count: runs.length,
    running: runs.length - ended.length,
    successRate: ended.length === 0 ? null : ended.filter(({ status }) => status === 'SUCCEEDED').length / ended.length,
    medianMillis: quantile(0.5),
    p95Millis: quantile(0.95),
    slowestMillis: took.at(-1) ?? 0,
  };
}
