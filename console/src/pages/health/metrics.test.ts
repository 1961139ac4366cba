import { expect, test } from 'vitest';
import { parseMetrics, quantile, total } from './metrics';

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
  expect(quantile([], parseMetrics(text), 'commit_seconds', 0.5)).toBe(0.001);
  expect(quantile([], parseMetrics(text), 'commit_seconds', 0.999)).toBe(0.01);
  expect(quantile(parseMetrics(text), later, 'commit_seconds', 0.5)).toBe(0.01);
  expect(quantile(later, later, 'commit_seconds', 0.5)).toBeNull();
});
