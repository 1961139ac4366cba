/** Which variables a state can use: those that states before it may have assigned, in its workflow and around it. */
import { pathToRoot } from './parse';
import { isObject } from './tree';
import type { State, StatePath, Workflow } from './types';

export interface Variable {
  /** Without `$`. */
  name: string;
  /** The states that assign it. */
  states: StatePath[];
}

export function variablesBefore(workflow: Workflow, path: StatePath): Variable[] {
  const found = new Map<string, StatePath[]>();
  for (const around of pathToRoot(workflow, path))
    for (const before of statesBefore(workflow, around))
      for (const name of assignedBy(before)) found.set(name, [...(found.get(name) ?? []), before.path]);
  return [...found].map(([name, states]) => ({ name, states })).sort((a, b) => a.name.localeCompare(b.name));
}

/** Those of its scope from which it can be reached; itself only if a loop leads back. */
function statesBefore(workflow: Workflow, path: StatePath): State[] {
  const scope = workflow.scopes.get(workflow.states.get(path)?.scope ?? '');
  const all = (scope?.states ?? []).flatMap((state) => workflow.states.get(state) ?? []);
  const incoming = new Map<StatePath, State[]>();
  for (const state of all)
    for (const { to } of state.transitions) if (to) incoming.set(to, [...(incoming.get(to) ?? []), state]);
  const before = new Map<StatePath, State>();
  const open = [path];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const state of incoming.get(at) ?? []) {
      if (before.has(state.path)) continue;
      before.set(state.path, state);
      open.push(state.path);
    }
  return [...before.values()];
}

/** Names of the variables that a state, one of its rules or one of its catchers assigns. */
function assignedBy({ value }: State): string[] {
  const lists = [value.Choices, value.Catch].filter(Array.isArray).flat();
  const names = [value, ...lists].flatMap((holder) =>
    isObject(holder) && isObject(holder.Assign) ? Object.keys(holder.Assign) : [],
  );
  return [...new Set(names.map((name) => name.replace(/\.\$$/, '')))];
}
