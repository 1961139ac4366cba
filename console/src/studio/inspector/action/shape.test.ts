import { expect, test } from 'vitest';
import type { Shape } from '../../../api/types';
import { optimizedShape } from './own-shapes';
import { addable, empty, hint, resolve, rows, withRequired } from './shape';

const text: Shape = { type: 'string' };
const shapes: Record<string, Shape> = {
  // Refers to itself, as filters and attribute values of AWS do.
  Expression: {
    type: 'structure',
    required: ['Key', 'And'],
    members: {
      Key: { shape: text },
      And: { shape: { ref: 'Expression' } },
      Or: { shape: { type: 'list', member: { ref: 'Expression' } } },
    },
  },
};
const input: Extract<Shape, { type: 'structure' }> = {
  type: 'structure',
  required: ['Name', 'Token'],
  members: {
    Name: { shape: { type: 'string', min: 1, max: 5, pattern: '[a-z]+' } },
    Token: { shape: text, isIdempotencyToken: true },
    Filter: { shape: { ref: 'Expression' } },
    Kind: { shape: { type: 'string', enum: ['a', 'b'] } },
  },
};

test('required members come first, unknown ones are kept, and a path counts as its member', () => {
  const found = rows(input, { 'Kind.$': '$.kind', Surprise: 1, Name: 'x' }, 'JSONPath', shapes);
  expect(found.map(({ name, key, isExpression }) => [name, key, isExpression])).toEqual([
    ['Name', 'Name', false],
    ['Token', 'Token', false],
    ['Kind', 'Kind.$', true],
    ['Surprise', 'Surprise', false],
  ]);
  expect(found.map(({ isWritten }) => isWritten)).toEqual([true, false, true, true]);
  expect(found.at(-1)?.shape).toBeNull();
});

test('a member that is written twice is shown twice', () => {
  expect(rows(input, { Kind: 'a', 'Kind.$': '$.k' }, 'JSONPath', shapes).map(({ key }) => key)).toEqual([
    'Name',
    'Token',
    'Kind',
    'Kind.$',
  ]);
});

test('what is there already is not offered, nor a second member of a union', () => {
  expect(addable(input, { 'Kind.$': '$.k' }, 'JSONPath')).toEqual(['Filter']);
  const union: typeof input = { ...input, required: [], isUnion: true };
  expect(addable(union, {}, 'JSONata')).toHaveLength(4);
  expect(addable(union, { Kind: 'a' }, 'JSONata')).toEqual([]);
});

test('names of Object.prototype are no members', () => {
  expect(rows(input, JSON.parse('{"constructor": 1, "__proto__": 2}'), 'JSONata', shapes).slice(2)).toMatchObject([
    { name: 'constructor', shape: null },
    { name: '__proto__', shape: null },
  ]);
});

test('a skeleton has what is required, ends where a shape contains itself, and leaves tokens to the server', () => {
  expect(empty({ ref: 'Expression' }, shapes)).toEqual({ Key: '', And: {} });
  expect(withRequired(input, { Kind: 'b' }, 'JSONata', shapes)).toEqual({ Kind: 'b', Name: '' });
  expect(withRequired(input, { 'Name.$': '$.n' }, 'JSONPath', shapes)).toEqual({ 'Name.$': '$.n' });
});

test('a reference that leads nowhere, or in a circle, is anything', () => {
  expect(resolve({ ref: 'Missing' }, {})).toEqual({ type: 'document' });
  expect(resolve({ ref: 'A' }, { A: { ref: 'A' } as unknown as Shape })).toEqual({ type: 'document' });
});

test.each<[Shape, unknown, RegExp | null]>([
  [{ type: 'string', min: 1, max: 5, pattern: '[a-z]+' }, 'abc', null],
  [{ type: 'string', max: 5 }, 'abcdef', /6 characters; at most 5/],
  [{ type: 'string', pattern: '[a-z]+' }, 'ABC', /pattern/],
  [{ type: 'string', pattern: '(?i)[' }, 'x', null],
  [{ type: 'string', max: 1 }, '${Name}', null],
  [{ type: 'string', max: 1 }, '{% $long %}', null],
  [{ type: 'string' }, { any: 'JSON' }, null],
  [{ type: 'string', enum: ['a'] }, 'b', /Not one of/],
  [{ type: 'integer', min: 5, max: 1000 }, 3, /At least 5/],
  [{ type: 'integer' }, 1.5, /whole number/],
  [{ type: 'boolean' }, 'true', /true or false/],
  [{ type: 'list', member: text }, {}, /a list/],
  [{ type: 'timestamp' }, 'soon', /2026-01-31/],
  [{ type: 'timestamp' }, '2026-01-31T12:00:00Z', null],
])('%j says of %j: %s', (shape, value, expected) => {
  if (expected) expect(hint(shape, value)).toMatch(expected);
  else expect(hint(shape, value)).toBeNull();
});

test('an optimized integration has names of its own, and is without what Step Functions sets', () => {
  const value: Shape = {
    type: 'structure',
    required: ['Ss'],
    members: { Ss: { shape: text }, M: { shape: { ref: 'Value' } } },
  };
  const action = {
    ...{ service: 'dynamodb', operation: 'putItem', reference: '', isWrite: true, errors: [] },
    input: {
      type: 'structure',
      required: ['Item', 'Count'],
      members: { Item: { shape: { ref: 'Value' } }, Count: { shape: text } },
    },
    shapes: { Value: value },
  } satisfies Parameters<typeof optimizedShape>[0];
  const { input, shapes } = optimizedShape(action, 'dynamodb', ['Count']);
  expect(input).toMatchObject({ required: ['Item'], members: { Item: { shape: { ref: 'Value' } } } });
  expect(shapes.Value).toMatchObject({ required: ['SS'], members: { SS: { shape: text } } });
  expect(optimizedShape(action, 'ecs', []).shapes.Value).toEqual(value);
});
