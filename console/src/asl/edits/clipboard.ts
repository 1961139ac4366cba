/** States as text, out and in. */
import { readJson } from '../read-json';
import { isObject } from '../tree';
import type { Change, Language, Parsed, Place, StatePath } from '../types';
import { yaml } from '../yaml';
import { Draft, type Entry } from './draft';
import { Editing } from './editing';
import { print, styleOf } from './print';
import { EditRefused } from './refused';
import { choose, insertEntries } from './states';

/** States of one scope as text for the clipboard: a definition in the document's language. */
export function copyStates(parsed: Parsed, states: readonly StatePath[]): string {
  const editing = new Editing(parsed);
  const { scope, names, entry } = choose(editing, states);
  const language = editing.workflow.states.get(states[0] ?? '')?.queryLanguage;
  const all = editing.at(scope.path).get('States');
  const definition = Draft.make({
    ...(language === 'JSONata' ? { QueryLanguage: language } : {}),
    StartAt: entry,
    States: {},
  });
  definition.get('States')?.entries.push(...names.flatMap((name) => all?.entry(name) ?? []));
  const style = { ...styleOf(parsed.text, parsed.language), isMinified: false };
  const at = { indent: '', isInline: false };
  const text = print(definition, style, at);
  // An alias of YAML is of no use without its anchor.
  const isWhole = !read(text, parsed.language).isBroken;
  return `${isWhole ? text : print(Draft.make(definition.toValue()), style, at)}\n`;
}

function read(text: string, language: Language) {
  return language === 'json' ? readJson(text) : yaml().readYaml(text);
}

/** Puts what `copyStates` gave at a place; takes any definition, states by name, or one state, in JSON or YAML. */
export function pasteStates(parsed: Parsed, place: Place, text: string): Change {
  const editing = new Editing(parsed);
  const language = !read(text, 'json').isBroken ? 'json' : 'yaml';
  const { root, isBroken } = read(text, language);
  const draft = root && !isBroken ? Draft.of({ text, language, node: root }) : null;
  const found = draft?.kind === 'object' ? statesIn(draft) : [];
  if (!draft || found.length === 0)
    throw new EditRefused(
      'What is on the clipboard is no state: a state or a definition, in JSON or YAML, is expected.',
    );
  if (draft.text('QueryLanguage') === 'JSONata' && editing.workflow.queryLanguage === 'JSONPath')
    for (const { value } of found) value.set('QueryLanguage', 'JSONata', ['Type', 'QueryLanguage']);
  return insertEntries(editing, place, draft.text('StartAt') ?? found[0]?.key ?? '', found);
}

function statesIn(draft: Draft): Entry[] {
  const isState = (value: unknown) => isObject(value) && typeof value.Type === 'string';
  if (isState(draft.toValue())) return [{ key: draft.text('Type') ?? '', value: draft, written: null }];
  const states = draft.get('States') ?? draft;
  return states.kind === 'object' ? states.entries.filter(({ value }) => isState(value.toValue())) : [];
}
