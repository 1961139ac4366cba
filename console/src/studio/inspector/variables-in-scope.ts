import { useMemo } from 'react';
import type { State, Workflow } from '../../asl/types';
import { useEditing } from './editing';
import { isObject } from './model/values';

/** Names of variables that any state around or beside assigns. */
export function useVariables(): string[] {
  const { workflow, state } = useEditing();
  return useMemo(() => variablesFor(workflow, state), [workflow, state]);
}

export function variablesFor(workflow: Workflow, state: State | null): string[] {
  const names = new Set<string>();
  const add = (assign: unknown) => {
    if (isObject(assign)) for (const key of Object.keys(assign)) names.add(key.replace(/\.\$$/, ''));
  };
  for (const other of workflow.states.values()) {
    // A nested workflow's variables end with it.
    if (state && !state.scope.startsWith(other.scope)) continue;
    add(other.value.Assign);
    for (const list of [other.value.Choices, other.value.Catch])
      if (Array.isArray(list)) for (const entry of list) if (isObject(entry)) add(entry.Assign);
  }
  return [...names].sort();
}
