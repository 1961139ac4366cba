import { expect, test } from 'vitest';
import type { ExecutionSummary } from '../../api/types';
import { filterOf, filterOfQuery, matches, merged, queryOf, searchOf } from './filter';

const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:m';
const run = (name: string, more: Partial<ExecutionSummary> = {}): ExecutionSummary => ({
  arn: `arn:${name}`,
  name,
  stateMachineArn: machine,
  status: 'RUNNING',
  startMillis: 100,
  stopMillis: null,
  redriveCount: 0,
  ...more,
});

test('URL, filter field and filter say the same', () => {
  const search = {
    status: 'FAILED,TIMED_OUT',
    name: 'a&b=<i>',
    error: 'States.Timeout',
    from: '2026-11-23T08:00:00.000Z',
    to: '2026-11-24T08:00:00.000Z',
    stateMachineArn: machine,
  };
  const filter = filterOf(search);
  expect(searchOf(filter)).toEqual(search);
  expect(filterOfQuery(queryOf(filter))).toEqual(filter);
});

test('what the URL says wrongly is left out', () => {
  expect(filterOf({ status: 'BROKEN', from: 'yesterday', other: 'x' })).toEqual({});
});

test('a text alone is a part of the name', () => {
  expect(filterOfQuery({ tokens: [{ operator: ':', value: ' patch ' }], operation: 'and' })).toEqual({ name: 'patch' });
});

test('a version is of its state machine', () => {
  expect(matches({ stateMachineArn: machine }, run('a', { stateMachineArn: `${machine}:3` }))).toBe(true);
  expect(matches({ stateMachineArn: machine }, run('a', { stateMachineArn: `${machine}2` }))).toBe(false);
});

test('what the stream tells finds its place', () => {
  const items = [run('c', { startMillis: 300 }), run('a', { startMillis: 100 })];
  const names = (changed: ExecutionSummary[], filter = {}) => merged(items, changed, filter).map(({ name }) => name);
  expect(names([run('b', { startMillis: 200 })])).toEqual(['c', 'b', 'a']);
  expect(names([run('old', { startMillis: 50 })])).toEqual(['c', 'a']);
  expect(merged([], [run('first')], {}, false)).toHaveLength(1);
  expect(names([run('item', { startMillis: 400, mapRunArn: 'm' })])).toEqual(['c', 'a']);
  expect(names([run('a', { status: 'SUCCEEDED' })], { status: ['RUNNING'] })).toEqual(['c']);
});
