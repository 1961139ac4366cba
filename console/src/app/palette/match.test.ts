import { expect, test } from 'vitest';
import { type Entry, ranked, score } from './match';

const entry = (title: string, group = 'g', keywords?: string): Entry => ({
  id: title,
  title,
  group,
  keywords,
  run() {},
});

test('letters in order fit, at the start of words better', () => {
  expect(score('rr', 'rolling-restart')).not.toBeNull();
  expect(score('rollrest', 'rolling-restart')).not.toBeNull();
  expect(score('xyz', 'rolling-restart')).toBeNull();
  expect(score('restart', 'rolling-restart')).toBeGreaterThan(score('rstrt', 'rolling-restart') ?? 0);
});

test('the best entry comes first, its group around it', () => {
  const entries = [entry('Rules', 'Pages'), entry('rolling-restart', 'Machines'), entry('Executions', 'Pages', 'runs')];
  expect(ranked(entries, 'rol').map(({ title }) => title)).toEqual(['rolling-restart']);
  expect(ranked(entries, 'runs').map(({ title }) => title)).toEqual(['Executions']);
  expect(ranked(entries, '')).toHaveLength(3);
});
