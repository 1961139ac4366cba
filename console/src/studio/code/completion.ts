/** What can be written where the caret is. */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  startCompletion,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { type EditorView, keymap } from '@codemirror/view';
import type { Shape } from '../../api/types';
import { fieldsAt, stateTypes } from '../../asl/fields';
import { toPointer } from '../../asl/pointer';
import { find, isObject } from '../../asl/tree';
import type { Language, QueryLanguage, State, StateType } from '../../asl/types';
import { variablesBefore } from '../../asl/variables';
import { resolve } from '../inspector/action/shape';
import { errorSuggestions } from '../inspector/errors/suggestions';
import { helpOf } from '../inspector/help';
import { readResource } from '../inspector/model/resource';
import { suggest } from '../inspector/model/suggest';
import type { StudioState, StudioStore } from '../store';
import { resourcesLike, shapeOf } from './catalog';
import type { LineBreaks } from './line-breaks';
import { type Inside, insideOf, type Location, locate } from './location';
import { kindOf, textsOf } from './vocabulary';

export function completion(store: StudioStore, breaks: () => LineBreaks | null): Extension {
  return [
    autocompletion({
      icons: false,
      override: [(context) => complete(store, breaks(), context)],
      interactionDelay: 0,
      maxRenderedOptions: 200,
    }),
    keymap.of([{ key: 'Tab', run: acceptCompletion }]),
  ];
}

/** What of a state counts here. */
interface Known {
  type: StateType | null;
  value: Record<string, unknown>;
  queryLanguage?: QueryLanguage;
}

/** Its text as it is now, read as far as it can be, and what it was when all could be read. */
function stateAt({ parsed, workflow }: StudioState, path: string | null): Known | null {
  if (path === null) return null;
  const before = workflow?.states.get(path);
  const now = find(parsed.root, path)?.node.value;
  const value = { ...before?.value, ...(isObject(now) ? now : {}) };
  const type = stateTypes.find((name) => name === value.Type) ?? null;
  return { type, value, ...(before ? { queryLanguage: before.queryLanguage } : {}) };
}

/** Where the caret is, and what is known of it. */
interface Place {
  location: Location;
  inside: Inside;
  /** null: in none. */
  state: Known | null;
  language: QueryLanguage;
  syntax: Language;
  view: EditorView | undefined;
  /** Of the caret when the list was made: what is typed since moves the token's end. */
  pos: number;
}

