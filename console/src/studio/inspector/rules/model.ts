/** Rules of a Choice in JSONPath: comparisons, and And, Or and Not of rules. */
import { isObject } from '../../../asl/tree';
import type { Json } from '../model/values';

export type Family = 'String' | 'Numeric' | 'Boolean' | 'Timestamp';

export interface Operator {
  /** Without the suffix `Path`. */
  name: string;
  label: string;
  group: string;
  /** What it is compared with; null: the truth of the test. */
  operand: Family | null;
  /** Whether there is a twin that takes the operand from a path. */
  hasPath: boolean;
}

const ORDERS = [
  ['Equals', 'is equal to'],
  ['LessThan', 'is less than'],
  ['LessThanEquals', 'is less than or equal to'],
  ['GreaterThan', 'is greater than'],
  ['GreaterThanEquals', 'is greater than or equal to'],
] as const;
const TIMES: Record<string, string> = {
  LessThan: 'is before',
  LessThanEquals: 'is at or before',
  GreaterThan: 'is after',
  GreaterThanEquals: 'is at or after',
};

const of = (family: Family, group: string): Operator[] =>
  ORDERS.filter(([name]) => family !== 'Boolean' || name === 'Equals').map(([name, label]) => ({
    name: family + name,
    label: (family === 'Timestamp' && TIMES[name]) || label,
    group,
    operand: family,
    hasPath: true,
  }));

const test = (name: string, label: string): Operator => ({
  name,
  label,
  group: 'Kind of value',
  operand: null,
  hasPath: false,
});

export const OPERATORS: readonly Operator[] = [
  ...of('String', 'Text'),
  { name: 'StringMatches', label: 'matches the pattern', group: 'Text', operand: 'String', hasPath: false },
  ...of('Numeric', 'Number'),
  ...of('Boolean', 'True or false'),
  ...of('Timestamp', 'Time'),
  test('IsPresent', 'is present'),
  test('IsNull', 'is null'),
  test('IsString', 'is a text'),
  test('IsNumeric', 'is a number'),
  test('IsBoolean', 'is true or false'),
  test('IsTimestamp', 'is a time'),
];

const BY_NAME = new Map(OPERATORS.map((operator) => [operator.name, operator]));

export function operatorOf(key: string): { operator: Operator; isPath: boolean } | null {
  const exact = BY_NAME.get(key);
  if (exact) return { operator: exact, isPath: false };
  const operator = key.endsWith('Path') ? BY_NAME.get(key.slice(0, -4)) : undefined;
  return operator?.hasPath ? { operator, isPath: true } : null;
}

export type Rule =
  | { kind: 'And' | 'Or'; rules: unknown[] }
  | { kind: 'Not'; rule: unknown }
  | { kind: 'compare'; variable: string; key: string; operator: Operator; isPath: boolean; value: unknown }
  /** Nothing that the builder knows: its JSON is shown. */
  | { kind: 'other'; value: unknown };

/** Members of a top rule that are no part of its condition. */
const BESIDE = new Set(['Next', 'Assign', 'Output', 'Comment']);

export function readRule(value: unknown): Rule {
  if (!isObject(value)) return { kind: 'other', value };
  const keys = Object.keys(value).filter((key) => !BESIDE.has(key));
  const [only] = keys;
  if (keys.length === 1 && only) {
    const inside = value[only];
    if ((only === 'And' || only === 'Or') && Array.isArray(inside)) return { kind: only, rules: inside };
    if (only === 'Not') return { kind: 'Not', rule: inside };
  }
  const key = keys.find((name) => name !== 'Variable');
  const found = key === undefined ? null : operatorOf(key);
  if (keys.length === 2 && key && found && typeof value.Variable === 'string')
    return { kind: 'compare', variable: value.Variable, key, ...found, value: value[key] };
  return { kind: 'other', value };
}

export const NEW_COMPARISON: Json = { Variable: '$.', StringEquals: '' };

/** A rule without what stands beside its condition. */
export function conditionOf(rule: Json): Json {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !BESIDE.has(key)));
}

/** The rule with another condition: what stands beside it stays. */
export function withCondition(rule: Json, condition: Json): Json {
  const beside = Object.entries(rule).filter(([key]) => BESIDE.has(key));
  return { ...condition, ...Object.fromEntries(beside) };
}

/** The condition as a part of another kind: And and Or take it as their first part, and give their first back. */
export function asKind(condition: Json, kind: 'compare' | 'And' | 'Or' | 'Not'): Json {
  const rule = readRule(condition);
  if (rule.kind === kind) return condition;
  const parts =
    rule.kind === 'And' || rule.kind === 'Or' ? rule.rules : rule.kind === 'Not' ? [rule.rule] : [condition];
  const first = isObject(parts[0]) ? parts[0] : NEW_COMPARISON;
  switch (kind) {
    case 'And':
    case 'Or':
      return { [kind]: rule.kind === 'And' || rule.kind === 'Or' ? parts : [first, NEW_COMPARISON] };
    case 'Not':
      return { Not: rule.kind === 'And' || rule.kind === 'Or' ? condition : first };
    default:
      return readRule(first).kind === 'compare' ? first : NEW_COMPARISON;
  }
}

/** The operand as the operator wants it; what can be kept is kept. */
export function operandFor(operator: Operator, isPath: boolean, value: unknown): unknown {
  if (isPath) return typeof value === 'string' && value.startsWith('$') ? value : '$.';
  switch (operator.operand) {
    case null:
    case 'Boolean':
      return typeof value === 'boolean' ? value : true;
    case 'Numeric': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : 0;
    }
    default:
      return typeof value === 'string' && !value.startsWith('$')
        ? value
        : typeof value === 'number'
          ? String(value)
          : '';
  }
}
