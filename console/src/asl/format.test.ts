import { expect, test } from 'vitest';
import { readable } from './format';

const definition = { StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 5, End: true } } };

test('a definition in one line is formatted, with its numbers and substitutions as they were written', () => {
  expect(readable(JSON.stringify(definition))).toBe(`${JSON.stringify(definition, null, 2)}\n`);
  expect(readable('{"States":{"A":{"Seconds":${Wait},"Result":1.50}}}\n')).toContain('"Seconds": ${Wait},\n');
  expect(readable('{"Result":1.50}')).toBe('{\n  "Result": 1.50\n}\n');
});

test('what has lines of its own stays as it is', () => {
  const own = '{ "StartAt": "A",\n "States": {} }';
  for (const text of [own, 'StartAt: A\n', '', '{"broken']) expect(readable(text)).toBe(text);
});
