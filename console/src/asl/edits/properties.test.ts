import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as readYaml, stringify } from 'yaml';
import { parse } from '../parse';
import { child, lastPart, parent } from '../pointer';
import { applyEdits, invertEdits } from '../text';
import { find } from '../tree';
import type { Change, Language, Parsed, Place, StatePath, Workflow } from '../types';
import * as edits from '.';

const root = resolve(import.meta.dirname, '../../../..');

/** A workflow without dangling links; `prefix` keeps names unique in the whole definition. */
function workflow(prefix: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  return fc.integer({ min: 1, max: 5 }).chain((count) => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    const name = fc.constantFrom(...names);
    const next = fc.oneof(
      name.map((Next) => ({ Next })),
      fc.constant({ End: true }),
    );
    const catcher = name.map((Next) => ({ ErrorEquals: ['States.ALL'], Next }));
    const plain: fc.Arbitrary<Record<string, unknown>>[] = [
      fc.tuple(next, fc.array(catcher, { maxLength: 2 })).map(([next, Catch]) => ({
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'f: "x"', 'Payload.$': '$', list: [1, { a: null }], text: 'one\ntwo' },
        ...(Catch.length > 0 ? { Catch } : {}),
        ...next,
      })),
      fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.option(name)).map(([targets, Default]) => ({
        Type: 'Choice',
        Choices: targets.map((Next, index) => ({ Variable: '$.x', NumericEquals: index, Next })),
        ...(Default === null ? {} : { Default }),
      })),
      fc.constantFrom({ Type: 'Succeed' }, { Type: 'Fail', Error: 'No' }),
    ];
    const nested = [
      fc
        .tuple(workflow(`${prefix}m`, depth - 1), next)
        .map(([ItemProcessor, next]) => ({ Type: 'Map', ItemProcessor, ...next })),
      fc
        .tuple(workflow(`${prefix}p`, depth - 1), workflow(`${prefix}q`, depth - 1), next)
        .map(([one, two, next]) => ({ Type: 'Parallel', Branches: [one, two], ...next })),
    ];
    const state = depth > 0 ? fc.oneof(...plain, ...nested) : fc.oneof(...plain);
    // Names count in the whole definition, so of the states with workflows inside each gets a prefix of its own.
    const states = fc.tuple(...names.map(() => state));
    return fc.tuple(states, name).map(([bodies, StartAt]) => ({
      StartAt,
      States: Object.fromEntries(bodies.map((body, index) => [names[index], body])),
    }));
  });
}

interface Document {
  text: string;
  language: Language;
  value: unknown;
}

/** Written in several ways. */
const document: fc.Arbitrary<Document> = fc
  .tuple(
    workflow('S', 2),
    fc.constantFrom('pretty', 'tabs', 'minified', 'crlf', 'yaml', 'yaml-flat', 'yaml-flow', 'yaml-comments'),
  )
  .map(([value, way]) => {
    unique(value, new Set());
    const pretty = JSON.stringify(value, null, way === 'tabs' ? '\t' : 2);
    if (way === 'minified') return { text: JSON.stringify(value), language: 'json', value };
    if (way === 'crlf') return { text: pretty.replaceAll('\n', '\r\n'), language: 'json', value };
    if (!way.startsWith('yaml')) return { text: pretty, language: 'json', value };
    if (way === 'yaml-flow')
      return { text: stringify(value, { collectionStyle: 'flow', lineWidth: 60 }), language: 'yaml', value };
    const text = stringify(value, { indentSeq: way !== 'yaml-flat', lineWidth: 0, aliasDuplicateObjects: false });
    if (way !== 'yaml-comments') return { text, language: 'yaml', value };
    const lines = text.split('\n').map((line) => (/^ *(S|S\w+):$/.test(line) ? `${line} # ${line.trim()}` : line));
    return { text: lines.join('\n'), language: 'yaml', value };
  });

/** Names of states are made different everywhere. */
function unique(scope: Record<string, unknown>, taken: Set<string>) {
  const states = scope.States as Record<string, Record<string, unknown>>;
  const names = new Map(
    Object.keys(states).map((name) => {
      let free = name;
      while (taken.has(free)) free += 'x';
      taken.add(free);
      return [name, free];
    }),
  );
  const link = (holder: Record<string, unknown>, field: string) => {
    if (typeof holder[field] === 'string') holder[field] = names.get(holder[field]) ?? holder[field];
  };
  link(scope, 'StartAt');
  scope.States = Object.fromEntries(
    Object.entries(states).map(([name, shared]) => {
      const state = structuredClone(shared);
      link(state, 'Next');
      link(state, 'Default');
      for (const list of [state.Choices, state.Catch]) for (const item of (list as []) ?? []) link(item, 'Next');
      if (state.ItemProcessor) unique(state.ItemProcessor as Record<string, unknown>, taken);
      for (const branch of (state.Branches as []) ?? []) unique(branch, taken);
      return [names.get(name), state];
    }),
  );
}

