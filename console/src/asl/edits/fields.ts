/** Commands on fields and what is inside of them. */
import { fieldOrder, fieldsOf, isStateField } from '../fields';
import { child, fromPointer, lastPart, parent, toPointer } from '../pointer';
import { readJson } from '../read-json';
import { lineOf } from '../text';
import type { Change, Parsed, QueryLanguage, StatePath, StateType } from '../types';
import { yaml } from '../yaml';
import { Draft } from './draft';
import { Editing } from './editing';
import { setNext as lead, successor } from './links';
import { holderOf } from './places';
import { print, reindent, styleOf } from './print';
import { EditRefused } from './refused';

/** Sets a field or what is inside of one; makes objects and arrays on the way. undefined removes it. */
export function setField(parsed: Parsed, pointer: string, value: unknown): Change {
  const editing = new Editing(parsed);
  setAt(editing.root, pointer, value === undefined ? undefined : Draft.make(value));
  return editing.finish();
}

function setAt(root: Draft, pointer: string, value: Draft | undefined) {
  const parts = fromPointer(pointer);
  const last = parts.pop();
  if (last === undefined) throw new EditRefused('The whole definition is replaced by importing another.');
  let holder = root;
  for (const [depth, part] of parts.entries()) {
    const inside = holder.kind === 'array' ? holder.items[Number(part)] : holder.get(part);
    if (inside && inside.kind !== 'scalar') {
      holder = inside;
      continue;
    }
    if (value === undefined) return;
    const isList = /^\d+$/.test(parts[depth + 1] ?? last);
    holder = put(holder, part, Draft.make(isList ? [] : {}));
  }
  if (value !== undefined) put(holder, last, value);
  else if (holder.kind === 'array') holder.items.splice(Number(last), 1);
  else holder.remove(last);
}

function put(holder: Draft, part: string, value: Draft): Draft {
  if (holder.kind !== 'array') return holder.set(part, value, fieldOrder);
  const index = Number(part);
  if (!Number.isInteger(index) || index > holder.items.length)
    throw new EditRefused(`The list has ${holder.items.length} items; there is no place ${part}.`);
  const old = holder.items[index];
  if (value.kind === 'scalar' && old?.kind === 'scalar' && old.scalar === value.scalar) return old;
  holder.items[index] = value;
  return value;
}

/** A field gets another name and value, and stays where it is. */
export function renameField(parsed: Parsed, pointer: string, name: string, value: unknown): Change {
  const editing = new Editing(parsed);
  const holder = editing.at(parent(pointer) ?? '');
  const before = lastPart(pointer);
  if (name !== before && holder.entry(name))
    throw new EditRefused(`There is a field ${name} already; remove it first.`);
  holder.set(before, value, fieldOrder);
  const entry = holder.entry(before);
  if (entry) entry.key = name;
  return editing.finish();
}

/** What a pointer names as text of the document's language, without the indentation of its place. */
export function getRaw({ root, text, language }: Parsed, pointer: string): string {
  const found = root && Draft.of({ text, language, node: root }).at(pointer);
  if (!found?.source) return '';
  const { node } = found.source;
  const style = styleOf(text, language);
  if (node.isShared) return print(Draft.make(node.value), style, { indent: '', isInline: false });
  return reindent(text, node.from, node.to, [], '', style);
}

/** Replaces it by text of the document's language. */
export function setRaw(parsed: Parsed, pointer: string, text: string): Change {
  const editing = new Editing(parsed);
  const { root, problems, isBroken } = parsed.language === 'json' ? readJson(text) : yaml().readYaml(text);
  if (!root || isBroken) {
    const [problem] = problems;
    const line = lineOf(text, problem?.from ?? 0);
    throw new EditRefused(`Line ${line}: ${problem?.message ?? 'this is no value.'}`);
  }
  const value = Draft.of({ text, language: parsed.language, node: root });
  setAt(editing.root, pointer, value);
  return editing.finish();
}

function listAt(editing: Editing, pointer: string): Draft {
  const found = editing.root.at(pointer);
  if (found?.kind === 'array') return found;
  const made = Draft.make([]);
  setAt(editing.root, pointer, made);
  return made;
}

/** Of an array (Choices, Retry, Catch, Branches, lists in Arguments), which is made if it is not there. */
export function insertItem(parsed: Parsed, pointer: string, index: number, value: unknown): Change {
  const editing = new Editing(parsed);
  return changeList(editing, pointer, (items) => items.splice(index, 0, Draft.make(value)));
}

