/**
 * What the Studio can do to a document. Every command is pure: `(parsed, …) => Change`, with splices as small as they can be, for JSON
 * and YAML alike. A command that cannot be carried out throws `EditRefused`, whose message is a sentence for people.
 */
import type { Change, Parsed, Place, QueryLanguage, StatePath, StateType } from '../types';
import { EditRefused } from './refused';

export { EditRefused } from './refused';

/** States that belong together: a pattern, or what was copied. */
export interface Fragment {
  StartAt: string;
  States: Record<string, Record<string, unknown>>;
}

const soon = (): never => {
  throw new EditRefused('This cannot be edited yet.');
};

/** `Pass`, `Pass (1)`, …: a name that no state of the document has. */
export function uniqueName(_parsed: Parsed, name: string): string {
  return name;
}

/** Puts a state at a place; the name is made unique. Selects it. */
export function insertState(_parsed: Parsed, _place: Place, _name: string, _body: Record<string, unknown>): Change {
  return soon();
}
/** The same with several; names are made unique, ends lead on to what follows the place. */
export function insertFragment(_parsed: Parsed, _place: Place, _fragment: Fragment): Change {
  return soon();
}
/** What led to the states leads to what follows them. */
export function deleteStates(_parsed: Parsed, _states: readonly StatePath[]): Change {
  return soon();
}
/** States of one scope to another place, of the same scope or of another. */
export function moveStates(_parsed: Parsed, _states: readonly StatePath[], _place: Place): Change {
  return soon();
}
/** With everything that refers to it. */
export function renameState(_parsed: Parsed, _state: StatePath, _name: string): Change {
  return soon();
}
/** Copies behind the originals, selected. */
export function duplicateStates(_parsed: Parsed, _states: readonly StatePath[]): Change {
  return soon();
}
/** States of one scope as text for the clipboard: a definition in the document's language. */
export function copyStates(_parsed: Parsed, _states: readonly StatePath[]): string {
  return soon();
}
/** Puts what `copyStates` gave at a place; takes any definition, states by name, or one state, in JSON or YAML. */
export function pasteStates(_parsed: Parsed, _place: Place, _text: string): Change {
  return soon();
}
export function wrapIn(_parsed: Parsed, _type: 'Map' | 'Parallel', _states: readonly StatePath[]): Change {
  return soon();
}
export function addBranch(_parsed: Parsed, _parallel: StatePath): Change {
  return soon();
}
export function removeBranch(_parsed: Parsed, _parallel: StatePath, _index: number): Change {
  return soon();
}
/** Lets a transition (`/States/A/Next`, `/States/A/Catch/0/Next`, `/StartAt`) lead to another state of its scope. */
export function retarget(_parsed: Parsed, _pointer: string, _name: string): Change {
  return soon();
}
/** null: the workflow ends behind it. */
export function setNext(_parsed: Parsed, _state: StatePath, _name: string | null): Change {
  return soon();
}
/** Keeps what the new type knows too. */
export function changeType(_parsed: Parsed, _state: StatePath, _type: StateType): Change {
  return soon();
}
/** Of the whole definition ('') or of a state; undefined: as around it. Expressions stay as they are. */
export function setQueryLanguage(_parsed: Parsed, _pointer: string, _language: QueryLanguage | undefined): Change {
  return soon();
}
/** Sets a field or what is inside of one; makes objects and arrays on the way. undefined removes it. */
export function setField(_parsed: Parsed, _pointer: string, _value: unknown): Change {
  return soon();
}
/** What a pointer names as text of the document's language, without the indentation of its place. */
export function getRaw(_parsed: Parsed, _pointer: string): string {
  return soon();
}
/** Replaces it by text of the document's language. */
export function setRaw(_parsed: Parsed, _pointer: string, _text: string): Change {
  return soon();
}
/** Of an array (Choices, Retry, Catch, Branches, Arguments' lists), which is made if it is not there. */
export function insertItem(_parsed: Parsed, _pointer: string, _index: number, _value: unknown): Change {
  return soon();
}
export function removeItem(_parsed: Parsed, _pointer: string, _index: number): Change {
  return soon();
}
export function moveItem(_parsed: Parsed, _pointer: string, _from: number, _to: number): Change {
  return soon();
}