function dangling(workflow: Workflow): string[] {
  const links = [...workflow.states.values()].flatMap(({ transitions }) => transitions.filter(({ to }) => to === null));
  const starts = [...workflow.scopes.values()].filter(({ start, states }) => start === null && states.length > 0);
  return [...links.map(({ pointer }) => pointer), ...starts.map(({ path }) => `${path}/StartAt`)];
}

function placesOf(workflow: Workflow): Place[] {
  const states = [...workflow.states.values()];
  return [
    ...[...workflow.scopes.keys()].map((scope): Place => ({ kind: 'start', scope })),
    ...states.flatMap(({ transitions }) =>
      transitions.map(({ pointer }): Place => ({ kind: 'edge', transition: pointer })),
    ),
    ...states
      .filter(({ value, type }) => value.End === true && type !== 'Succeed' && type !== 'Fail')
      .map(({ path }): Place => ({ kind: 'end', state: path })),
  ];
}

function statesOf(workflow: Workflow): StatePath[] {
  return [...workflow.states.keys()];
}

/** A few states of the scope of one. */
function some(workflow: Workflow, picks: number[]): StatePath[] {
  const first = pick(statesOf(workflow), picks[0] ?? 0);
  const all = workflow.scopes.get(workflow.states.get(first)?.scope ?? '')?.states ?? [];
  return [...new Set([first, ...picks.slice(1).map((index) => pick(all, index))])];
}

function pick<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('nothing to pick');
  return found;
}

const RUNS = Number(process.env.RUNS ?? 100);
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });

/** What a command makes of a document; null: it was refused, and that is a sentence. */
function run(text: string, language: Language, command: (parsed: Parsed) => Change) {
  let change: Change;
  try {
    change = command(parse(text, language));
  } catch (error) {
    if (!(error instanceof edits.EditRefused)) throw error;
    return { refusal: error.message };
  }
  const after = applyEdits(text, change.edits);
  expect(applyEdits(after, invertEdits(text, change.edits)), 'undo').toBe(text);
  const parsed = parse(after, language);
  expect(parsed.problems).toEqual([]);
  for (const path of change.select ?? []) expect(parsed.workflow?.states.has(path), path).toBe(true);
  for (const path of change.moved?.values() ?? []) expect(parsed.workflow?.states.has(path), path).toBe(true);
  return { after, parsed, change, value: parsed.workflow?.value };
}

type Command = (parsed: Parsed & { workflow: Workflow }, picks: number[]) => Change;

const insert: Command = (parsed, [place = 0, which = 0]) =>
  edits.insertState(
    parsed,
    pick(placesOf(parsed.workflow), place),
    'New',
    pick(
      [
        { Type: 'Pass' },
        { Type: 'Choice', Choices: [] },
        { Type: 'Fail' },
        { Type: 'Parallel', Branches: [{ StartAt: 'In', States: { In: { Type: 'Pass', End: true } } }], End: true },
      ],
      which,
    ),
  );

const commands: Record<string, Command> = {
  insert,
  remove: (parsed, picks) => edits.deleteStates(parsed, some(parsed.workflow, picks)),
  removeAnywhere: (parsed, picks) =>
    edits.deleteStates(
      parsed,
      picks.map((index) => pick(statesOf(parsed.workflow), index)),
    ),
  move: (parsed, [place = 0, ...picks]) =>
    edits.moveStates(parsed, some(parsed.workflow, picks), pick(placesOf(parsed.workflow), place)),
  rename: (parsed, [which = 0]) => edits.renameState(parsed, pick(statesOf(parsed.workflow), which), 'New: "name"'),
  duplicate: (parsed, picks) => edits.duplicateStates(parsed, some(parsed.workflow, picks)),
  wrapMap: (parsed, picks) => edits.wrapIn(parsed, 'Map', some(parsed.workflow, picks)),
  wrapParallel: (parsed, picks) => edits.wrapIn(parsed, 'Parallel', some(parsed.workflow, picks)),
  paste: (parsed, [place = 0, ...picks]) =>
    edits.pasteStates(
      parsed,
      pick(placesOf(parsed.workflow), place),
      edits.copyStates(parsed, some(parsed.workflow, picks)),
    ),
};

