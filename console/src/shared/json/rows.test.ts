import fc from 'fast-check';
import { expect, test } from 'vitest';
import { at, findRows, indented, keyOf, rowsOf, valueText, visibleRows } from './rows';

test('rows show numbers as they were written, and what holds what', () => {
  const rows = rowsOf('{"id": 12345678901234567890, "none": [], "deep": {"a\\"b": [1.50, null]}}');
  if (!rows) throw new Error('it is JSON');
  const seen = [...Array(rows.count).keys()].map((row) => [
    at(rows.depth, row),
    keyOf(rows, row),
    valueText(rows, row),
  ]);
  expect(seen.slice(1)).toEqual([
    [1, 'id', '12345678901234567890'],
    [1, 'none', '[]'],
    [1, 'deep', '{"a\\"b": [1.50, null]}'],
    [2, 'a"b', '[1.50, null]'],
    [3, null, '1.50'],
    [3, null, 'null'],
  ]);
  expect([...visibleRows(rows, (row) => row < 3)]).toEqual([0, 1, 2, 3]);
});

test('what is no JSON has no rows', () => {
  for (const text of ['', '{', '{"a":}', 'null null']) expect(rowsOf(text)).toBeNull();
});

test('setting any JSON anew changes nothing but spaces', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const rows = rowsOf(text);
      expect(rows && JSON.parse(indented(rows))).toEqual(JSON.parse(text));
      expect(rows && indented(rows)).toBe(JSON.stringify(JSON.parse(text), null, 2));
    }),
  );
});

test('search finds keys and leaves, whatever the case', () => {
  const rows = rowsOf('{"Order": {"items": [{"sku": "AB"}, {"sku": "CD ab"}]}, "ab": 1}');
  if (!rows) throw new Error('it is JSON');
  expect(findRows(rows, 'ab').map((row) => [keyOf(rows, row), valueText(rows, row)])).toEqual([
    ['sku', '"AB"'],
    ['sku', '"CD ab"'],
    ['ab', '1'],
  ]);
  expect(findRows(rows, 'ORDER')).toEqual([1]);
});

test('five megabytes take a moment', () => {
  const item = { id: 1, name: 'an instance', tags: { a: 'x'.repeat(60), b: [1, 2, 3] } };
  const text = JSON.stringify(Array.from({ length: 45_000 }, () => item));
  const begin = performance.now();
  const rows = rowsOf(text);
  expect(text.length).toBeGreaterThan(5_000_000);
  expect(rows?.count).toBe(1 + 45_000 * 9);
  expect(performance.now() - begin).toBeLessThan(3_000);
});
