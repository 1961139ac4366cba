/** Keeps what is typed: a moment after the last change on the server, and where that fails in the browser. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { ApiError, explain } from '../../api/errors';
import type { Draft } from '../../api/types';
import { isDirty, type StudioState, type StudioStore } from '../store';
import { deleteDraft, draftOnServer, forgetInBrowser, keepInBrowser, putDraft, rememberDraftOf } from './drafts';

export interface KeeperState {
  id: string;
  /** Of the draft on the server that this one builds on; 0: there is none. */
  revision: number;
  /** `conflict`: somebody else saved this draft meanwhile (`other`). */
  state: 'none' | 'waiting' | 'saving' | 'saved' | 'browser' | 'conflict' | 'lost';
  savedMillis: number;
  problem: string;
  other: Draft | null;
}

export interface Keeper {
  store: StoreApi<KeeperState>;
  /** Now, and says when it is done. */
  flush(): Promise<void>;
  /** The other one's draft is overwritten by this one. */
  insist(): Promise<void>;
  /** What is here now is the other one's draft. */
  accept(other: Draft): void;
  /** Nothing is to be kept any more. */
  forget(): Promise<void>;
  dispose(): void;
}

const delayMillis = 700;
const retryMillis = 5_000;

export function keepDrafts(
  document: StudioStore,
  opened: { id: string; revision: number; savedMillis: number },
): Keeper {
  const store = createStore<KeeperState>(() => ({
    ...opened,
    state: opened.revision > 0 ? 'saved' : 'none',
    problem: '',
    other: null,
  }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> | null = null;
  let keptOf = { text: document.getState().text, config: document.getState().config };

  const isKept = ({ text, config }: StudioState) => text === keptOf.text && config === keptOf.config;

  const draft = (): Draft => {
    const { text, language, config, base } = document.getState();
    return {
      id: store.getState().id,
      stateMachineArn: base?.stateMachineArn ?? null,
      baseRevisionId: base?.revisionId ?? null,
      name: config.name,
      text,
      language,
      config: { ...config },
      revision: store.getState().revision,
      savedMillis: Date.now(),
      user: '',
    };
  };

  const save = async () => {
    const now = document.getState();
    if (isKept(now) || store.getState().state === 'conflict') return;
    const mine = draft();
    store.setState({ state: 'saving' });
    try {
      const { revision } = await putDraft(mine);
      keptOf = { text: now.text, config: now.config };
      forgetInBrowser(mine.id);
      store.setState({ state: 'saved', revision, savedMillis: Date.now(), problem: '', other: null });
      if (mine.stateMachineArn) rememberDraftOf(mine.stateMachineArn, mine.id);
      if (!isKept(document.getState())) schedule(delayMillis);
    } catch (error) {
      await failed(mine, error);
    }
  };

  const failed = async (mine: Draft, error: unknown) => {
    const isLocal = keepInBrowser(mine);
    if (isLocal && mine.stateMachineArn) rememberDraftOf(mine.stateMachineArn, mine.id);
    const problem = explain(error).message;
    if (error instanceof ApiError && error.status === 409) {
      const other = await draftOnServer(mine.id).catch(() => null);
      store.setState({ state: 'conflict', other, problem });
      return;
    }
    store.setState({ state: isLocal ? 'browser' : 'lost', problem });
    // A server that is away comes back; what it refuses it refuses again until something changes.
    if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) schedule(retryMillis);
  };

  const flush = async () => {
    clearTimeout(timer);
    // Several may have waited for the same one: two at once would be in each other's way.
    while (saving) await saving;
    saving = save().finally(() => {
      saving = null;
    });
    await saving;
  };

  const schedule = (millis: number) => {
    clearTimeout(timer);
    timer = setTimeout(flush, millis);
  };

  const unsubscribe = document.subscribe((now, before) => {
    if (now.text === before.text && now.config === before.config) return;
    if (isKept(now) || (!isDirty(now) && store.getState().revision === 0)) return;
    if (store.getState().state !== 'conflict') store.setState({ state: 'waiting' });
    schedule(delayMillis);
  });

  const onLeave = () => {
    if (!isKept(document.getState()) && isDirty(document.getState())) keepInBrowser(draft());
  };
  const onUnload = (event: BeforeUnloadEvent) => {
    const isSomewhere = isKept(document.getState()) || keepInBrowser(draft());
    if (isDirty(document.getState()) && !isSomewhere) event.preventDefault();
  };
  addEventListener('pagehide', onLeave);
  addEventListener('beforeunload', onUnload);

  return {
    store,
    flush,
    async insist() {
      const { other } = store.getState();
      store.setState({ state: 'waiting', revision: other?.revision ?? 0, other: null });
      await flush();
    },
    accept({ id, revision, savedMillis }) {
      const { text, config } = document.getState();
      keptOf = { text, config };
      forgetInBrowser(id);
      store.setState({ state: 'saved', revision, savedMillis, other: null });
    },
    async forget() {
      clearTimeout(timer);
      while (saving) await saving;
      const { id, revision } = store.getState();
      const { text, config, base } = document.getState();
      keptOf = { text, config };
      if (base) rememberDraftOf(base.stateMachineArn, null);
      forgetInBrowser(id);
      if (revision > 0) await deleteDraft(id).catch(() => {});
      store.setState({ state: 'none', revision: 0, other: null });
    },
    dispose() {
      clearTimeout(timer);
      onLeave();
      unsubscribe();
      removeEventListener('pagehide', onLeave);
      removeEventListener('beforeunload', onUnload);
    },
  };
}
