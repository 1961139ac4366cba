import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Language } from '../../asl/types';
import { insideOf, locate } from './location';

/** `|` is the caret. */
function at(marked: string, language: Language) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const { path, isKey, typed, token } = locate(text, offset, language);
  return [path.join('/'), isKey ? 'key' : 'value', typed, text.slice(token.from, token.to)];
}

test.each([
  ['{"StartAt": "|"}', 'StartAt', 'value', '', '""'],
  ['{"States": {"A": {"Ty|"}}}', 'States/A', 'key', 'Ty', '"Ty"'],
  ['{"States": {"A": {|}}}', 'States/A', 'key', '', ''],
  ['{"States": {"A": {"Type": "Pa|ss", "End": true}}}', 'States/A/Type', 'value', 'Pa', '"Pass"'],
  ['{"States": {"A": {"Choices": [{"Next": "B"}, {"Ne|\n}]}}}', 'States/A/Choices/1', 'key', 'Ne', '"Ne'],
  ['{"States": {"A": {"End": tr|}}}', 'States/A/End', 'value', 'tr', 'tr'],
  ['{"States": {"A": {"Seconds": ${S}, "Next": "|', 'States/A/Next', 'value', '', '"'],
])('in JSON: %s', (text, ...expected) => {
  expect(at(text, 'json')).toEqual(expected);
});

test.each([
  ['StartAt: |', 'StartAt', 'value', '', ''],
  ['StartAt: Fi|rst\nStates:\n', 'StartAt', 'value', 'Fi', 'First'],
  ['States:\n  A:\n    Ty|', 'States/A', 'key', 'Ty', 'Ty'],
  ['States:\n  A:\n    Type: Pass\n    |\n  B:\n', 'States/A', 'key', '', ''],
  [
    'States:\n  A:\n    Choices:\n      - Variable: $.x\n        Next: B\n      - Next: |',
    'States/A/Choices/1/Next',
    'value',
    '',
    '',
  ],
  [
    'States:\n  A:\n    Choices:\n    - Next: B\n    - Variable: x\n      Ne|xt: C',
    'States/A/Choices/1',
    'key',
    'Ne',
    'Next',
  ],
  [
    'States:\n  A:\n    Retry:\n      - ErrorEquals:\n          - States.A|',
    'States/A/Retry/0/ErrorEquals/0',
    'value',
    'States.A',
    'States.A',
  ],
  [
    'States:\n  "a b":\n    # note: this\n    Output: "{% $sta| %}"',
    'States/a b/Output',
    'value',
    '{% $sta',
    '"{% $sta %}"',
  ],
])('in YAML: %s', (text, ...expected) => {
  expect(at(text, 'yaml')).toEqual(expected);
});

describe('the way to every value', () => {
  const value = {
    StartAt: 'A',
    States: {
      A: {
        Type: 'Choice',
        Choices: [{ And: [{ Variable: 'a' }, { Not: { Variable: 'b' } }], Next: 'B' }, { Next: 'c' }],
      },
      'B: x': { Type: 'Map', ItemProcessor: { States: { C: { Type: 'Wait', Seconds: 5 } } } },
    },
  };
  const leaves = (value: unknown, path: string[]): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
      : [path];
  test.each([
    ['json', JSON.stringify(value, null, 2)],
    ['yaml', stringify(value)],
    ['yaml', stringify(value, { indentSeq: false })],
  ] as [Language, string][])('is found in %s', (language, text) => {
    let offset = 0;
    for (const path of leaves(value, [])) {
      const leaf = String(path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], value));
      const key = text.indexOf(`${path.at(-1)}`, offset);
      offset = text.indexOf(leaf, text.indexOf(':', key));
      expect(locate(text, offset + 1, language).path).toEqual(path);
    }
  });
});

test('a path ends in a state or a workflow', () => {
  expect(insideOf(['States', 'A', 'Branches', '1', 'States', 'x/y', 'Retry', '0'])).toEqual({
    scope: '/States/A/Branches/1',
    state: '/States/A/Branches/1/States/x~1y',
    rest: ['Retry', '0'],
  });
  expect(insideOf(['States', 'M', 'ItemProcessor', 'StartAt'])).toEqual({
    scope: '/States/M/ItemProcessor',
    state: null,
    rest: ['StartAt'],
  });
});
