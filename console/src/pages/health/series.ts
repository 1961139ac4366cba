import { quantile, type Sample, total } from './metrics';

export interface Point {
  atMillis: number;
  samples: Sample[];
}

export interface Series {
  title: string;
  data: { x: Date; y: number }[];
}

export interface Chart {
  title: string;
  /** What a person learns from it. */
  explanation: string;
  unit: string;
  series: Series[];
}

type Between = (before: Point, after: Point) => number | null;
type Accepts = (labels: Record<string, string>) => boolean;

/** Counters become rates, histograms quantiles, of what happened between two looks. */
export function chartsOf(points: readonly Point[]): Chart[] {
  const series = (title: string, between: Between): Series => ({
    title,
    data: points.slice(1).flatMap((after, index) => {
      const before = points[index];
      const y = before ? between(before, after) : null;
      return y === null ? [] : [{ x: new Date(after.atMillis), y }];
    }),
  });
  const rate =
    (name: string, accepts?: Accepts): Between =>
    (before, after) => {
      const difference = total(after.samples, name, accepts) - total(before.samples, name, accepts);
      // A server that was started again counts from zero.
      return difference < 0 ? null : (difference * 1000) / (after.atMillis - before.atMillis);
    };
  const gauge =
    (name: string): Between =>
    (_, after) =>
      total(after.samples, name);
  const millis =
    (name: string, share: number): Between =>
    (before, after) => {
      const seconds = quantile(before.samples, after.samples, name, share);
      return seconds === null ? null : seconds * 1000;
    };
  return [
    {
      title: 'Executions',
      explanation: 'Started and ended a second.',
      unit: '/s',
      series: [
        series('Started', rate('stepwright_executions_started_total')),
        series('Ended', rate('stepwright_executions_ended_total')),
        series(
          'Not succeeded',
          rate('stepwright_executions_ended_total', ({ status }) => status !== 'SUCCEEDED'),
        ),
      ],
    },
    {
      title: 'State transitions',
      explanation: 'Every entry into and exit from a state.',
      unit: '/s',
      series: [series('Transitions', rate('stepwright_transitions_total'))],
    },
    {
      title: 'Requests',
      explanation: 'Of clients, this console included; refused ones are errors of AWS’s names.',
      unit: '/s',
      series: [
        series('All', rate('stepwright_http_requests_total')),
        series(
          'Refused',
          rate('stepwright_http_requests_total', ({ error }) => Boolean(error)),
        ),
      ],
    },
    {
      title: 'Commit latency',
      explanation: 'Until the disk has what is acknowledged. Slow disks show here first.',
      unit: 'ms',
      series: [
        series('Median', millis('stepwright_commit_seconds', 0.5)),
        series('99 %', millis('stepwright_commit_seconds', 0.99)),
      ],
    },
    {
      title: 'Open work',
      explanation:
        'Calls of tasks that are out, and steps that wait for a thread. A queue that only grows is too much work.',
      unit: '',
      series: [
        series('Open calls', gauge('stepwright_open_calls')),
        series('Queued steps', gauge('stepwright_queue_depth')),
        series('Commits waiting', gauge('stepwright_commit_queue_depth')),
      ],
    },
    {
      title: 'Running executions',
      explanation: 'Most of them wait, and cost next to nothing then.',
      unit: '',
      series: [
        series('Running', gauge('stepwright_open_executions')),
        series('Waiting', gauge('stepwright_open_waits')),
      ],
    },
  ];
}
