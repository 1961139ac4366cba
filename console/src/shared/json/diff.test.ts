import { expect, test } from 'vitest';
import { diffRows, folded, isSameJson } from './diff';
import { rowsOf } from './rows';

function diff(before: string, after: string): string[] {
  const [a, b] = [rowsOf(before), rowsOf(after)];
  if (!a || !b) throw new Error('both are JSON');
  const signs = { same: ' ', changed: '~', added: '+', removed: '-' };
  return diffRows(a, b).map(({ kind, depth, name, text }) => `${signs[kind]}${'  '.repeat(depth)}${name}: ${text}`);
}

test('members are compared by name, whatever their order and spaces', () => {
  expect(diff('{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}')).toEqual([' : {"b":[1,2],"a":1}']);
  expect(diff('{"a":1,"b":{"c":"x","d":2}}', '{"b":{"c":"y","d":2},"e":null}')).toEqual([
    '~: {',
    '-  a: 1',
    '~  b: {',
    '-    c: "x"',
    '+    c: "y"',
    '     d: 2',
    '+  e: null',
  ]);
});

test('an element put into a list is the only difference', () => {
  expect(diff('[1,2,3]', '[1,9,2,3]')).toEqual(['~: [', '   0: 1', '+  1: 9', '   2: 2', '   3: 3']);
});

test('numbers too long for a double are still told apart', () => {
  expect(diff('12345678901234567890', '12345678901234567891')).toHaveLength(2);
  expect(isSameJson('{"a":12345678901234567890,"b":1}', '{"b":1,"a":12345678901234567890}')).toBe(true);
  expect(isSameJson('[12345678901234567890]', '[12345678901234567891]')).toBe(false);
});

test('what stays the same is folded', () => {
  const [a, b] = [rowsOf('[1,2,3,4,5]'), rowsOf('[1,2,3,4,6]')];
  if (!a || !b) throw new Error('both are JSON');
  expect(folded(diffRows(a, b))).toMatchObject([{ kind: 'changed' }, { hidden: 4 }, { text: '5' }, { text: '6' }]);
});
