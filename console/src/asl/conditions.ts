/** A Choice rule as people read it. */
import { getOwn, isObject } from './tree';

const comparisons: [RegExp, string][] = [
  [/LessThanEquals$/, '<='],
  [/GreaterThanEquals$/, '>='],
  [/LessThan$/, '<'],
  [/GreaterThan$/, '>'],
  [/Equals$/, '=='],
  [/Matches$/, 'matches'],
];

const questions: Record<string, string> = {
  IsBoolean: 'a boolean',
  IsNull: 'null',
  IsNumeric: 'a number',
  IsPresent: 'present',
  IsString: 'a string',
  IsTimestamp: 'a timestamp',
};

/** `$.status == "healthy" and not ($.count > 3)`; of JSONata the expression itself. */
export function conditionText(rule: unknown): string {
  return text(rule, 0);
}

function text(rule: unknown, depth: number): string {
  if (!isObject(rule) || depth > 20) return '';
  const condition = getOwn(rule, 'Condition');
  if (condition !== undefined) return expressionText(condition);
  for (const [field, word] of [
    ['And', ' and '],
    ['Or', ' or '],
  ] as const) {
    const rules = getOwn(rule, field);
    if (Array.isArray(rules)) return rules.map((inner) => nested(inner, depth)).join(word);
  }
  const negated = getOwn(rule, 'Not');
  if (negated !== undefined) return `not (${text(negated, depth + 1)})`;
  const variable = String(getOwn(rule, 'Variable') ?? '');
  const operator = Object.keys(rule).find((key) => operatorOf(key) !== null);
  if (operator === undefined) return variable;
  const value = rule[operator];
  const question = questions[operator];
  if (question) return `${variable} is ${value === false ? 'not ' : ''}${question}`;
  const right = operator.endsWith('Path') ? String(value) : JSON.stringify(value);
  return `${variable} ${operatorOf(operator)} ${right}`;
}

function nested(rule: unknown, depth: number): string {
  const inner = text(rule, depth + 1);
  const isCompound = isObject(rule) && (Object.hasOwn(rule, 'And') || Object.hasOwn(rule, 'Or'));
  return isCompound ? `(${inner})` : inner;
}

/** `NumericLessThanEqualsPath` -> `<=`; null: no comparison. */
function operatorOf(field: string): string | null {
  if (Object.hasOwn(questions, field)) return 'is';
  const plain = field.replace(/Path$/, '');
  return comparisons.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
}

/** `{% $x > 1 %}` -> `$x > 1` */
function expressionText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  return /^\{%([\s\S]*)%\}$/.exec(value.trim())?.[1]?.trim() ?? value;
}
