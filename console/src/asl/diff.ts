/** How two workflows differ, state by state. */
import { isSame } from './same';
import type { State, StatePath, Workflow } from './types';

export interface StateDifference {
  /** `moved`: the same in another workflow of the definition. */
  kind: 'added' | 'removed' | 'changed' | 'moved';
  name: string;
  before: StatePath | null;
  after: StatePath | null;
  /** Names of the fields that differ. */
  fields: string[];
}

/**
 * Those that differ: first what is in `after`, in its order, then what was removed. States are told by their names; one that has
 * another name and nothing else is changed, not removed and added.
 */
export function compareWorkflows(before: Workflow, after: Workflow): StateDifference[] {
  const old = new Map([...before.states.values()].map((state) => [state.name, state]));
  const differences: StateDifference[] = [];
  const names = new Set([...after.states.values()].map(({ name }) => name));
  for (const state of after.states.values()) {
    const was = old.get(state.name);
    old.delete(state.name);
    const { name, path } = state;
    const renamed = was ?? [...old.values()].find((one) => !names.has(one.name) && isRenamed(one, state));
    if (!was && renamed) {
      old.delete(renamed.name);
      const title = `${renamed.name} → ${name}`;
      differences.push({ kind: 'changed', name: title, before: renamed.path, after: path, fields: ['name'] });
      continue;
    }
    if (!was) {
      differences.push({ kind: 'added', name, before: null, after: path, fields: [] });
      continue;
    }
    const fields = changedFields(was, state);
    const isMoved = was.scope !== state.scope;
    if (fields.length > 0 || isMoved)
      differences.push({ kind: fields.length > 0 ? 'changed' : 'moved', name, before: was.path, after: path, fields });
  }
  for (const { name, path } of old.values())
    differences.push({ kind: 'removed', name, before: path, after: null, fields: [] });
  return differences;
}

const isRenamed = (before: State, after: State) =>
  before.scope === after.scope && changedFields(before, after).length === 0;

function changedFields(before: State, after: State): string[] {
  const [a, b] = [ownFields(before), ownFields(after)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => !isSame(a[field], b[field]));
}

/** Without the states inside, which are compared for themselves. */
function ownFields({ value, type }: State): Record<string, unknown> {
  if (type !== 'Map' && type !== 'Parallel') return value;
  const fields = { ...value };
  const strip = (body: unknown) =>
    typeof body === 'object' && body !== null && 'States' in body ? { ...body, States: null } : body;
  for (const field of ['ItemProcessor', 'Iterator']) if (field in fields) fields[field] = strip(fields[field]);
  if (Array.isArray(fields.Branches)) fields.Branches = fields.Branches.map(strip);
  return fields;
}
