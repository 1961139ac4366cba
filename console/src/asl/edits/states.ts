/** Commands on whole states. */
import { fieldOrder } from '../fields';
import { child, isWithin, lastPart, parent } from '../pointer';
import type { Change, Parsed, Place, Scope, StatePath } from '../types';
import { Draft, type Entry } from './draft';
import { Editing } from './editing';
import { isTerminal, linksFrom, linksOf, relink, setNext, statesOf } from './links';
import { uniqueName } from './names';
import { putAt, scopeAt, spotOf } from './places';
import { EditRefused } from './refused';

/** States that belong together: a pattern, or what was copied. */
export interface Fragment {
  StartAt: string;
  States: Record<string, Record<string, unknown>>;
}

/** Puts a state at a place; the name is made unique. Selects it. */
export function insertState(parsed: Parsed, place: Place, name: string, body: Record<string, unknown>): Change {
  return insertEntries(new Editing(parsed), place, name, [{ key: name, value: Draft.make(body), written: null }]);
}

/** The same with several; names are made unique, ends lead on to what follows the place. */
export function insertFragment(parsed: Parsed, place: Place, { StartAt, States }: Fragment): Change {
  return insertEntries(new Editing(parsed), place, StartAt, Draft.make(States).entries);
}

export function insertEntries(editing: Editing, place: Place, startAt: string, entries: Entry[]): Change {
  const [first] = entries;
  if (!first) return { edits: [] };
  const { scope } = spotOf(editing, place);
  const names = withUniqueNames(editing.parsed, entries);
  putAt(editing, place, names.get(startAt) ?? first.key, entries);
  return editing.finish(entries.map(({ key }) => child(scope, 'States', key)));
}

