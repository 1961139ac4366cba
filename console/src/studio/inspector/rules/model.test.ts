import { expect, test } from 'vitest';
import {
  asKind,
  conditionOf,
  NEW_COMPARISON,
  OPERATORS,
  operandFor,
  operatorOf,
  readRule,
  withCondition,
} from './model';

test('there are the 39 operators of the language', () => {
  const names = OPERATORS.flatMap(({ name, hasPath }) => (hasPath ? [name, `${name}Path`] : [name]));
  expect(new Set(names).size).toBe(39);
  for (const name of names) expect(operatorOf(name)?.operator.name).toBe(name.replace(/Path$/, ''));
  expect(operatorOf('StringMatchesPath')).toBeNull();
  expect(operatorOf('BooleanLessThan')).toBeNull();
});

const comparison = { Variable: '$.a', NumericLessThanPath: '$.b' };

test.each([
  [comparison, 'compare'],
  [{ ...comparison, Next: 'A', Comment: 'x' }, 'compare'],
  [{ And: [comparison], Next: 'A' }, 'And'],
  [{ Not: comparison }, 'Not'],
  [{ Variable: '$.a', Unheard: 1 }, 'other'],
  [{ Variable: '$.a', StringEquals: 'a', IsNull: true }, 'other'],
  [{ And: 'no list' }, 'other'],
  [null, 'other'],
])('%j is read as %s', (rule, kind) => {
  expect(readRule(rule).kind).toBe(kind);
});

test('a condition becomes another kind without losing its parts, and what stands beside it stays', () => {
  const rule = { ...comparison, Next: 'A', Assign: { x: 1 } };
  const both = asKind(conditionOf(rule), 'And');
  expect(both).toEqual({ And: [comparison, NEW_COMPARISON] });
  expect(asKind(both, 'Or')).toEqual({ Or: [comparison, NEW_COMPARISON] });
  expect(asKind(both, 'Not')).toEqual({ Not: both });
  expect(asKind({ Not: both }, 'And')).toEqual({ And: [both, NEW_COMPARISON] });
  expect(asKind(both, 'compare')).toEqual(comparison);
  expect(withCondition(rule, both)).toEqual({ ...both, Next: 'A', Assign: { x: 1 } });
});

test('an operand follows its operator', () => {
  const operand = (name: string, value: unknown, isPath = false) => {
    const found = operatorOf(name);
    return found && operandFor(found.operator, isPath, value);
  };
  expect(operand('NumericEquals', '12')).toBe(12);
  expect(operand('NumericEquals', 'many')).toBe(0);
  expect(operand('StringEquals', 12)).toBe('12');
  expect(operand('StringEquals', '$.path')).toBe('');
  expect(operand('StringEquals', 'x', true)).toBe('$.');
  expect(operand('IsPresent', 'x')).toBe(true);
  expect(operand('BooleanEquals', false)).toBe(false);
});