export async function complete(
  store: StudioStore,
  breaks: LineBreaks | null,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const { language: syntax, parsed, workflow } = store.getState();
  const location = locate(text, context.pos, syntax);
  const inside = insideOf(location.path);
  const state = stateAt(store.getState(), inside.state);
  const language = state?.queryLanguage ?? workflow?.queryLanguage ?? 'JSONPath';
  const place: Place = { location, inside, state, language, syntax, view: context.view, pos: context.pos };
  if (!location.isKey) {
    const expression = expressionAt(store, place, location.typed);
    if (expression) {
      const from = context.pos - location.typed.length + expression.from;
      return { from, options: expression.options, validFor: /^[\w$]*$/ };
    }
  }
  const from = location.token.from;
  // Without a word or an explicit wish nothing is offered, but right behind an opening quote it is.
  if (!context.explicit && location.typed === '' && !location.isQuoted) return null;
  const own = find(parsed.root, toPointer(location.path));
  const taken = new Set(
    own?.node.members.filter(({ keyRange }) => !isIn(keyRange, context.pos, breaks)).map(({ key }) => key),
  );
  const options = location.isKey
    ? (await keysAt(place)).filter(({ label }) => !taken.has(label))
    : await valuesAt(store, place);
  if (options.length === 0) return null;
  // What is offered for a resource depends on what is typed; any other list is only narrowed, at once, so that Enter takes what is seen.
  const isResource = !location.isKey && inside.rest.length === 1 && inside.rest[0] === 'Resource';
  return {
    from: from + (location.isQuoted ? 1 : 0),
    to: context.pos,
    options,
    ...(isResource ? {} : { validFor: /^[^":\n]*$/ }),
  };
}

function isIn({ from, to }: { from: number; to: number }, pos: number, breaks: LineBreaks | null): boolean {
  const at = breaks?.toText(pos) ?? pos;
  return from <= at && at <= to;
}

async function keysAt(place: Place): Promise<Completion[]> {
  const { inside, state, language } = place;
  const fields = fieldsAt(inside.rest, inside.state !== null, state?.type ?? null, language, inside.scope === '');
  const names = fields?.map((name) => ({ name, detail: '', isRequired: false })) ?? (await membersAt(place));
  return names.map(({ name, detail, isRequired }, index) => ({
    label: name,
    detail,
    info: () => sentence(helpOf(name)?.text),
    boost: (isRequired ? 50 : 0) - index / 100,
    apply: (view, _completion, _from, to) => writeKey(view, place, name, to),
  }));
}

function sentence(text: string | undefined) {
  if (!text) return null;
  const element = document.createElement('div');
  element.textContent = text;
  return element;
}

/** The members of the action's parameters where the caret is. */
async function membersAt({ inside: { rest }, state }: Place) {
  const [first, ...way] = rest;
  const resource = state?.value.Resource;
  if ((first !== 'Arguments' && first !== 'Parameters') || typeof resource !== 'string') return [];
  const model = await shapeOf(resource);
  const shape = model && follow(model.input, way, model.shapes);
  if (shape?.type !== 'structure') return [];
  return Object.keys(shape.members)
    .map((name) => {
      const isRequired = shape.required.includes(name);
      return { name, isRequired, detail: isRequired ? 'required' : '' };
    })
    .sort((a, b) => Number(b.isRequired) - Number(a.isRequired));
}

function follow(shape: Shape, way: readonly string[], shapes: Record<string, Shape>): Shape | null {
  let at = shape;
  for (const step of way) {
    if (at.type === 'structure') {
      const member = Object.hasOwn(at.members, step) ? at.members[step] : undefined;
      if (!member) return null;
      at = resolve(member.shape, shapes);
    } else if (at.type === 'list') at = resolve(at.member, shapes);
    else if (at.type === 'map') at = resolve(at.value, shapes);
    else return null;
  }
  return at;
}

/** A name, what is between it and its value, and the beginning of the value, with the caret inside. */
function writeKey(view: EditorView, { location, syntax, inside, pos }: Place, name: string, to: number) {
  const isJson = syntax === 'json';
  const key = isJson ? JSON.stringify(name) : name;
  const end = isJson && location.isQuoted ? Math.max(to, location.token.to + to - pos) : to;
  if (location.next === ':') {
    view.dispatch({ changes: { from: location.token.from, to: end, insert: key }, userEvent: 'input.complete' });
    return;
  }
  const kind = inside.rest[0] === 'Arguments' || inside.rest[0] === 'Parameters' ? 'text' : kindOf(name);
  const json = { object: ['{', '}'], list: ['[', ']'], truth: ['true', ''], number: ['', ''], text: ['"', '"'] }[kind];
  const [open = '', close = ''] = isJson ? json : kind === 'truth' ? ['true', ''] : ['', ''];
  const comma = isJson && location.next === '"' ? ',' : '';
  const before = `${key}: ${open}`;
  const { from } = location.token;
  view.dispatch({
    changes: { from, to: end, insert: before + close + comma },
    selection: { anchor: from + before.length },
    userEvent: 'input.complete',
  });
  if (kind === 'text') startCompletion(view);
}

async function valuesAt(store: StudioStore, place: Place): Promise<Completion[]> {
  const { inside, state, location } = place;
  const { rest } = inside;
  const field = rest.at(-1) ?? '';
  const isOfState = inside.state !== null && !['Arguments', 'Parameters', 'Assign', 'Result'].includes(rest[0] ?? '');
  const write = (text: string, detail = '', isRaw = false): Completion => ({
    label: text,
    detail,
    apply: (view, _completion, _from, to) => writeValue(view, place, text, to, isRaw),
  });
  if ((isOfState && (field === 'Next' || field === 'Default')) || (inside.state === null && field === 'StartAt'))
    return namesIn(store, inside).map(({ name, type }) => write(name, type ?? ''));
  if (isOfState && field === 'Resource' && rest.length === 1)
    return (await resourcesLike(location.typed)).map(({ text, detail }) => write(text, detail));
  if (rest.at(-2) === 'ErrorEquals' || field === 'ErrorEquals') {
    const resource = typeof state?.value.Resource === 'string' ? state.value.Resource : '';
    const names = errorSuggestions(state?.type ?? null, readResource(resource), await shapeOf(resource));
    return names.map((name) => write(name));
  }
  const texts = isOfState || inside.state === null ? textsOf(rest) : null;
  if (texts) return texts.map((text) => write(text));
  if (!location.isQuoted && kindOf(field) === 'truth') return ['true', 'false'].map((text) => write(text, '', true));
  return (await enumAt(place)).map((text) => write(text));
}

async function enumAt({ inside: { rest }, state }: Place): Promise<readonly string[]> {
  const [first, ...way] = rest;
  const resource = state?.value.Resource;
  if ((first !== 'Arguments' && first !== 'Parameters') || typeof resource !== 'string') return [];
  const model = await shapeOf(resource);
  const shape = model && follow(model.input, way, model.shapes);
  return shape?.type === 'string' ? (shape.enum ?? []) : [];
}

/** The states of a scope, but not the one that the caret is in. */
function namesIn(store: StudioStore, { scope, state }: Inside): State[] {
  const { workflow } = store.getState();
  const paths = workflow?.scopes.get(scope)?.states ?? [];
  return paths.flatMap((path) => (path === state ? [] : (workflow?.states.get(path) ?? [])));
}

function writeValue(view: EditorView, { location, syntax, pos }: Place, text: string, to: number, isRaw: boolean) {
  const { token, isQuoted } = location;
  const needsQuotes = syntax === 'json' ? !isRaw : isQuoted || /^[\s#&*!|>%@`{}[\]'",?:-]|: | #|:$|^$/.test(text);
  const insert = needsQuotes ? JSON.stringify(text) : text;
  view.dispatch({
    changes: { from: token.from, to: Math.max(to, token.to + to - pos), insert },
    // A resource that ends with a colon goes on.
    selection: { anchor: token.from + insert.length - (needsQuotes && text.endsWith(':') ? 1 : 0) },
    userEvent: 'input.complete',
  });
  if (text.endsWith(':')) startCompletion(view);
}

/** In JSONata, or in what JSONPath reads: variables, functions, the context. */
function expressionAt(store: StudioStore, { inside, language, location }: Place, typed: string) {
  const field = inside.rest.at(-1) ?? '';
  const isJsonata = /\{%(?:(?!%\})[\s\S])*$/.test(typed);
  const isPath = language === 'JSONPath' && (field.endsWith('.$') || field.endsWith('Path') || field === 'Variable');
  if (!isJsonata && !(isPath && location.isKey === false)) return null;
  const { workflow } = store.getState();
  const variables =
    workflow && inside.state !== null && workflow.states.has(inside.state)
      ? variablesBefore(workflow, inside.state).map(({ name }) => name)
      : [];
  const found = suggest(typed, { language: isJsonata ? 'JSONata' : 'JSONPath', variables });
  if (!found) return null;
  const options = found.options.map(({ text, detail }): Completion => ({ label: text, detail: detail ?? '' }));
  return { from: found.from, options };
}
