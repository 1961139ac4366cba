/** What of a workflow refers to its states, and where states lead. */
import { fieldOrder } from '../fields';
import type { Draft, Entry } from './draft';

export interface Link {
  kind: 'start' | 'next' | 'default' | 'choice' | 'catch';
  /** The state that has it; null: StartAt. */
  holder: string | null;
  target: string;
  to(name: string): void;
  /** It leads nowhere any more: what followed is the end, a rule or catcher goes. */
  drop(): void;
}

export function statesOf(scope: Draft): Entry[] {
  return scope.get('States')?.entries ?? [];
}

/** All links of a scope. */
export function linksOf(scope: Draft): Link[] {
  const start = fieldLink(scope, 'StartAt', 'start', null, () => scope.set('StartAt', ''));
  return [...start, ...statesOf(scope).flatMap(linksFrom)];
}

/** Those that a state has. */
export function linksFrom({ key: name, value: state }: Entry): Link[] {
  if (state.kind !== 'object') return [];
  return [
    ...fieldLink(state, 'Next', 'next', name, () => setNext(state, null)),
    ...fieldLink(state, 'Default', 'default', name, () => state.remove('Default')),
    ...listLinks(state, 'Choices', 'choice', name),
    ...listLinks(state, 'Catch', 'catch', name),
  ];
}

function fieldLink(holder: Draft, field: string, kind: Link['kind'], name: string | null, drop: () => void): Link[] {
  const target = holder.text(field);
  if (target === null) return [];
  return [{ kind, holder: name, target, to: (name) => holder.set(field, name), drop }];
}

function listLinks(state: Draft, field: string, kind: Link['kind'], name: string): Link[] {
  const list = state.get(field);
  return (list?.items ?? []).flatMap((item) =>
    fieldLink(item, 'Next', kind, name, () => {
      list?.items.splice(list.items.indexOf(item), 1);
      if (kind === 'catch' && list?.isEmpty) state.remove(field);
    }),
  );
}

export function isTerminal(state: Draft): boolean {
  const type = state.text('Type');
  return type === 'Succeed' || type === 'Fail';
}

/** Lets a state that is no Choice lead to another; null: to the end. */
export function setNext(state: Draft, name: string | null) {
  if (name === null) {
    state.remove('Next');
    state.set('End', true, fieldOrder);
  } else {
    state.remove('End');
    state.set('Next', name, fieldOrder);
  }
}

/** Where the usual way leads from a state; null: to the end. */
export function successor(state: Draft): string | null {
  const first = state.get('Choices')?.items.map((rule) => rule.text('Next'));
  return state.text('Next') ?? state.text('Default') ?? first?.find((name) => name !== null) ?? null;
}

/** The first state behind `name` that stays when `gone` go; null: the end. */
export function forward(scope: Draft, name: string, gone: ReadonlySet<string>): string | null {
  const seen = new Set<string>();
  let at: string | null = name;
  while (at !== null && gone.has(at)) {
    if (seen.has(at)) return null;
    seen.add(at);
    const state: Draft | null = scope.get('States')?.get(at) ?? null;
    at = state && successor(state);
  }
  return at;
}

/** What led to states that go leads to what follows them. */
export function relink(scope: Draft, gone: ReadonlySet<string>) {
  const links = linksOf(scope).filter(
    ({ holder, target }) => gone.has(target) && (holder === null || !gone.has(holder)),
  );
  const remaining = statesOf(scope).find(({ key }) => !gone.has(key))?.key ?? null;
  // Dropped from behind: a rule that goes does not move those before it.
  for (const link of links.reverse()) {
    const next = forward(scope, link.target, gone) ?? (link.kind === 'start' ? remaining : null);
    if (next === null) link.drop();
    else link.to(next);
  }
}

/**
 * Lets a state that was put before `target` lead there. What leads to one of `inside` stays, and so do the rules and catchers that
 * lead to one of `around`.
 */
export function leadOn(entry: Entry, target: string | null, inside: ReadonlySet<string>, around: ReadonlySet<string>) {
  const state = entry.value;
  if (state.kind !== 'object' || isTerminal(state)) return;
  for (const link of linksFrom(entry).reverse()) {
    if (inside.has(link.target)) continue;
    const isSide = link.kind === 'choice' || link.kind === 'catch';
    if (around.has(link.target) && (isSide || (link.kind === 'default' && target === null))) continue;
    if (target === null) link.drop();
    else link.to(target);
  }
  const isChoice = state.text('Type') === 'Choice';
  if (isChoice && target !== null && state.text('Default') === null) state.set('Default', target, fieldOrder);
  if (!isChoice && state.text('Next') === null) setNext(state, target);
}
