import { expect, test } from 'vitest';
import { parseMetrics, quantile, total } from './metrics';
import { chartsOf, operationsOf, troublesOf } from './series';

const text = `# HELP x what
# TYPE x counter
requests_total{operation="StartExecution",status="200"} 7
requests_total{operation="a \\"quoted\\" one",status="400",error="InvalidArn"} 2
commit_seconds_bucket{le="0.001"} 90
commit_seconds_bucket{le="0.01"} 99
commit_seconds_bucket{le="+Inf"} 100
open 3.5
`;

test('samples are read with their labels', () => {
  const samples = parseMetrics(text);
  expect(samples).toHaveLength(6);
  expect(samples[1]?.labels.operation).toBe('a "quoted" one');
  expect(total(samples, 'requests_total')).toBe(9);
  expect(total(samples, 'requests_total', ({ error }) => error !== undefined)).toBe(2);
  expect(total(samples, 'open')).toBe(3.5);
  expect(parseMetrics('no sample at all {')).toEqual([]);
});

test('a quantile is of what was observed in between', () => {
  const later = parseMetrics(text.replace('} 90', '} 90').replace('0.01"} 99', '0.01"} 199').replace('} 100', '} 200'));
  expect(quantile([], parseMetrics(text), 'commit_seconds', 0.45)).toBeCloseTo(0.0005);
  // Beyond the last bound nothing is known but that.
  expect(quantile([], parseMetrics(text), 'commit_seconds', 0.999)).toBe(0.01);
  expect(quantile(parseMetrics(text), later, 'commit_seconds', 0.5)).toBeCloseTo(0.0055);
  expect(quantile(later, later, 'commit_seconds', 0.5)).toBeNull();
});

test('what happened between two looks becomes lines, and trouble is told', () => {
  const look = (seconds: number, count: number) => ({
    atMillis: seconds * 1000,
    samples: parseMetrics(
      `stepwright_http_requests_total{operation="A",status="200"} ${count}
stepwright_http_requests_total{service="lambda",operation="B",status="500"} ${count / 2}
stepwright_http_request_seconds_sum{operation="A"} ${count / 100}
stepwright_http_request_seconds_count{operation="A"} ${count}
stepwright_deliveries_dropped_total 1200`,
    ),
  });
  const [requests] = chartsOf([look(0, 10), look(2, 30), look(4, 10)]);
  // Of a server that was started again there is no rate.
  expect(requests?.series.map(({ title, data }) => [title, data.map(({ y }) => y)])).toEqual([
    ['All', [15]],
    ['Refused (4xx)', [0, 0]],
    ['Failed (5xx)', [5]],
  ]);
  expect(troublesOf(look(0, 1).samples)).toEqual(['1,200 deliveries of schedules, rules or functions were given up.']);
  expect(troublesOf([])).toEqual([]);
  expect(operationsOf(look(0, 10).samples)).toEqual([
    { operation: 'A', requests: 10, errors: 0, meanMillis: 10 },
    { operation: 'lambda B', requests: 5, errors: 5, meanMillis: null },
  ]);
});
