import { expect, test } from 'vitest';
import { readResource, writeResource } from './resource';
import { suggest } from './suggest';
import { asExpression, asLiteral, wholeExpression, written } from './values';

test('a value becomes an expression as its place and language have it, and comes back', () => {
  expect(asExpression('Name', 'a', 'JSONata', '.$')).toMatchObject({ key: 'Name', value: '{% "a" %}' });
  expect(asLiteral('Name', '{% "a" %}', '')).toMatchObject({ key: 'Name', value: 'a' });
  expect(asExpression('Count', 5, 'JSONata', 'Path')).toMatchObject({ key: 'Count', value: '{% 5 %}' });
  expect(asLiteral('Count', '{% 5 %}', 0)).toMatchObject({ value: 5 });
  expect(asLiteral('Count', '{% $n + 1 %}', 0)).toMatchObject({ value: 0 });
  expect(asExpression('Name', '$.a', 'JSONPath', '.$')).toMatchObject({ key: 'Name.$', value: '$.a' });
  expect(asExpression('TimeoutSeconds', 60, 'JSONPath', 'Path')).toMatchObject({
    key: 'TimeoutSecondsPath',
    value: '$.',
  });
});

test('an expression that is typed with its braces behind another takes its place', () => {
  expect(wholeExpression('$states.input{% $a %}')).toBe('{% $a %}');
  expect(wholeExpression('$states.input{% $a')).toBeNull();
});

test('how a member is written is told by its name in JSONPath and by its value in JSONata', () => {
  expect(written({ 'A.$': '$.a' }, 'A', 'JSONPath', '.$')).toEqual({ key: 'A.$', value: '$.a', isExpression: true });
  expect(written({ 'A.$': '$.a' }, 'A', 'JSONata', '.$')).toBeNull();
  expect(written({ A: '{% $a %}' }, 'A', 'JSONata', '.$')?.isExpression).toBe(true);
  expect(written({ A: '{% $a %}' }, 'A', 'JSONPath', '.$')?.isExpression).toBe(false);
});

test.each([
  ['arn:aws:states:::aws-sdk:ec2:describeInstances', { kind: 'sdk', service: 'ec2', pattern: 'requestResponse' }],
  [
    'arn:aws-cn:states:::states:startExecution.sync:2',
    { kind: 'optimized', operation: 'startExecution', pattern: 'sync:2' },
  ],
  ['arn:aws:states:::sqs:sendMessage.waitForTaskToken', { kind: 'optimized', pattern: 'waitForTaskToken' }],
])('%s is read and written again', (text, expected) => {
  const resource = readResource(text);
  expect(resource).toMatchObject(expected);
  if (resource.kind === 'sdk' || resource.kind === 'optimized') expect(writeResource(resource)).toBe(text);
});

test('functions and activities are told from what is neither', () => {
  expect(readResource('arn:aws:lambda:us-east-1:123456789012:function:check:live')).toMatchObject({
    kind: 'function',
    name: 'check:live',
  });
  expect(readResource('arn:aws:states:us-east-1:123456789012:activity:approve')).toMatchObject({
    kind: 'activity',
    name: 'approve',
  });
  expect(readResource('${Function}')).toEqual({ kind: 'other', text: '${Function}' });
});

test('expressions are completed with variables, the context and the data of a run', () => {
  const known = { variables: ['count'], input: { items: [{ id: 'i-1' }] } };
  const texts = (before: string, language: 'JSONata' | 'JSONPath') =>
    suggest(before, { ...known, language })?.options.map(({ text }) => text) ?? [];
  expect(texts('1 + $co', 'JSONata')).toEqual(expect.arrayContaining(['$count', '$count(', '$states']));
  expect(texts('$states.', 'JSONata')).toEqual(['input', 'result', 'errorOutput', 'context']);
  expect(texts('$states.input.items[0].', 'JSONata')).toEqual(['id']);
  expect(texts('$.items[0].', 'JSONPath')).toEqual(['id']);
  expect(texts('$$.Task.', 'JSONPath')).toEqual(['Token']);
  expect(texts('States.Ar', 'JSONPath')).toContain('States.ArrayPartition(');
  expect(suggest('no expression', { ...known, language: 'JSONata' })).toBeNull();
  expect(suggest('1 + $states.in', { ...known, language: 'JSONata' })?.from).toBe('1 + $states.'.length);
});
