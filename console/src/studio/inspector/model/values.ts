/**
 * A value in a definition is written out or found at run time. How the second is written depends on where it stands:
 *
 * - JSONata, everywhere: a text `{% … %}`
 * - JSONPath, in a payload template (Parameters, ResultSelector, Assign …): the name gets the suffix `.$`
 * - JSONPath, in a field of a state that has one: the name gets the suffix `Path`
 */
import type { QueryLanguage } from '../../../asl/types';

export type Suffix = '.$' | 'Path';

export type Json = Record<string, unknown>;

const JSONATA = /^\{%([\s\S]*)%\}$/;

export function isJsonata(value: unknown): value is string {
  return typeof value === 'string' && JSONATA.test(value.trim());
}

/** The expression between `{%` and `%}`. */
export function jsonataOf(value: string): string {
  return JSONATA.exec(value.trim())?.[1]?.trim() ?? value;
}

/** What is typed or pasted with its `{%` and `%}` takes the place of what stood there: expressions are not nested. */
export function wholeExpression(typed: string): string | null {
  return /\{%[\s\S]*?%\}/.exec(typed)?.[0] ?? null;
}

export function toJsonata(expression: string): string {
  return `{% ${expression.trim()} %}`;
}

/** A member as it is written: under which name, and whether it is found at run time. */
export interface Written {
  key: string;
  value: unknown;
  isExpression: boolean;
}

/** How `name` is written in `object`; null: not at all. */
export function written(object: Json, name: string, language: QueryLanguage, suffix: Suffix): Written | null {
  if (Object.hasOwn(object, name)) {
    const value = object[name];
    return { key: name, value, isExpression: language === 'JSONata' && isJsonata(value) };
  }
  const key = name + suffix;
  if (language === 'JSONPath' && Object.hasOwn(object, key)) return { key, value: object[key], isExpression: true };
  return null;
}

/** What `name` becomes when it is to be found at run time; what is written out goes into the expression. */
export function asExpression(name: string, value: unknown, language: QueryLanguage, suffix: Suffix): Written {
  if (language === 'JSONata') {
    if (isJsonata(value)) return { key: name, value, isExpression: true };
    const text = value === undefined || value === '' ? '' : JSON.stringify(value);
    return { key: name, value: `{% ${text} %}`, isExpression: true };
  }
  const isPath = typeof value === 'string' && /^(\$|States\.)/.test(value);
  return { key: name + suffix, value: isPath ? value : '$.', isExpression: true };
}

/** What `name` becomes when it is to be written out; `empty` where the expression is no plain value. */
export function asLiteral(name: string, value: unknown, empty: unknown): Written {
  let literal = empty;
  if (isJsonata(value)) {
    try {
      const inside: unknown = JSON.parse(jsonataOf(value));
      if (typeof inside === typeof empty || empty === undefined) literal = inside;
    } catch {
      // An expression, no value.
    }
  }
  return { key: name, value: literal, isExpression: false };
}
