/** What every form of the inspector has: the document, and ways to change it in small steps. */

import { createContext, useContext, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { EditRefused, setField } from '../../asl/edits';
import { child } from '../../asl/pointer';
import type { Change, Parsed, Problem, QueryLanguage, State, Workflow } from '../../asl/types';
import { type Variable, variablesBefore } from '../../asl/variables';
import type { StudioStore } from '../store';

/** What the state got the last time that a run came to it. */
export interface Sample {
  input: unknown;
  variables: Record<string, unknown>;
}

/** Variables that the selected state can read. */
export function useVariables(): Variable[] {
  const { workflow, state } = useEditing();
  return useMemo(() => (state ? variablesBefore(workflow, state.path) : []), [workflow, state]);
}

export interface Editing {
  store: StudioStore;
  workflow: Workflow;
  /** Of the workflow and of the validator. */
  problems: readonly Problem[];
  /** The text is broken: what is shown is older than it. */
  isReadOnly: boolean;
  /** Of the selected state, or of the workflow. */
  language: QueryLanguage;
  state: State | null;
  sample: Sample | null;
  /** Does what a command of `asl/edits` says; one that is refused says why. `group`: of the undo history. */
  apply(command: (parsed: Parsed) => Change, group?: string): void;
  /** Several commands that are undone together. */
  applyAll(commands: readonly ((parsed: Parsed) => Change)[]): void;
  set(at: string, value: unknown): void;
}

const Context = createContext<Editing | null>(null);
export const EditingProvider = Context.Provider;

export function useEditing(): Editing {
  const editing = useContext(Context);
  if (!editing) throw new Error('a field of the inspector outside of it');
  return editing;
}

/** What the forms get; `refusal`: why the last change was not made. */
export function useMakeEditing(
  store: StudioStore,
  sample: Sample | null,
): { editing: Editing | null; refusal: string | null } {
  const { workflow, parsed, diagnostics, isStale, selection } = useStore(store);
  const [refusal, setRefusal] = useState<string | null>(null);
  const steps = useRef(0);
  const only = selection.length === 1 ? selection[0] : undefined;
  const editing = useMemo<Editing | null>(() => {
    if (!workflow) return null;
    const state = (only !== undefined && workflow.states.get(only)) || null;
    const apply = (command: (parsed: Parsed) => Change, group?: string) => {
      try {
        store.getState().change(command(store.getState().parsed), 'form', group ?? `form:step ${++steps.current}`);
        setRefusal(null);
      } catch (error) {
        if (!(error instanceof EditRefused)) throw error;
        setRefusal(error.message);
      }
    };
    return {
      store,
      workflow,
      problems: [...parsed.problems, ...diagnostics],
      isReadOnly: isStale,
      language: state?.queryLanguage ?? workflow.queryLanguage,
      state,
      sample,
      apply,
      applyAll(commands) {
        const group = `form:step ${++steps.current}`;
        for (const command of commands) apply(command, group);
      },
      set: (at, value) => apply((now) => setField(now, at, value), `form:${at}`),
    };
  }, [store, workflow, parsed, diagnostics, isStale, only, sample]);
  return { editing, refusal };
}

/** A place of the document with what stands there. */
export interface Slot {
  at: string;
  value: unknown;
}

export function member(slot: Slot, name: string | number): Slot {
  const inside =
    typeof slot.value === 'object' && slot.value !== null && Object.hasOwn(slot.value, name)
      ? (slot.value as Record<string | number, unknown>)[name]
      : undefined;
  return { at: child(slot.at, name), value: inside };
}

export function problemsAt(editing: Editing, at: string, exactly = true): Problem[] {
  return editing.problems.filter(
    (problem) => problem.pointer === at || (!exactly && problem.pointer?.startsWith(`${at}/`)),
  );
}
