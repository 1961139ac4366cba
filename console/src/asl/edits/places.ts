/** Places where states can be put, as commands use them. */
import { fieldOrder } from '../fields';
import { child, lastPart, parent } from '../pointer';
import type { Place, ScopePath, StatePath } from '../types';
import type { Draft, Entry } from './draft';
import type { Editing } from './editing';
import { isTerminal, leadOn, linksFrom, setNext, statesOf } from './links';
import { EditRefused } from './refused';

export interface Spot {
  scope: ScopePath;
  /** The state whose way leads here; null: the start. */
  state: StatePath | null;
}

export function spotOf(editing: Editing, place: Place): Spot {
  if (place.kind === 'start') return { scope: place.scope, state: null };
  const pointer = place.kind === 'edge' ? place.transition : child(place.state, 'Next');
  if (lastPart(pointer) === 'StartAt') return { scope: parent(pointer) ?? '', state: null };
  const state = holderOf(pointer);
  const found = editing.workflow.states.get(state);
  if (!found) throw new EditRefused('The state before this place is not there any more.');
  return { scope: found.scope, state };
}

/** The state that a transition belongs to. */
export function holderOf(pointer: string): StatePath {
  return pointer.replace(/\/(Next|Default|(Choices|Catch)\/\d+\/Next)$/, '');
}

/** The scope's draft, made if a Map has none yet. */
export function scopeAt(editing: Editing, path: ScopePath): Draft {
  const there = editing.root.at(path);
  const holder = parent(path);
  if (there?.kind === 'object') return withStates(there);
  if (holder === null) throw new EditRefused('There is no workflow to put states into.');
  const config = { Mode: 'INLINE' };
  const body = { ProcessorConfig: config, StartAt: '', States: {} };
  return withStates(editing.at(holder).set(lastPart(path), body, fieldOrder));
}

function withStates(scope: Draft): Draft {
  if (scope.get('States')?.kind !== 'object') scope.set('States', {}, fieldOrder);
  return scope;
}

/** Puts states at a place: what led there leads to `startAt`, and their ends lead to where it led. */
export function putAt(editing: Editing, place: Place, startAt: string, entries: readonly Entry[]) {
  const spot = spotOf(editing, place);
  const scope = scopeAt(editing, spot.scope);
  const around = new Set(statesOf(scope).map(({ key }) => key));
  const inside = new Set(entries.map(({ key }) => key));
  const target = lead(editing, scope, spot, place, startAt);
  for (const entry of entries) leadOn(entry, target !== null && around.has(target) ? target : null, inside, around);
  scope.get('States')?.insertAfter(spot.state && lastPart(spot.state), entries);
}

/** Turns the way at a place to `name`; where it led before. */
function lead(editing: Editing, scope: Draft, spot: Spot, place: Place, name: string): string | null {
  if (spot.state === null) {
    const before = scope.text('StartAt');
    scope.set('StartAt', name, fieldOrder);
    return before;
  }
  const state = editing.at(spot.state);
  if (place.kind === 'edge') {
    const holder = editing.at(parent(place.transition) ?? '');
    const before = holder.text(lastPart(place.transition));
    if (before === null) throw new EditRefused('This transition is not there any more.');
    holder.set(lastPart(place.transition), name);
    return before;
  }
  const type = state.text('Type');
  if (isTerminal(state)) throw new EditRefused(`Nothing can follow a ${type} state: the workflow ends there.`);
  const way = linksFrom({ key: '', value: state, written: null }).find(
    ({ kind }) => kind === (type === 'Choice' ? 'default' : 'next'),
  );
  if (type === 'Choice') state.set('Default', name, fieldOrder);
  else setNext(state, name);
  return way?.target ?? null;
}
