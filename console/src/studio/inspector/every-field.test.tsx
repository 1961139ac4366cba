/** Every field that the language has is in a form of the inspector, at its own place. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fieldsAt, fieldsOf, operators, stateTypes } from '../../asl/fields';
import { child } from '../../asl/pointer';
import type { QueryLanguage } from '../../asl/types';
import { createStudioStore } from '../store';
import { Inspector } from '.';
import { readRule } from './rules/model';

beforeEach(() => vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no server'))));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const body = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: '', States: {} };
const VALUES: Record<string, unknown> = {
  Retry: [{ ErrorEquals: ['A'] }],
  Catch: [{ ErrorEquals: ['A'], Next: 'A' }],
  Choices: [{ Next: 'A' }],
  Branches: [{ StartAt: '', States: {} }],
  ItemProcessor: body,
  Iterator: body,
  End: true,
  ErrorEquals: ['A'],
  Credentials: {},
  Parameters: {},
  Assign: { a: 1 },
};
const value = (field: string) => VALUES[field] ?? (field.endsWith('Path') ? '$.x' : 'x');

/** Of these a state has one. */
const EITHER = [
  ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  ['ItemProcessor', 'Iterator'],
  ['ItemSelector', 'Parameters'],
  ['Next', 'End'],
  ['ItemsPath', 'ItemReader'],
  ['Items', 'ItemReader'],
];
const clash = (a: string, b: string) =>
  a === `${b}Path` || b === `${a}Path` || EITHER.some((group) => group.includes(a) && group.includes(b));

/** The fields in as few objects as can have them. */
function objects(fields: readonly string[]): Record<string, unknown>[] {
  const made: Record<string, unknown>[] = [];
  for (const field of fields) {
    const free = made.find((one) => !Object.keys(one).some((other) => clash(field, other)));
    if (free) free[field] = value(field);
    else made.push({ [field]: value(field) });
  }
  return made;
}

/** Places of all fields on all tabs. */
function places(state: object, QueryLanguage: QueryLanguage): Set<string> {
  const store = createStudioStore(JSON.stringify({ QueryLanguage, StartAt: 'A', States: { A: state } }), 'json');
  store.getState().select(['/States/A']);
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <Inspector store={store} />
    </QueryClientProvider>,
  );
  const found = new Set<string>();
  for (const tab of container.querySelectorAll('[role=tab]')) {
    fireEvent.click(tab);
    for (const card of container.querySelectorAll('section > * > button[aria-expanded=false]')) fireEvent.click(card);
    for (const field of container.querySelectorAll('[data-at]')) found.add(field.getAttribute('data-at') ?? '');
    expect(container.querySelector('[aria-label="Other fields"]')?.textContent).toBeUndefined();
  }
  cleanup();
  return found;
}

function expectPlaces(found: ReadonlySet<string>, at: string, object: Record<string, unknown>) {
  for (const field of Object.keys(object)) {
    // Chosen with the reader's resource.
    if (field === 'InputType') continue;
    // Beside its twin, or with the field that says the same.
    const names = [field, field.replace(/(Path|\.\$)$/, ''), ...(field === 'End' ? ['Next'] : [])];
    const isThere = names.some((name) =>
      [...found].some((place) => place === child(at, name) || place.startsWith(`${child(at, name)}/`)),
    );
    expect(isThere, `${field} at ${at || 'the state'} among ${[...found].join(' ')}`).toBe(true);
  }
}

describe.each(['JSONPath', 'JSONata'] as const)('in %s', (language) => {
  test.each(stateTypes)(
    'a %s state',
    (type) => {
      const own = fieldsOf(type, language).filter((field) => field !== 'Type' && field !== 'QueryLanguage');
      for (const object of objects(own)) {
        const base = type === 'Map' && !object.Iterator ? { ItemProcessor: body } : {};
        expectPlaces(places({ Type: type, ...base, ...object }, language), '/States/A', object);
      }
    },
    30_000,
  );

  const nested = ['Retry/0', 'Catch/0', 'ItemReader', 'ItemReader/ReaderConfig', 'ItemBatcher', 'ResultWriter'];
  test.each([...nested, 'ResultWriter/WriterConfig', 'Credentials'])(
    '%s',
    (where) => {
      const way = where.split('/');
      const isTask = /^(Retry|Catch|Credentials)/.test(where);
      for (const object of objects(fieldsAt(way, true, null, language, false) ?? [])) {
        const inside = way.reduceRight<unknown>((value, part) => (part === '0' ? [value] : { [part]: value }), object);
        const state = { Type: isTask ? 'Task' : 'Map', ItemProcessor: body, Resource: '', ...(inside as object) };
        if (isTask) Reflect.deleteProperty(state, 'ItemProcessor');
        else Reflect.deleteProperty(state, 'Resource');
        expectPlaces(places(state, language), `/States/A/${where}`, object);
      }
    },
    30_000,
  );
});

test('every operator of a rule', () => {
  expect(operators.length).toBe(39);
  for (const operator of operators)
    expect(readRule({ Variable: '$.x', [operator]: true }), operator).toMatchObject({ kind: 'compare', key: operator });
});
