/** What can be written at a place of an expression. */

import { isObject } from '../../../asl/tree';
import type { QueryLanguage } from '../../../asl/types';

export interface Suggestion {
  /** What is inserted. */
  text: string;
  detail?: string;
}

export interface Suggestions {
  /** Where the text begins that they take the place of. */
  from: number;
  options: Suggestion[];
}

export interface Known {
  language: QueryLanguage;
  variables: readonly string[];
  /** Data of a run. */
  input?: unknown;
  variableValues?: Record<string, unknown>;
}

const CONTEXT = {
  Execution: { Id: '', Input: {}, Name: '', RoleArn: '', StartTime: '', RedriveCount: 0, RedriveTime: '' },
  State: { EnteredTime: '', Name: '', RetryCount: 0 },
  StateMachine: { Id: '', Name: '' },
  Task: { Token: '' },
  Map: { Item: { Index: 0, Value: {}, Key: '', Source: '' } },
};

const FUNCTIONS: Record<string, string> = {
  Text: 'string length substring substringBefore substringAfter uppercase lowercase trim pad contains split join match replace base64encode base64decode encodeUrl encodeUrlComponent decodeUrl decodeUrlComponent formatNumber formatBase formatInteger parseInteger',
  Number: 'number abs floor ceil round power sqrt random sum max min average',
  List: 'count append sort reverse shuffle distinct zip map filter single reduce partition range',
  Object: 'keys lookup spread merge sift each type parse',
  Logic: 'boolean not exists error assert',
  Time: 'now millis fromMillis toMillis',
  Other: 'uuid hash',
};
const JSONATA_FUNCTIONS: Suggestion[] = Object.entries(FUNCTIONS).flatMap(([detail, names]) =>
  names.split(' ').map((name) => ({ text: `$${name}(`, detail: `${detail} function` })),
);

const INTRINSICS: Suggestion[] = [
  'Format StringToJson JsonToString Array ArrayPartition ArrayContains ArrayRange ArrayGetItem ArrayLength ArrayUnique',
  'Base64Encode Base64Decode Hash JsonMerge MathRandom MathAdd StringSplit UUID',
].flatMap((names) => names.split(' ').map((name) => ({ text: `States.${name}(`, detail: 'Function' })));

/** `before`: the text before the caret. */
export function suggest(before: string, known: Known): Suggestions | null {
  const word = /(?:\$\$?[\w.[\]`']*|States\.\w*)$/.exec(before)?.[0];
  if (word === undefined) return null;
  const from = before.length - word.length;
  const variables = known.variables.map((name) => ({ text: `$${name}`, detail: 'Variable' }));
  const dot = word.lastIndexOf('.');
  const base = dot < 0 ? null : word.slice(0, dot);
  if (known.language === 'JSONata') {
    if (base === null)
      return {
        from,
        options: [{ text: '$states', detail: 'Input, result, context' }, ...variables, ...JSONATA_FUNCTIONS],
      };
    const states = {
      states: { input: known.input ?? {}, result: {}, errorOutput: { Error: '', Cause: '' }, context: CONTEXT },
    };
    return inside({ ...known.variableValues, ...states }, base.slice(1), from + dot + 1);
  }
  if (word.startsWith('States.')) return { from, options: INTRINSICS };
  if (word.startsWith('$$')) return base === null ? null : inside(CONTEXT, base.slice(3), from + dot + 1);
  if (base === null)
    return { from, options: [{ text: '$', detail: 'The input' }, { text: '$$', detail: 'The context' }, ...variables] };
  if (base === '$' || base.startsWith('$.')) return inside(known.input, base.slice(2), from + dot + 1);
  return inside(known.variableValues ?? {}, base.slice(1), from + dot + 1);
}

function inside(data: unknown, path: string, from: number): Suggestions | null {
  let at = data;
  for (const [step] of path.matchAll(/[^.[\]`']+/g)) {
    if (Array.isArray(at)) at = at[Number(step)] ?? at[0];
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }
  if (Array.isArray(at)) at = at[0];
  if (!isObject(at)) return null;
  return { from, options: Object.entries(at).map(([name, value]) => ({ text: name, detail: shortly(value) })) };
}

function shortly(value: unknown): string {
  if (value === '' || (isObject(value) && Object.keys(value).length === 0)) return '';
  const text = JSON.stringify(value) ?? '';
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}
