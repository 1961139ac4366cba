import { afterEach, expect, test, vi } from 'vitest';
import { newConfig } from '../config/config';
import { createStudioStore } from '../store';
import { keepDrafts } from './keeper';

afterEach(() => vi.unstubAllGlobals());

test('while a draft takes long to be kept no second one is sent beside it', async () => {
  const answers: (() => void)[] = [];
  const revisions: number[] = [];
  const fetched = vi.fn(async (_path: string, { body }: RequestInit) => {
    const { revision } = JSON.parse(String(body));
    revisions.push(revision);
    await new Promise<void>((resolve) => answers.push(resolve));
    return Response.json({ revision: revision + 1 });
  });
  vi.stubGlobal('fetch', fetched);
  const document = createStudioStore('{}', 'json', newConfig());
  const keeper = keepDrafts(document, { id: 'd', revision: 0, savedMillis: 0 });
  const type = () => document.getState().change({ edits: [{ from: 1, to: 1, insert: ' ' }] }, 'code');

  type();
  const all = [keeper.flush()];
  type();
  all.push(keeper.flush(), keeper.flush());
  for (let sent = 1; sent <= 2; sent += 1) {
    await vi.waitFor(() => expect(answers).toHaveLength(sent));
    answers[sent - 1]?.();
  }
  await Promise.all(all);
  expect(revisions).toEqual([0, 1]);
  expect(keeper.store.getState()).toMatchObject({ state: 'saved', revision: 2 });
  keeper.dispose();
});