describe.each(Object.entries(commands))('%s', (name, command) => {
  test('leaves nothing dangling, can be undone, and is the same in JSON and YAML', () => {
    let refused = 0;
    let carried = 0;
    fc.assert(
      fc.property(document, picks, ({ text, language, value }, picks) => {
        const applied = (parsed: Parsed) => {
          if (!parsed.workflow) throw new Error(JSON.stringify(parsed.problems));
          return command(parsed as Parsed & { workflow: Workflow }, picks);
        };
        expect(parse(text, language).workflow?.value, 'the document itself').toEqual(value);
        const done = run(text, language, applied);
        const inJson = run(JSON.stringify(value, null, 2), 'json', applied);
        expect(done.refusal).toBe(inJson.refusal);
        if (!done.parsed?.workflow) {
          refused += 1;
          return;
        }
        carried += 1;
        expect(dangling(done.parsed.workflow)).toEqual([]);
        expect(done.value).toEqual(inJson.value);
        if (text.includes('\r\n')) expect(done.after?.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        for (const path of done.change?.moved?.keys() ?? [])
          expect(parse(text, language).workflow?.states.has(path)).toBe(true);
        if (name !== 'remove' && name !== 'removeAnywhere')
          for (const comment of text.match(/# \S+/g) ?? [])
            if (name !== 'rename') expect(done.after, comment).toContain(comment);
      }),
      { numRuns: RUNS },
    );
    expect(carried, `${refused} refused`).toBeGreaterThan(30);
  }, 60_000);
});

test('a field is set, and nothing else changes', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value))),
  );
  const field = fc.constantFrom(
    '/Comment',
    '/Parameters/new',
    '/Parameters/list/0',
    '/Parameters/list/1/a',
    '/Retry/0/MaxAttempts',
    '/Next',
  );
  fc.assert(
    fc.property(document, fc.nat(), field, value, ({ text, language }, which, field, value) => {
      const before = parse(text, language);
      const state = pick(statesOf(before.workflow as Workflow), which);
      const done = run(text, language, (parsed) => edits.setField(parsed, state + field, value));
      if (!done.parsed) return;
      const range = done.parsed.rangeOf(state + field);
      expect(range).not.toBeNull();
      const isItem = /\d$/.test(field);
      const found = isItem
        ? null
        : run(done.after, language, (parsed) =>
            edits.renameField(parsed, state + field, `${lastPart(field)}.$`, '$.x'),
          );
      const renamed = child(parent(state + field) ?? '', `${lastPart(field)}.$`);
      if (found?.parsed) expect(find(found.parsed.root, renamed)?.node.value).toBe('$.x');
      const removed = run(done.after, language, (parsed) => edits.setField(parsed, state + field, undefined));
      // Behind an item that goes the next one moves up.
      if (!field.includes('/list/0')) expect(removed.parsed?.rangeOf(state + field), 'removed').toBeNull();
      const at = before.rangeOf(state);
      for (const edit of done.change.edits) {
        expect(edit.from).toBeGreaterThanOrEqual(at?.from ?? 0);
        expect(edit.to).toBeLessThanOrEqual(Math.max(at?.to ?? 0, text.indexOf('\n', at?.to)));
      }
    }),
    { numRuns: 250 },
  );
}, 60_000);

/** Definitions that people wrote: the repository's, and recorded ones if they are there. */
function* definitions(): Generator<[string, string, Language]> {
  for (const name of readdirSync(join(root, 'examples'))) {
    const folder = join(root, 'examples', name, 'statemachine');
    for (const file of readdirSync(folder))
      yield [file, readFileSync(join(folder, file), 'utf8'), file.endsWith('.json') ? 'json' : 'yaml'];
  }
  for (const file of readdirSync(join(root, 'tests/conformance/cases'))) {
    const cases = readYaml(readFileSync(join(root, 'tests/conformance/cases', file), 'utf8'), {
      merge: true,
      maxAliasCount: -1,
    });
    for (const [name, { definition }] of Object.entries(cases as Record<string, { definition?: unknown }>)) {
      if (!definition) continue;
      yield [`${file} ${name}`, stringify(definition, { aliasDuplicateObjects: false }), 'yaml'];
      yield [`${file} ${name}`, JSON.stringify(definition, null, 2), 'json'];
    }
  }
  const recorded = process.env.STEPWRIGHT_RECORDED_CASES ?? resolve(root, '../shared/conformance');
  if (!existsSync(recorded)) {
    process.stderr.write(`${recorded} is not there: recorded definitions are not tried\n`);
    return;
  }
  const files = readdirSync(join(recorded, 'execution'), { recursive: true }).map((file) =>
    join(recorded, 'execution', String(file)),
  );
  for (const file of files.filter((file) => file.endsWith('.json') && statSync(file).isFile())) {
    for (const { definition } of JSON.parse(readFileSync(file, 'utf8')).runs ?? []) {
      if (!definition || definition.$same_as_run !== undefined) continue;
      yield [file, typeof definition === 'string' ? definition : JSON.stringify(definition, null, 2), 'json'];
    }
  }
}

test('every definition can be edited at each of its states', () => {
  let count = 0;
  for (const [name, text, language] of definitions()) {
    const { workflow } = parse(text, language);
    for (const path of workflow?.states.keys() ?? []) {
      const renamed = run(text, language, (parsed) => edits.renameState(parsed, path, 'Another name'));
      expect(renamed.refusal, `${name} ${path}`).toBeUndefined();
      const before = dangling(workflow as Workflow).length;
      expect(dangling(renamed.parsed?.workflow as Workflow).length, `${name} ${path}`).toBe(before);
      const deleted = run(text, language, (parsed) => edits.deleteStates(parsed, [path]));
      expect(deleted.refusal, `${name} ${path}`).toBeUndefined();
      const wrapped = run(text, language, (parsed) => edits.wrapIn(parsed, 'Map', [path]));
      expect(wrapped.refusal, `${name} ${path}`).toBeUndefined();
      const raw = run(text, language, (parsed) => edits.setRaw(parsed, path, edits.getRaw(parsed, path)));
      expect(raw.after, `${name} ${path}`).toBe(text);
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(300);
}, 120_000);
