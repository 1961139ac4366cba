import { conditionText } from './conditions';
import { stateTypes } from './fields';
import { child } from './pointer';
import { readJson } from './read-json';
import { find, getOwn, isObject, type Member, type Node } from './tree';
import type {
  Language,
  Parsed,
  Problem,
  QueryLanguage,
  Scope,
  ScopePath,
  State,
  StatePath,
  StateType,
  Transition,
  Workflow,
} from './types';
import { yaml } from './yaml';

/** A command reads what it has made to be sure of it, and the store reads the same text right after. */
let last: Parsed | null = null;

/** Reads a definition, broken ones too. */
export function parse(text: string, language: Language): Parsed {
  if (last?.text !== text || last.language !== language) last = read(text, language);
  return last;
}

function read(text: string, language: Language): Parsed {
  const { root, problems, isBroken } = language === 'json' ? readJson(text) : yaml().readYaml(text);
  const isDefinition = root?.kind === 'object';
  if (!isBroken && !isDefinition)
    problems.push({
      from: root?.from ?? 0,
      to: root?.to ?? text.length,
      severity: 'error',
      source: 'syntax',
      message: 'A definition is an object with StartAt and States.',
      pointer: '',
    });
  // A broken text is derived too: completion and hovering need to know where they are.
  const workflow = isDefinition ? derive(root) : null;
  const stateAt = (offset: number) => (workflow ? innermost(workflow, offset) : null);
  for (const problem of problems) {
    const state = stateAt(problem.from);
    if (state !== null) problem.state = state;
  }
  return {
    text,
    language,
    root,
    workflow: isBroken ? null : workflow,
    problems: inOrder(problems),
    rangeOf(pointer, part = 'value') {
      const found = find(root, pointer);
      if (!found) return null;
      const { from, to } = part === 'key' && found.member ? found.member.keyRange : found.node;
      return { from, to };
    },
    stateAt,
  };
}

function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.from - b.from);
}

function innermost(workflow: Workflow, offset: number): StatePath | null {
  let found: StatePath | null = null;
  let scopes: ScopePath[] = [''];
  while (scopes.length > 0) {
    const inside = scopes
      .flatMap((path) => workflow.scopes.get(path)?.states ?? [])
      .map((path) => workflow.states.get(path))
      .find((state) => state && state.keyRange.from <= offset && offset <= state.range.to);
    if (!inside) break;
    found = inside.path;
    scopes = inside.scopes;
  }
  return found;
}

function derive(root: Node): Workflow {
  const scopes = new Map<ScopePath, Scope>();
  const states = new Map<StatePath, State>();

  const outermost: QueryLanguage = getOwn(root.value, 'QueryLanguage') === 'JSONata' ? 'JSONata' : 'JSONPath';

  const addScope = (node: Node | null, path: ScopePath, parent: StatePath | null) => {
    const members = node?.index.get('States')?.value.index ?? new Map<string, Member>();
    const startAt = textOf(node?.value, 'StartAt');
    const statePath = (name: string) => child(path, 'States', name);
    const target = (name: string) => (members.has(name) ? statePath(name) : null);
    scopes.set(path, {
      path,
      parent,
      startAt,
      start: startAt === null ? null : target(startAt),
      states: [...members.keys()].map(statePath),
    });
    for (const member of members.values()) addState(member, statePath(member.key), path, target);
  };

  const addState = (
    { key, keyRange, value: node }: Member,
    path: StatePath,
    scope: ScopePath,
    target: (name: string) => StatePath | null,
  ) => {
    const value = isObject(node.value) ? node.value : {};
    const type = typeOf(value);
    const bodies = bodiesOf(node, path, type);
    states.set(path, {
      path,
      name: key,
      type,
      scope,
      value,
      keyRange,
      range: { from: node.from, to: node.to },
      // The states around it do not count, and a JSONata workflow has no others.
      queryLanguage: getOwn(value, 'QueryLanguage') === 'JSONata' ? 'JSONata' : outermost,
      scopes: bodies.map(([path]) => path),
      transitions: transitionsOf(path, value, type, target),
      isEnd: type === 'Succeed' || type === 'Fail' || value.End === true,
    });
    for (const [body, inner] of bodies) addScope(inner, body, path);
  };

  addScope(root, '', null);
  return { scopes, states, value: root.value as Record<string, unknown>, queryLanguage: outermost };
}

/** The workflows inside of a Map or Parallel. A Map always has one, if only to put states into. */
function bodiesOf(node: Node, path: StatePath, type: StateType | null): [ScopePath, Node | null][] {
  if (type === 'Map') {
    const field = !node.index.has('ItemProcessor') && node.index.has('Iterator') ? 'Iterator' : 'ItemProcessor';
    return [[child(path, field), node.index.get(field)?.value ?? null]];
  }
  if (type !== 'Parallel') return [];
  const branches = node.index.get('Branches')?.value.items ?? [];
  return branches.map((branch, index) => [child(path, 'Branches', index), branch]);
}

function typeOf(value: unknown): StateType | null {
  const type = getOwn(value, 'Type');
  return stateTypes.find((name) => name === type) ?? null;
}

function textOf(value: unknown, field: string): string | null {
  const text = getOwn(value, field);
  return typeof text === 'string' ? text : null;
}

/** What of an array is an object, with its index. */
function objectsOf(value: unknown): [number, Record<string, unknown>][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, index) => (isObject(item) ? [[index, item] as [number, Record<string, unknown>]] : []));
}

function transitionsOf(
  from: StatePath,
  value: Record<string, unknown>,
  type: StateType | null,
  target: (name: string) => StatePath | null,
): Transition[] {
  const transitions: Transition[] = [];
  const add = (kind: Transition['kind'], holder: unknown, field: string, pointer: string, label: string, index = 0) => {
    const name = textOf(holder, field);
    if (name !== null) transitions.push({ kind, from, to: target(name), target: name, pointer, label, index });
  };
  if (type === 'Succeed' || type === 'Fail') return transitions;
  if (type === 'Choice') {
    for (const [index, rule] of objectsOf(getOwn(value, 'Choices'))) {
      const label = textOf(rule, 'Comment') || conditionText(rule);
      add('choice', rule, 'Next', child(from, 'Choices', index, 'Next'), label, index);
    }
    add('default', value, 'Default', child(from, 'Default'), 'Default');
    return transitions;
  }
  add('next', value, 'Next', child(from, 'Next'), '');
  for (const [index, catcher] of objectsOf(getOwn(value, 'Catch'))) {
    const errors = getOwn(catcher, 'ErrorEquals');
    const label = Array.isArray(errors) ? errors.map(String).join(', ') : '';
    add('catch', catcher, 'Next', child(from, 'Catch', index, 'Next'), label, index);
  }
  return transitions;
}

/** The states around and including one, innermost first. */
export function pathToRoot(workflow: Workflow, state: StatePath): StatePath[] {
  const path: StatePath[] = [];
  for (let at: StatePath | null | undefined = state; at; ) {
    path.push(at);
    const holder: State | undefined = workflow.states.get(at);
    at = holder && workflow.scopes.get(holder.scope)?.parent;
  }
  return path;
}
