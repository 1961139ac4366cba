/**
 * The vocabulary of `asl/`: pure functions over the text of a definition. No React, no DOM, no network in this folder.
 *
 * The one truth is the document's text. Everything else is derived from it, and every visual change is a handful of
 * splices of it, so that comments, order and indentation of untouched lines stay to the byte.
 */

import type { Node } from './tree';

export type Language = 'json' | 'yaml';

/** Offsets are UTF-16 units into the text, as JavaScript and CodeMirror count. */
export interface Range {
  from: number;
  to: number;
}

/** One splice. In a list, offsets refer to the text before any of them; sorted by `from`, disjoint. */
export interface TextEdit extends Range {
  insert: string;
}

export interface Problem extends Range {
  severity: 'error' | 'warning';
  message: string;
  /** `syntax`: found here, the text is no JSON or YAML. `validator`: the engine's own ValidateStateMachineDefinition. */
  source: 'syntax' | 'validator';
  /** AWS's code: MISSING_TRANSITION_TARGET, … */
  code?: string;
  /** JSON pointer of what it is about. */
  pointer?: string;
  /** The innermost state that holds it. */
  state?: StatePath;
}

/** JSON pointer of a state: `/States/Restart each/ItemProcessor/States/Reboot`. It names the state everywhere in the console. */
export type StatePath = string;
/** JSON pointer of a workflow: '' for the outermost, `/States/Each/ItemProcessor`, `/States/Both/Branches/0`. */
export type ScopePath = string;

export type QueryLanguage = 'JSONPath' | 'JSONata';

export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

export interface Transition {
  kind: 'next' | 'choice' | 'default' | 'catch';
  from: StatePath;
  /** null: nothing of that name in the scope. */
  to: StatePath | null;
  /** The name as written. */
  target: string;
  /** Where the name stands: `/States/A/Next`, `/States/A/Choices/0/Next`. */
  pointer: string;
  /** A short text for the edge: a rule's Comment or else its condition, the errors of a catcher; '' for Next. */
  label: string;
  /** Of the rule or catcher; 0 otherwise. */
  index: number;
}

export interface State {
  path: StatePath;
  name: string;
  /** As written; an unknown or missing one is `null`. */
  type: StateType | null;
  scope: ScopePath;
  /** The state as a plain value: what JSON.parse would give. */
  value: Record<string, unknown>;
  /** Its name with quotes, and its value. */
  keyRange: Range;
  range: Range;
  queryLanguage: QueryLanguage;
  /** Of a Map one (`ItemProcessor`, even if it is not written yet), of a Parallel its branches. */
  scopes: ScopePath[];
  transitions: Transition[];
  /** Its workflow ends here: Succeed, Fail or `End: true`. */
  isEnd: boolean;
}

export interface Scope {
  path: ScopePath;
  /** Of the state that holds it; null: the outermost. */
  parent: StatePath | null;
  startAt: string | null;
  start: StatePath | null;
  /** In the order of the text. */
  states: StatePath[];
}

export interface Workflow {
  scopes: ReadonlyMap<ScopePath, Scope>;
  states: ReadonlyMap<StatePath, State>;
  /** The whole definition as a plain value. */
  value: Record<string, unknown>;
  /** Of the states that do not say another. */
  queryLanguage: QueryLanguage;
}

export interface Parsed {
  text: string;
  language: Language;
  /** As much of the text as could be read, with ranges. */
  root: Node | null;
  /** null: the text is broken, or is no object. The Studio then keeps its last good one. */
  workflow: Workflow | null;
  problems: Problem[];
  /** Where what a JSON pointer names stands in the text; `key`: its name. */
  rangeOf(pointer: string, part?: 'value' | 'key'): Range | null;
  /** The innermost state around an offset. */
  stateAt(offset: number): StatePath | null;
}

/** What a command of the Studio does to the document. */
export interface Change {
  edits: TextEdit[];
  /** What to select afterwards. */
  select?: StatePath[];
  /** Old and new paths of states that moved or were renamed, so that selection, collapse and URL follow them. */
  moved?: ReadonlyMap<StatePath, StatePath>;
}

/** A place where a state can be put. */
export type Place =
  /** On the edge of a transition: what stands there then leads to the edge's target. */
  | { kind: 'edge'; transition: string }
  /** At the start of a scope. */
  | { kind: 'start'; scope: ScopePath }
  /** Behind the last state before the end of a scope: on the edge from `state` to End. */
  | { kind: 'end'; state: StatePath };
