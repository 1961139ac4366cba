/** From an action's model and the arguments written for it to the rows of a form. */
import type { ActionShape, Member, Shape } from '../../../api/types';
import { isObject } from '../../../asl/tree';
import type { QueryLanguage } from '../../../asl/types';
import { isJsonata, type Json, written } from '../model/values';

export type ShapeRef = Shape | { ref: string };
export type Shapes = ActionShape['shapes'];

export function resolve(shape: ShapeRef, shapes: Shapes): Shape {
  let at = shape;
  // A reference leads to a shape; one that leads nowhere is anything.
  for (let steps = 0; 'ref' in at; steps++) {
    const next = shapes[at.ref];
    if (!next || steps > 8) return { type: 'document' };
    at = next;
  }
  return at;
}

export interface Row {
  name: string;
  /** As it is written: with `.$` where JSONPath finds it. What is not there would be written under its name. */
  key: string;
  value: unknown;
  isWritten: boolean;
  isExpression: boolean;
  isRequired: boolean;
  /** null: the model does not know the member; it is kept and shown. */
  shape: Shape | null;
  member: Member | null;
}

type Structure = Extract<Shape, { type: 'structure' }>;

/** Required members first, then what is written in the order of the text. */
export function rows(structure: Structure, value: unknown, language: QueryLanguage, shapes: Shapes): Row[] {
  const object = isObject(value) ? value : {};
  const claimed = new Set<string>();
  const row = (name: string): Row => {
    const member = Object.hasOwn(structure.members, name) ? (structure.members[name] ?? null) : null;
    const found = written(object, name, language, '.$');
    if (found) claimed.add(found.key);
    return {
      name,
      key: found?.key ?? name,
      value: found?.value,
      isWritten: found !== null,
      isExpression: found?.isExpression ?? false,
      isRequired: structure.required.includes(name),
      shape: member ? resolve(member.shape, shapes) : null,
      member,
    };
  };
  const required = structure.required.map(row);
  const others: Row[] = [];
  for (const key of Object.keys(object)) {
    if (claimed.has(key)) continue;
    const isPath = language === 'JSONPath' && key.endsWith('.$');
    const name = isPath ? key.slice(0, -2) : key;
    // Both `X` and `X.$` are there: the second stands for itself.
    const double = isPath && Object.hasOwn(object, name);
    const made = row(double ? key : name);
    others.push(double ? { ...made, key, value: object[key], isWritten: true, isExpression: true } : made);
    claimed.add(key);
  }
  return [...required, ...others];
}

/** Members that can still be added. Of a union that has one already: none. */
export function addable(structure: Structure, value: unknown, language: QueryLanguage): string[] {
  const object = isObject(value) ? value : {};
  if (structure.isUnion && Object.keys(object).length > 0) return [];
  return Object.keys(structure.members).filter(
    (name) => !structure.required.includes(name) && !written(object, name, language, '.$'),
  );
}

/** A new value: what is required in it is there, empty. */
export function empty(shape: ShapeRef, shapes: Shapes, seen: readonly Shape[] = []): unknown {
  const resolved = resolve(shape, shapes);
  switch (resolved.type) {
    case 'structure': {
      if (seen.includes(resolved)) return {};
      const inside = [...seen, resolved];
      return Object.fromEntries(
        resolved.required.flatMap((name) => {
          const member = resolved.members[name];
          return member && !member.isIdempotencyToken ? [[name, empty(member.shape, shapes, inside)]] : [];
        }),
      );
    }
    case 'list':
      return [];
    case 'map':
    case 'document':
      return {};
    case 'boolean':
      return false;
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return Math.max(0, resolved.min ?? 0);
    case 'string':
      return resolved.enum?.[0] ?? '';
    default:
      return '';
  }
}

/** The arguments with whatever is required and missing added, and nothing that was written changed. */
export function withRequired(structure: Structure, value: unknown, language: QueryLanguage, shapes: Shapes): Json {
  const object: Json = isObject(value) ? { ...value } : {};
  const skeleton = empty(structure, shapes) as Json;
  for (const [name, start] of Object.entries(skeleton))
    if (!written(object, name, language, '.$')) object[name] = start;
  return object;
}

/** Whether the form for this shape can show the value; otherwise its JSON is shown. */
export function fits(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'structure':
    case 'map':
      return isObject(value);
    case 'list':
      return Array.isArray(value);
    case 'document':
      return false;
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return typeof value === 'number';
    default:
      return typeof value === 'string';
  }
}

const OFTEN_JSON = /^(Message|MessageBody|Input|Payload|Body|Detail|Data|Document|.*Policy|.*PolicyDocument)$/;

/** Objects may be given for texts: Step Functions writes them out as JSON. Messages and payloads often are. */
export function mayBeJson(name: string, shape: Shape): boolean {
  return shape.type === 'blob' || (isText(shape) && OFTEN_JSON.test(name));
}

function isText(shape: Shape): boolean {
  return shape.type === 'blob' || (shape.type === 'string' && !shape.enum);
}

/** What the model says against a value that is written out: a hint, for AWS decides. */
export function hint(shape: Shape, value: unknown): string | null {
  if (value === undefined || isJsonata(value) || isSubstitution(value)) return null;
  if (shape.type === 'document') return null;
  if (!fits(shape, value)) return isText(shape) ? null : `The model expects ${nameOf(shape)}`;
  if (shape.type === 'string' && typeof value === 'string') {
    if (shape.enum && !shape.enum.includes(value)) return `Not one of the ${shape.enum.length} values of the model`;
    return length(value.length, shape.min, shape.max) ?? matches(shape.pattern, value);
  }
  if (typeof value === 'number' && 'min' in shape && shape.min !== undefined && value < shape.min)
    return `At least ${shape.min}`;
  if (typeof value === 'number' && 'max' in shape && shape.max !== undefined && value > shape.max)
    return `At most ${shape.max}`;
  if ((shape.type === 'integer' || shape.type === 'long') && !Number.isInteger(value))
    return 'The model expects a whole number';
  if (shape.type === 'timestamp' && Number.isNaN(Date.parse(String(value))))
    return 'Expected: a time such as 2026-01-31T12:00:00Z';
  return null;
}

function length(characters: number, min: number | undefined, max: number | undefined): string | null {
  if (max !== undefined && characters > max) return `${characters} characters; at most ${max}`;
  if (min !== undefined && characters < min) return min === 1 ? 'At least one character' : `At least ${min} characters`;
  return null;
}

function matches(pattern: string | undefined, value: string): string | null {
  if (!pattern) return null;
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(value) ? null : `The model expects the pattern ${pattern}`;
  } catch {
    // A pattern of Java's that JavaScript does not know.
    return null;
  }
}

const SUBSTITUTION = /\$\{[^}]+\}/;
function isSubstitution(value: unknown): boolean {
  return typeof value === 'string' && SUBSTITUTION.test(value);
}

export function nameOf(shape: Shape): string {
  switch (shape.type) {
    case 'structure':
      return shape.isUnion ? 'one of its members' : 'an object';
    case 'map':
      return 'an object of names and values';
    case 'list':
      return 'a list';
    case 'integer':
    case 'long':
      return 'a whole number';
    case 'float':
    case 'double':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'timestamp':
      return 'a time';
    case 'blob':
      return 'bytes';
    case 'document':
      return 'any JSON';
    default:
      return 'a text';
  }
}