/** Renames entries so that no name is taken, and their links with them; old and new names. */
function withUniqueNames(parsed: Parsed, entries: readonly Entry[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const rename = (entry: Entry) => {
    const name = uniqueName(parsed, entry.key, taken);
    taken.add(name);
    names.set(entry.key, name);
    entry.key = name;
  };
  for (const entry of entries) rename(entry);
  for (const link of entries.flatMap(linksFrom)) {
    const name = names.get(link.target);
    if (name !== undefined) link.to(name);
  }
  // Inside of Maps and Parallels names count as well.
  for (const inner of entries.flatMap(({ value }) => bodiesOf(value))) renameInside(parsed, inner, taken);
  return names;
}

function bodiesOf(state: Draft): Draft[] {
  if (state.kind !== 'object') return [];
  const bodies = [state.get('ItemProcessor'), state.get('Iterator'), ...(state.get('Branches')?.items ?? [])];
  return bodies.filter((body): body is Draft => body?.kind === 'object');
}

function renameInside(parsed: Parsed, scope: Draft, taken: Set<string>) {
  for (const entry of statesOf(scope)) {
    const name = uniqueName(parsed, entry.key, taken);
    taken.add(name);
    if (name !== entry.key) {
      for (const link of linksOf(scope)) if (link.target === entry.key) link.to(name);
      entry.key = name;
    }
    for (const inner of bodiesOf(entry.value)) renameInside(parsed, inner, taken);
  }
}

/** What led to the states leads to what follows them. */
export function deleteStates(parsed: Parsed, states: readonly StatePath[]): Change {
  const editing = new Editing(parsed);
  const outermost = states.filter((path) => !states.some((other) => other !== path && isWithin(path, other)));
  for (const [path, { states: all }] of editing.workflow.scopes) {
    const gone = new Set(all.filter((state) => outermost.includes(state)).map(lastPart));
    if (gone.size === 0) continue;
    const scope = editing.at(path);
    relink(scope, gone);
    for (const name of gone) scope.get('States')?.remove(name);
  }
  return editing.finish([]);
}

interface Chosen {
  scope: Scope;
  /** In the order of the text. */
  names: string[];
  isChosen: ReadonlySet<string>;
  /** Where one comes in. */
  entry: string;
}

/** States of one scope that are to be treated as one. */
export function choose(editing: Editing, paths: readonly StatePath[]): Chosen {
  const states = paths.flatMap((path) => editing.workflow.states.get(path) ?? []);
  const scope = states[0] && editing.workflow.scopes.get(states[0].scope);
  if (!scope) throw new EditRefused('These states are not there any more.');
  if (states.some((state) => state.scope !== scope.path))
    throw new EditRefused('The states are in different workflows. Choose states that are in the same one.');
  const isChosen = new Set(states.map(({ name }) => name));
  const names = scope.states.map(lastPart).filter((name) => isChosen.has(name));
  const incoming = linksOf(editing.at(scope.path)).filter(({ holder }) => holder === null || !isChosen.has(holder));
  const entry = incoming.find(({ target }) => isChosen.has(target))?.target ?? names[0] ?? '';
  return { scope, names, isChosen, entry };
}

/** States of one scope to another place, of the same scope or of another. */
export function moveStates(parsed: Parsed, states: readonly StatePath[], place: Place): Change {
  const editing = new Editing(parsed);
  const { scope, names, isChosen, entry } = choose(editing, states);
  const spot = spotOf(editing, place);
  if (states.some((state) => isWithin(spot.scope, state)))
    throw new EditRefused('A state cannot be moved into itself.');
  // Next to itself: it is there already.
  if (spot.scope === scope.path && (isAt(spot.state) || isAt(targetOf()))) return { edits: [] };
  function isAt(path: StatePath | null) {
    return path !== null && isChosen.has(lastPart(path));
  }
  function targetOf(): StatePath | null {
    const before = place.kind === 'edge' ? editing.at(place.transition).scalar : editing.at(spot.scope).text('StartAt');
    return place.kind === 'end' || typeof before !== 'string' ? null : child(scope.path, 'States', before);
  }

  const from = editing.at(scope.path);
  relink(from, isChosen);
  const entries = names.flatMap((name) => from.get('States')?.remove(name) ?? []);
  putAt(editing, place, entry, entries);
  const paths = names.map((name) => [child(scope.path, 'States', name), child(spot.scope, 'States', name)] as const);
  return editing.finish(
    paths.map(([, to]) => to),
    paths,
  );
}

/** With everything that refers to it. */
export function renameState(parsed: Parsed, path: StatePath, name: string): Change {
  const editing = new Editing(parsed);
  const state = editing.workflow.states.get(path);
  if (!state) throw new EditRefused('This state is not there any more.');
  if (name === state.name) return { edits: [] };
  if (name.trim() === '') throw new EditRefused('A state needs a name.');
  if ([...editing.workflow.states.values()].some((other) => other.name === name))
    throw new EditRefused(`There is a state named ${name} already; names are unique in the whole definition.`);
  const scope = editing.workflow.scopes.get(state.scope);
  const others = (scope?.states ?? []).flatMap((other) => editing.workflow.states.get(other)?.transitions ?? []);
  const links = others.filter(({ target }) => target === state.name).map(({ pointer }) => pointer);
  if (scope?.startAt === state.name) links.push(child(scope.path, 'StartAt'));
  for (const pointer of links) editing.at(parent(pointer) ?? '').set(lastPart(pointer), name);
  const entry = editing.at(child(state.scope, 'States')).entry(state.name);
  if (entry) entry.key = name;
  const renamed = child(state.scope, 'States', name);
  return editing.finish(undefined, [[path, renamed]]);
}

/** Copies behind the originals, selected. */
export function duplicateStates(parsed: Parsed, states: readonly StatePath[]): Change {
  const editing = new Editing(parsed);
  const { scope, names, isChosen, entry } = choose(editing, states);
  const inside = editing.at(scope.path).get('States');
  const copies = names.flatMap((name) => {
    const original = inside?.entry(name);
    return original ? [{ ...original, value: original.value.copy() }] : [];
  });
  // Behind the last of them that leads out; if none does, the copies stand for themselves until something leads there.
  const last = names.findLast((name) => {
    const state = inside?.get(name);
    if (!state || isTerminal(state) || state.text('Type') === 'Choice') return false;
    return !isChosen.has(state.text('Next') ?? '');
  });
  const place = last === undefined ? null : behind(inside, child(scope.path, 'States', last), last);
  if (place) return insertEntries(editing, place, entry, copies);
  withUniqueNames(parsed, copies);
  inside?.insertAfter(names.at(-1) ?? null, copies);
  return editing.finish(copies.map(({ key }) => child(scope.path, 'States', key)));
}

function behind(states: Draft | null | undefined, path: StatePath, name: string): Place {
  const isLinked = states?.get(name)?.text('Next') !== null;
  return isLinked ? { kind: 'edge', transition: child(path, 'Next') } : { kind: 'end', state: path };
}

/** Puts states into a new Map or Parallel that stands where they stood. */
export function wrapIn(parsed: Parsed, type: 'Map' | 'Parallel', states: readonly StatePath[]): Change {
  const editing = new Editing(parsed);
  const { scope, names, isChosen, entry } = choose(editing, states);
  const outer = scopeAt(editing, scope.path);
  const all = statesOf(outer);
  const name = uniqueName(parsed, type);
  const position = all.findIndex(({ key }) => isChosen.has(key));
  const entries = all.filter(({ key }) => isChosen.has(key));
  for (const link of linksOf(outer))
    if (isChosen.has(link.target) && (link.holder === null || !isChosen.has(link.holder))) link.to(name);

  const out = entries.flatMap(linksFrom).filter(({ target }) => !isChosen.has(target));
  const order = ['next', 'default', 'choice'];
  const next = out
    .filter(({ kind }) => kind !== 'catch')
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0];
  const done = uniqueName(parsed, `${name} done`);
  let needsDone = false;
  const catchers: Draft[] = [];
  for (const link of out.reverse()) {
    if (link.kind === 'next') link.drop();
    if (link.kind === 'default' || link.kind === 'choice') {
      needsDone = true;
      link.to(done);
    }
  }
  // Errors that were caught outside are caught outside still: by what is around them now.
  for (const { value } of entries) {
    const list = value.kind === 'object' ? value.get('Catch') : null;
    if (!list) continue;
    const leaving = list.items.filter((item) => !isChosen.has(item.text('Next') ?? ''));
    for (const catcher of leaving) {
      const text = JSON.stringify(catcher.toValue());
      if (!catchers.some((other) => JSON.stringify(other.toValue()) === text)) catchers.push(catcher);
      list.items.splice(list.items.indexOf(catcher), 1);
    }
    if (list.isEmpty) value.remove('Catch');
  }

  for (const { key } of entries) outer.get('States')?.remove(key);
  const inner = Draft.make({ StartAt: entry, States: {} });
  inner.get('States')?.entries.push(...entries);
  if (needsDone) inner.get('States')?.set(done, { Type: 'Succeed' });
  const state = Draft.make({ Type: type });
  if (type === 'Map') {
    inner.set('ProcessorConfig', { Mode: 'INLINE' }, fieldOrder);
    state.set('ItemProcessor', inner);
  } else {
    state.set('Branches', []).items.push(inner);
  }
  if (catchers.length > 0) state.set('Catch', []).items.push(...catchers);
  setNext(state, next?.target ?? null);
  outer.get('States')?.entries.splice(position, 0, { key: name, value: state, written: null });

  const path = child(scope.path, 'States', name);
  const body = type === 'Map' ? child(path, 'ItemProcessor') : child(path, 'Branches', 0);
  return editing.finish(
    [path],
    names.map((name) => [child(scope.path, 'States', name), child(body, 'States', name)]),
  );
}