/** An empty list of retriers or catchers goes as a whole. */
export function removeItem(parsed: Parsed, pointer: string, index: number): Change {
  const editing = new Editing(parsed);
  return changeList(editing, pointer, (items) => {
    items.splice(index, 1);
    const field = lastPart(pointer);
    if (items.length === 0 && (field === 'Retry' || field === 'Catch')) setAt(editing.root, pointer, undefined);
  });
}

export function moveItem(parsed: Parsed, pointer: string, from: number, to: number): Change {
  const editing = new Editing(parsed);
  return changeList(editing, pointer, (items) => items.splice(to, 0, ...items.splice(from, 1)));
}

/** Changes a list; states inside of what moved are followed. */
function changeList(editing: Editing, pointer: string, change: (items: Draft[]) => void): Change {
  const { items } = listAt(editing, pointer);
  const before = [...items];
  change(items);
  const renamed = before.flatMap((item, index) => {
    const now = items.indexOf(item);
    return now < 0 || now === index ? [] : [[child(pointer, index), child(pointer, now)] as const];
  });
  return editing.finish(undefined, renamed);
}

export function addBranch(parsed: Parsed, parallel: StatePath): Change {
  const branches = child(parallel, 'Branches');
  const count = parsed.workflow?.states.get(parallel)?.scopes.length ?? 0;
  return insertItem(parsed, branches, count, { StartAt: '', States: {} });
}

export function removeBranch(parsed: Parsed, parallel: StatePath, index: number): Change {
  return removeItem(parsed, child(parallel, 'Branches'), index);
}

/** Lets a transition (`/States/A/Next`, `/States/A/Catch/0/Next`, `/StartAt`) lead to another state of its scope. */
export function retarget(parsed: Parsed, pointer: string, name: string): Change {
  const editing = new Editing(parsed);
  const holder = editing.at(parent(pointer) ?? '');
  const field = lastPart(pointer);
  if (field === 'Next' && holderOf(pointer) === parent(pointer)) lead(holder, name);
  else holder.set(field, name, fieldOrder);
  return editing.finish();
}

/** null: the workflow ends behind it. */
export function setNext(parsed: Parsed, state: StatePath, name: string | null): Change {
  const editing = new Editing(parsed);
  lead(editing.at(state), name);
  return editing.finish();
}

/** What a state of a type needs at least, besides where it leads. */
const needed: Record<StateType, Record<string, unknown>> = {
  Task: { Resource: '' },
  Pass: {},
  Choice: { Choices: [] },
  Wait: { Seconds: 5 },
  Succeed: {},
  Fail: {},
  Parallel: { Branches: [{ StartAt: '', States: {} }] },
  Map: { ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: '', States: {} } },
};

/** Keeps what the new type knows too. */
export function changeType(parsed: Parsed, path: StatePath, type: StateType): Change {
  const editing = new Editing(parsed);
  const state = editing.at(path);
  const next = successor(state);
  const kept = fieldsOf(type);
  for (const { key } of [...state.entries]) if (isStateField(key) && !kept.includes(key)) state.remove(key);
  state.set('Type', type, fieldOrder);
  const hasTime = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'].some((field) => state.get(field));
  for (const [field, value] of Object.entries(needed[type]))
    if (!state.get(field) && !(type === 'Wait' && hasTime)) state.set(field, value, fieldOrder);
  if (type === 'Choice' && next !== null) state.set('Default', next, fieldOrder);
  if (kept.includes('Next') && state.get('Next') === null) lead(state, next);
  return editing.finish();
}

/** Of the whole definition ('') or of a state; undefined: as around it. Expressions stay as they are. */
export function setQueryLanguage(parsed: Parsed, pointer: string, language: QueryLanguage | undefined): Change {
  return setField(parsed, child(pointer, 'QueryLanguage'), language);
}

/** Several fields in one step: `{ Seconds: undefined, SecondsPath: '$.wait' }` of a state or of anything in it. */
export function setFields(parsed: Parsed, pointer: string, values: Record<string, unknown>): Change {
  const editing = new Editing(parsed);
  for (const [field, value] of Object.entries(values))
    setAt(editing.root, pointer + toPointer([field]), value === undefined ? undefined : Draft.make(value));
  return editing.finish();
}
