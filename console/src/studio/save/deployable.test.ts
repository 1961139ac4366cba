import { expect, test } from 'vitest';
import { parse } from '../../asl/parse';
import { newConfig } from '../config/config';
import { deployable, namesIn, substitute } from './deployable';

test('values stand where their names stood, quoted as the place needs it', () => {
  const text = '{"A": "x ${Name} y", "N": ${Count}, "Left": "${Other}", "Q": "\\"${Name}\\""}';
  const values = { Name: 'a"b\\c', Count: '7', Other: '' };
  expect(JSON.parse(substitute(text, values).replace('${Other}', ''))).toEqual({
    A: 'x a"b\\c y',
    N: 7,
    Left: '',
    Q: '"a"b\\c"',
  });
  expect(substitute(text, values)).toContain('"Left": "${Other}"');
  expect(namesIn(text)).toEqual(['Name', 'Count', 'Other']);
});

test('names of objects are no values', () => {
  expect(substitute('["${constructor}"]', {})).toBe('["${constructor}"]');
});

test('YAML goes to the server as JSON, and what cannot be read as it is', () => {
  const source = (text: string) => ({
    text,
    language: 'yaml' as const,
    parsed: parse(text, 'yaml'),
    config: { ...newConfig(), substitutions: { Seconds: '5' } },
  });
  const text = 'StartAt: A\nStates:\n  A:\n    Type: Wait\n    Seconds: 5 # a comment\n    End: true\n';
  expect(JSON.parse(deployable(source(text))).States.A).toEqual({ Type: 'Wait', Seconds: 5, End: true });
  expect(deployable(source('a: [b'))).toBe('a: [b');
});
