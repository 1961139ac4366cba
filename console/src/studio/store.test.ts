import { beforeEach, expect, test, vi } from 'vitest';
import type { Problem } from '../asl/types';
import { createStudioStore, isDirty, type StudioStore } from './store';

const text = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
let store: StudioStore;
const insert = (at: number, text: string) => ({ edits: [{ from: at, to: at, insert: text }] });

beforeEach(() => {
  vi.useFakeTimers();
  store = createStudioStore(text, 'json');
});

test('a run of typing is undone at once, a pause begins another', () => {
  const { change, undo, redo } = store.getState();
  change(insert(1, ' '), 'form', 'name');
  change(insert(2, ' '), 'form', 'name');
  vi.advanceTimersByTime(2000);
  change(insert(3, ' '), 'form', 'name');
  const typed = store.getState().text;
  undo();
  expect(store.getState().text).toBe(`{  ${text.slice(1)}`);
  undo();
  expect(store.getState().text).toBe(text);
  redo();
  redo();
  expect(store.getState().text).toBe(typed);
  expect(store.getState().future).toEqual([]);
});

test('changes without a group are undone one by one, and a new one ends what could be redone', () => {
  const { change, undo } = store.getState();
  change(insert(1, ' '), 'canvas');
  change(insert(1, '\n'), 'canvas');
  undo();
  expect(store.getState().text).toBe(`{ ${text.slice(1)}`);
  change(insert(1, '\t'), 'canvas');
  expect(store.getState().future).toEqual([]);
});

test('broken text keeps the last good workflow, and its selection', () => {
  const { change, select, undo } = store.getState();
  select(['/States/A']);
  const { workflow } = store.getState();
  change(insert(1, ' oops'), 'code');
  expect(store.getState()).toMatchObject({ isStale: true, selection: ['/States/A'] });
  expect(store.getState().workflow).toBe(workflow);
  undo();
  expect(store.getState().isStale).toBe(false);
});

test('selection and collapse follow states that get another path', () => {
  const { change, select, collapse } = store.getState();
  select(['/States/A']);
  collapse(['/States/A'], true);
  const moved = new Map([['/States/A', '/States/B']]);
  const edits = [...text.matchAll(/"A"/g)].map(({ index }) => ({ from: index, to: index + 3, insert: '"B"' }));
  change({ edits, moved }, 'canvas');
  expect(store.getState().selection).toEqual(['/States/B']);
  expect([...store.getState().collapsed]).toEqual(['/States/B']);
});

test('diagnostics stay at their text while it moves, and old answers are dropped', () => {
  const at = text.indexOf('"Pass"');
  const problem: Problem = { severity: 'error', message: 'm', source: 'validator', from: at, to: at + 6 };
  const { change, setDiagnostics, undo } = store.getState();
  setDiagnostics([problem], 'another text');
  expect(store.getState().diagnostics).toEqual([]);
  setDiagnostics([problem], text);
  change(insert(1, '   '), 'code');
  const [moved] = store.getState().diagnostics;
  expect(store.getState().text.slice(moved?.from, moved?.to)).toBe('"Pass"');
  undo();
  expect(store.getState().diagnostics).toEqual([problem]);
});

test('it is dirty until what is here is deployed', () => {
  const { change, markSaved, setConfig } = store.getState();
  expect(isDirty(store.getState())).toBe(true);
  markSaved({ stateMachineArn: 'arn', revisionId: 'r', definition: text });
  expect(isDirty(store.getState())).toBe(false);
  setConfig({ roleArn: 'other' });
  expect(isDirty(store.getState())).toBe(true);
  setConfig({ roleArn: store.getState().savedConfig.roleArn });
  expect(isDirty(store.getState())).toBe(false);
  change(insert(1, ' '), 'code');
  expect(isDirty(store.getState())).toBe(true);
});
