/**
 * What a definition reads of its input, as JSON to be filled in: `$.order.id`, `$states.input.order.id`, `$$.Execution.Input.order`.
 * It follows the states from the start for as long as they hand their input on. Pure.
 */

type Json = Record<string, unknown>;
interface Tree {
  [name: string]: Tree | Leaf;
}
type Leaf = '' | 0 | false | 'list' | 'time';

/** null: the definition tells nothing. */
export function skeletonOf(definition: unknown): Json | null {
  const tree: Tree = Object.create(null);
  if (isObject(definition)) {
    const isJsonata = definition.QueryLanguage === 'JSONata';
    walk(definition, isJsonata, tree);
    for (const path of texts(definition).flatMap(contextPaths)) add(tree, path, '');
  }
  const value = filled(tree) as Json;
  return Object.keys(value).length > 0 ? value : null;
}

function walk(workflow: Json, isJsonata: boolean, tree: Tree) {
  const states = isObject(workflow.States) ? workflow.States : {};
  const waiting = [workflow.StartAt];
  const seen = new Set<unknown>();
  while (waiting.length > 0) {
    const name = waiting.shift();
    if (typeof name !== 'string' || seen.has(name) || !Object.hasOwn(states, name)) continue;
    seen.add(name);
    const state = states[name];
    if (!isObject(state)) continue;
    const usesJsonata = state.QueryLanguage ? state.QueryLanguage === 'JSONata' : isJsonata;
    read(state, usesJsonata, tree);
    for (const branch of Array.isArray(state.Branches) ? state.Branches : []) {
      if (isObject(branch) && !state.Parameters && !state.Arguments) walk(branch, usesJsonata, tree);
    }
    if (!handsOn(state, usesJsonata)) continue;
    waiting.push(state.Next, state.Default);
    for (const rule of Array.isArray(state.Choices) ? state.Choices : []) if (isObject(rule)) waiting.push(rule.Next);
  }
}

/** What is behind a state sees the same input. */
function handsOn(state: Json, isJsonata: boolean): boolean {
  if (isJsonata) {
    if (state.Output !== undefined) return state.Output === '{% $states.input %}';
    return ['Pass', 'Wait', 'Choice'].includes(String(state.Type));
  }
  if (['InputPath', 'OutputPath'].some((field) => state[field] !== undefined && state[field] !== '$')) return false;
  if (['Wait', 'Choice'].includes(String(state.Type))) return true;
  if (state.Type === 'Pass' && state.Result === undefined && state.Parameters === undefined) return true;
  return state.ResultPath === null || (typeof state.ResultPath === 'string' && state.ResultPath !== '$');
}

const own = new Set([
  'Branches',
  'ItemProcessor',
  'Iterator',
  'Catch',
  'Retry',
  'ResultSelector',
  'ResultPath',
  'Comment',
]);

function read(state: Json, isJsonata: boolean, tree: Tree) {
  for (const [field, value] of Object.entries(state)) {
    if (own.has(field) || (isJsonata && (field === 'Output' || field === 'Assign') && handsOutResult(state))) continue;
    if (isJsonata) {
      const isList = field === 'Items';
      for (const text of texts(value)) {
        const isWhole = /^\{%\s*\$states\.input(\.\w+)+\s*%\}$/.test(text);
        for (const path of inputPaths(text)) add(tree, path, isList && isWhole ? 'list' : '');
      }
    } else if (field === 'Choices') readChoices(value, tree);
    else readPaths(field, value, tree);
  }
}

function handsOutResult(state: Json): boolean {
  return ['Task', 'Map', 'Parallel'].includes(String(state.Type));
}

const kinds: Record<string, Leaf> = { ItemsPath: 'list', SecondsPath: 0, TimestampPath: 'time' };

/** JSONPath: fields whose name ends in `Path`, members whose name ends in `.$`, and paths within intrinsic functions. */
function readPaths(field: string, value: unknown, tree: Tree) {
  if (typeof value === 'string') {
    const isPath = field.endsWith('Path') || field.endsWith('.$');
    if (isPath) for (const path of jsonPaths(value)) add(tree, path, kinds[field] ?? '');
  } else if (isObject(value)) for (const [name, inner] of Object.entries(value)) readPaths(name, inner, tree);
  else if (Array.isArray(value)) for (const inner of value) readPaths('', inner, tree);
}

function readChoices(rules: unknown, tree: Tree) {
  for (const rule of Array.isArray(rules) ? rules : [rules]) {
    if (!isObject(rule)) continue;
    for (const inner of [rule.And, rule.Or, rule.Not]) if (inner) readChoices(inner, tree);
    const test = Object.keys(rule).find((name) => !['Variable', 'Next', 'Comment'].includes(name)) ?? '';
    const kind = test.startsWith('Numeric')
      ? 0
      : test.startsWith('Boolean')
        ? false
        : test.startsWith('Timestamp')
          ? 'time'
          : '';
    for (const path of jsonPaths(rule.Variable)) add(tree, path, kind);
  }
}

/** `$.a.b` of a path or of a function's arguments; what is behind an index or a filter is not followed. */
function jsonPaths(text: unknown): string[][] {
  if (typeof text !== 'string') return [];
  return [...text.matchAll(/(?<![\w$])\$((?:\.[A-Za-z_]\w*|\['[^'\]]+'\])+)(\[)?/g)].map(([, path = '', index]) => [
    ...namesOf(path),
    ...(index ? ['[]'] : []),
  ]);
}

/** What stands before an index or is given to a function of lists is one. */
function inputPaths(text: string): string[][] {
  const found = text.matchAll(
    /(\$(?:average|count|distinct|filter|map|max|min|reduce|reverse|sort|sum)\(\s*)?\$states\.input((?:\.\w+|\.`[^`]+`)+)(\[)?/g,
  );
  return [...found].map(([, list, path = '', index]) => [...namesOf(path), ...(list || index ? ['[]'] : [])]);
}

function contextPaths(text: string): string[][] {
  const found = text.matchAll(/(?:\$\$|\$states\.context)\.Execution\.Input((?:\.\w+)+)/g);
  return [...found].map(([, path = '']) => namesOf(path));
}

function namesOf(path: string): string[] {
  return [...path.matchAll(/\.(\w+)|\['([^']+)'\]|\.`([^`]+)`/g)].map(
    ([, plain, bracketed, quoted]) => plain ?? bracketed ?? quoted ?? '',
  );
}

/** All texts in a value, however deep. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}

function add(tree: Tree, path: string[], leaf: Leaf) {
  let at = tree;
  for (const [index, name] of path.entries()) {
    if (path[index + 1] === '[]') {
      at[name] = 'list';
      return;
    }
    const there = at[name];
    if (index === path.length - 1) {
      if (there === undefined || (there === '' && leaf !== '')) at[name] = leaf;
      return;
    }
    if (there === 'list') return;
    const next: Tree = typeof there === 'object' ? there : Object.create(null);
    at[name] = next;
    at = next;
  }
}

function filled(tree: Tree | Leaf): unknown {
  if (tree === 'list') return [];
  if (tree === 'time') return '2030-01-01T00:00:00Z';
  if (typeof tree !== 'object') return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, filled(inner)]));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
