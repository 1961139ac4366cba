import { type Accepts, quantile, type Sample, total } from './metrics';

export interface Point {
  atMillis: number;
  samples: Sample[];
}

export interface Series {
  title: string;
  data: { x: Date; y: number }[];
  /** Nothing of it is best. */
  isTrouble?: boolean;
}

export interface Chart {
  title: string;
  /** What a person learns from it. */
  explanation: string;
  unit: string;
  series: Series[];
}

type Between = (before: Point, after: Point) => number | null;

const rate =
  (name: string, accepts?: Accepts): Between =>
  (before, after) => {
    const difference = total(after.samples, name, accepts) - total(before.samples, name, accepts);
    // A server that was started again counts from zero.
    return difference < 0 ? null : (difference * 1000) / (after.atMillis - before.atMillis);
  };
const gauge =
  (name: string, unit = 1): Between =>
  (_, after) =>
    total(after.samples, name) / unit;
const millis =
  (name: string, share: number, accepts?: Accepts): Between =>
  (before, after) => {
    const seconds = quantile(before.samples, after.samples, name, share, accepts);
    return seconds === null ? null : seconds * 1000;
  };

const requests = 'stepwright_http_requests_total';
const ended = 'stepwright_executions_ended_total';
/** Requests that wait by design say nothing about how fast the server is. */
const isPrompt: Accepts = ({ operation = '' }) =>
  !/GetActivityTask|Follow|StartSync|Invoke|RunSchedule|stream/.test(operation);

interface Plan {
  title: string;
  explanation: string;
  unit: string;
  lines: [title: string, between: Between, isTrouble?: 'trouble'][];
}

const plans: Plan[] = [
  {
    title: 'Requests',
    explanation: 'Answered a second, this console’s own included. Refused: the client’s mistake. Failed: the server’s.',
    unit: '/s',
    lines: [
      ['All', rate(requests)],
      ['Refused (4xx)', rate(requests, ({ status = '' }) => status.startsWith('4'))],
      ['Failed (5xx)', rate(requests, ({ status = '' }) => status.startsWith('5')), 'trouble'],
    ],
  },
  {
    title: 'Request latency',
    explanation: 'From a request to its answer, without those that wait by design, such as workers without a task.',
    unit: 'ms',
    lines: [
      ['Median', millis('stepwright_http_request_seconds', 0.5, isPrompt)],
      ['99%', millis('stepwright_http_request_seconds', 0.99, isPrompt)],
    ],
  },
  {
    title: 'Executions',
    explanation: 'Started and ended a second. If more start than end for long, work piles up.',
    unit: '/s',
    lines: [
      ['Started', rate('stepwright_executions_started_total')],
      ['Ended', rate(ended)],
      ['Unsuccessful', rate(ended, ({ status }) => status !== 'SUCCEEDED'), 'trouble'],
    ],
  },
  {
    title: 'Running executions',
    explanation: 'Have not ended. Those that wait for a timer cost next to nothing.',
    unit: '',
    lines: [
      ['Running', gauge('stepwright_open_executions')],
      ['With a timer', gauge('stepwright_open_waits')],
    ],
  },
  {
    title: 'State transitions',
    explanation: 'States entered a second: the measure of how much work is done.',
    unit: '/s',
    lines: [['Transitions', rate('stepwright_transitions_total')]],
  },
  {
    title: 'Commit latency',
    explanation: 'Until the disk has what is acknowledged. Slow disks show here first.',
    unit: 'ms',
    lines: [
      ['Median', millis('stepwright_commit_seconds', 0.5)],
      ['99%', millis('stepwright_commit_seconds', 0.99)],
    ],
  },
  {
    title: 'Calls of tasks',
    explanation: 'Made a second to AWS, functions and other workflows. Those that failed may be tried again.',
    unit: '/s',
    lines: [
      ['Calls', rate('stepwright_calls_total')],
      ['Failed', rate('stepwright_call_errors_total'), 'trouble'],
    ],
  },
  {
    title: 'Queues',
    explanation:
      'Calls of tasks that are out, and what waits for a thread, for the disk, for a target. One that only grows is too much work.',
    unit: '',
    lines: [
      ['Open calls', gauge('stepwright_open_calls')],
      ['Steps', gauge('stepwright_queue_depth')],
      ['Commits', gauge('stepwright_commit_queue_depth')],
      ['Deliveries', gauge('stepwright_deliveries_waiting')],
    ],
  },
  {
    title: 'Memory of executions',
    explanation: 'What executions take that are kept in memory. Those that only wait are written out.',
    unit: 'MB',
    lines: [['Memory', gauge('stepwright_resident_bytes', 1024 ** 2)]],
  },
];

/** Counters become rates, histograms quantiles, of what happened between two looks. */
export function chartsOf(points: readonly Point[]): Chart[] {
  const dataOf = (between: Between) =>
    points.slice(1).flatMap((after, index) => {
      const before = points[index];
      const y = before ? between(before, after) : null;
      return y === null ? [] : [{ x: new Date(after.atMillis), y }];
    });
  return plans.map(({ lines, ...plan }) => ({
    ...plan,
    series: lines.map(([title, between, trouble]) => ({ title, data: dataOf(between), isTrouble: Boolean(trouble) })),
  }));
}

const troubles: [name: string, sentence: (count: string) => string][] = [
  ['stepwright_store_refusing', () => 'The store accepts nothing at present: is the disk full?'],
  ['stepwright_delayed_executions', (count) => `${count} executions could not be committed and are tried again.`],
  [
    'stepwright_deliveries_dropped_total',
    (count) => `${count} deliveries of schedules, rules or functions were given up.`,
  ],
  ['stepwright_deliveries_lost_total', (count) => `${count} dead letters or results did not reach where they belong.`],
  ['stepwright_status_changes_missed_total', (count) => `${count} status changes of executions were seen by no rule.`],
  [
    'stepwright_http_connections_refused_total',
    (count) => `${count} connections were refused: all others were at work.`,
  ],
  ['stepwright_function_lines_dropped_total', (count) => `${count} log lines of functions came too fast to be kept.`],
];

/** What somebody should look into, since the server was started. */
export function troublesOf(samples: readonly Sample[]): string[] {
  return troubles.flatMap(([name, sentence]) => {
    const count = total(samples, name);
    return count > 0 ? [sentence(count.toLocaleString('en'))] : [];
  });
}

export interface OperationFigures {
  operation: string;
  requests: number;
  errors: number;
  meanMillis: number | null;
}

/** Since the server was started, the busiest first. */
export function operationsOf(samples: readonly Sample[]): OperationFigures[] {
  const found = new Map<string, OperationFigures & { seconds: number; count: number }>();
  for (const { name, labels, value } of samples) {
    const operation = [labels.service, labels.operation].filter(Boolean).join(' ');
    const figures = found.get(operation) ?? {
      operation,
      requests: 0,
      errors: 0,
      meanMillis: null,
      seconds: 0,
      count: 0,
    };
    if (name === requests) {
      figures.requests += value;
      if (!labels.status?.startsWith('2')) figures.errors += value;
    } else if (name === 'stepwright_http_request_seconds_sum') figures.seconds += value;
    else if (name === 'stepwright_http_request_seconds_count') figures.count += value;
    else continue;
    found.set(operation, figures);
  }
  return [...found.values()]
    .map(({ seconds, count, ...figures }) => ({ ...figures, meanMillis: count > 0 ? (seconds * 1000) / count : null }))
    .sort((a, b) => b.requests - a.requests);
}
