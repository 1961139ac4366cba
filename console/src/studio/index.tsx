import Button from '@cloudscape-design/components/button';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { dismiss, flash } from '../app/flashes';
import { usePage } from '../app/frame';
import { links } from '../app/links';
import { ErrorBox, Loading } from '../shared/Feedback';
import { preferences } from '../shared/preferences';
import { timeText } from '../shared/time';
import type { Studio } from './context';
import { authorOf } from './drafts/drafts';
import { keepDrafts } from './drafts/keeper';
import { StudioFrame } from './frame';
import { type Opened, open } from './open';
import { createStudioStore, isDirty, type Mode } from './store';
import { createUiStore } from './ui';

interface StudioSearch {
  mode?: string;
  state?: string;
  run?: string;
  draft?: string;
  /** Of the state machine that something new begins as. */
  copy?: string;
}

/** What was open last. Something new that is saved gets another URL, and whoever left changes comes back to them: both go on with it. */
let last: Studio | null = null;
let shown = 0;

/** Until the page under the new URL is there. */
const handOverMillis = 5_000;

function leave() {
  shown -= 1;
  setTimeout(() => {
    if (shown > 0 || !last || isDirty(last.store.getState())) return;
    close(last);
    last = null;
  }, handOverMillis);
}

function close({ keeper, ui }: Studio) {
  keeper.dispose();
  ui.getState().watched?.stop();
}

/** It is what the URL asks for. Without an ARN and a draft that is whatever is new. */
function isOf({ store, keeper }: Studio, arn: string | undefined, draft: string | undefined): boolean {
  const { base } = store.getState();
  if (draft !== undefined && draft !== keeper.store.getState().id) return false;
  return arn === undefined ? draft !== undefined || base === null : base?.stateMachineArn === arn;
}

export function Page() {
  const { arn } = useParams({ strict: false }) as { arn?: string };
  const search = useSearch({ strict: false }) as StudioSearch;
  const navigate = useNavigate();
  const [studio, setStudio] = useState<Studio | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  usePage(studio?.store.getState().config.name ?? 'Studio');

  // biome-ignore lint/correctness/useExhaustiveDependencies: mode, state and run follow the document, they do not open another
  useEffect(() => {
    // A draft that is deployed leaves the URL before the ARN comes into it.
    const isDeployed = last !== null && last === studio && arn === undefined && search.draft === undefined;
    if (last && !search.copy && (isDeployed || isOf(last, arn, search.draft))) {
      setStudio(last);
      return;
    }
    let isOver = false;
    setError(null);
    open(arn, search.draft, search.copy).then(
      (opened) => {
        if (isOver) return;
        if (last) close(last);
        last = create(opened, search, (path, options) => void navigate({ href: path, ...options }));
        welcome(last, opened);
        setStudio(last);
      },
      (problem) => !isOver && setError(problem),
    );
    return () => {
      isOver = true;
    };
  }, [arn, search.draft, search.copy, attempt]);

  useEffect(() => {
    shown += 1;
    return leave;
  }, []);

  useEffect(
    () =>
      studio
        ? followInUrl(studio, (values) =>
            navigate({ to: '.', search: (was: object) => ({ ...was, ...values }), replace: true }),
          )
        : undefined,
    [studio, navigate],
  );

  if (error)
    return <ErrorBox error={error} title="The workflow cannot be opened" onRetry={() => setAttempt(attempt + 1)} />;
  if (!studio) return <Loading what="Opening the Studio" />;
  return <StudioFrame key={studio.keeper.store.getState().id} studio={studio} run={search.run} />;
}

function create(opened: Opened, { mode, state }: StudioSearch, go: Studio['go']): Studio {
  const { text, language, config, savedText, savedConfig, base, draft } = opened;
  const store = createStudioStore(text, language, config);
  store.setState({ savedText, savedConfig, base });
  if (mode === 'code' || mode === 'config') store.getState().setMode(mode);
  if (state && store.getState().workflow?.states.has(state)) store.getState().select([state]);
  const ui = createUiStore();
  return {
    store,
    ui,
    keeper: keepDrafts(store, draft),
    canvas: { current: null },
    editor: { current: null },
    go,
  };
}

/** Says what was opened, where that is not plain. */
function welcome({ ui, go }: Studio, { base, isRestored, isImport, draft, others }: Opened) {
  const id = 'studio-draft';
  dismiss(id);
  const [other] = others;
  if (isImport) ui.getState().show({ dialog: 'import' });
  else if (!base && !isRestored && draft.revision === 0) ui.getState().show({ dialog: 'new' });
  else if (isRestored && base)
    flash({
      id,
      type: 'info',
      content: 'These are your changes that were not saved yet. “Discard changes” in Actions takes them back.',
    });
  else if (other)
    flash({
      id,
      type: 'info',
      content: `${authorOf(other) ?? 'Somebody'} left changes of this state machine that are not saved (${timeText(other.savedMillis, preferences.getState().times)}).`,
      action: (
        <Button onClick={() => go(links.studio(other.stateMachineArn ?? undefined, { draft: other.id }))}>
          Open the draft
        </Button>
      ),
    });
}

/** Mode, selected state and draft stand in the URL. */
function followInUrl({ store, keeper }: Studio, show: (values: StudioSearch) => void) {
  let shown = '';
  const update = () => {
    const { mode, selection } = store.getState();
    const { id, revision, state } = keeper.store.getState();
    const isKept = revision > 0 || state === 'browser';
    const values = {
      mode: mode === 'design' ? undefined : (mode satisfies Mode),
      state: selection.length === 1 ? selection[0] : undefined,
      draft: isKept ? id : undefined,
      ...(isKept && { copy: undefined }),
    };
    const text = JSON.stringify(values);
    if (text === shown) return;
    shown = text;
    show(values);
  };
  const stops = [store.subscribe(update), keeper.store.subscribe(update)];
  update();
  return () => {
    for (const stop of stops) stop();
  };
}
