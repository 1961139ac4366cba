import { Suspense, useEffect } from 'react';
import { useCommands } from '../app/commands';
import { Loading } from '../shared/Feedback';
import { Picker } from './browser/picker';
import { StatesBrowser } from './browser/states-browser';
import { Canvas } from './canvas/canvas';
import { ContextMenu } from './canvas/context-menu';
import { CodePane, useValidation } from './code';
import { type CommandId, commandFor, commands, keysText, runCommand } from './commands';
import { type Studio, StudioContext, useDocument, useStudio, useUi } from './context';
import { Dialogs } from './dialogs';
import { DraftConflict } from './drafts/conflict';
import { StudioHeader } from './header';
import { Inspector } from './inspector';
import { Pane } from './panes';
import { ProblemsPanel } from './problems';
import { StaleBanner } from './stale';
import './browser/browser.css';
import './dialogs/dialogs.css';
import './studio.css';
import { lazily } from '../shared/lazily';

const ConfigPage = lazily(() => import('./config/config-page'));
const TestStatePanel = lazily(async () => ({ default: (await import('./teststate')).TestStatePanel }));

/** `run`: an execution whose course is laid over the graph. */
export function StudioFrame({ studio, run }: { studio: Studio; run?: string }) {
  return (
    <StudioContext value={studio}>
      <div className="studio" data-testid="studio">
        <StudioHeader />
        <DraftConflict />
        <Body run={run} />
        <Picker />
        <ContextMenu />
        <Dialogs />
      </div>
      <GlobalKeys />
    </StudioContext>
  );
}

function Body({ run }: { run: string | undefined }) {
  const studio = useStudio();
  const { store } = studio;
  useValidation(store);
  const mode = useDocument((state) => state.mode);
  const isBrowserOpen = useUi((state) => state.isBrowserOpen);
  const isInspectorOpen = useUi((state) => state.isInspectorOpen);
  const areProblemsOpen = useUi((state) => state.areProblemsOpen);
  return (
    <div className="studio-body">
      <div className="studio-panes">
        {mode === 'design' && (
          <Pane
            name="browser"
            label="States browser"
            side="left"
            width={{ initial: 300, min: 220, max: 560, share: 0.23 }}
            isOpen={isBrowserOpen}
            onToggle={() => runCommand(studio, 'browser')}
          >
            <StatesBrowser />
          </Pane>
        )}
        {mode === 'code' && (
          <div className="studio-code">
            <CodePane store={store} />
          </div>
        )}
        {mode === 'config' ? (
          <Suspense fallback={<Loading what="Configuration" />}>
            <ConfigPage />
          </Suspense>
        ) : (
          <section className={`studio-main studio-main-${mode}`} aria-label="Graph">
            <StaleBanner />
            <Canvas run={run} />
          </section>
        )}
        {mode === 'design' && (
          <Pane
            name="inspector"
            label="Inspector"
            side="right"
            width={{ initial: 440, min: 340, max: 800, share: 0.35 }}
            isOpen={isInspectorOpen}
            onToggle={() => runCommand(studio, 'inspector')}
          >
            <Inspector store={store} run={run} />
          </Pane>
        )}
      </div>
      {areProblemsOpen && <ProblemsPanel />}
      <Testing />
    </div>
  );
}

function Testing() {
  const { store, ui } = useStudio();
  const state = useUi((state) => state.testing);
  const isThere = useDocument(({ workflow }) => state !== null && workflow?.states.has(state));
  if (state === null || !isThere) return null;
  return (
    <Suspense>
      <TestStatePanel store={store} state={state} onClose={() => ui.getState().show({ testing: null })} />
    </Suspense>
  );
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Shortcuts that work wherever the focus is. A key that somebody types, or that a dialog takes, is not one. */
function GlobalKeys() {
  const studio = useStudio();
  useCommands(
    Object.entries(commands).map(([id, { text, group }]) => ({
      id: `studio-${id}`,
      title: text,
      group: `Studio: ${group}`,
      shortcut: keysText(id as CommandId),
      run: () => void runCommand(studio, id as CommandId),
    })),
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || studio.ui.getState().dialog || studio.ui.getState().picker) return;
      // Out of a form, as Enter led into it; a list or a completion that is open takes the key before.
      if (event.key === 'Escape' && (event.target as Element).closest('.studio-pane-right')) {
        studio.canvas.current?.focus();
        return;
      }
      const isPlain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
      // Where nothing has the focus, as behind a dialog, keys are meant for what is seen.
      const isForCanvas = event.target === document.body && studio.store.getState().mode === 'design';
      const id = commandFor(event, 'studio') ?? (isForCanvas ? commandFor(event, 'canvas') : null);
      if (!id || (isPlain && isTyping(event.target))) return;
      // What a search field holds is none of the document: there the browser undoes.
      const isUndo = id === 'undo' || id === 'redo';
      if (isUndo && isTyping(event.target) && !(event.target as Element).closest('.studio-pane-right, .studio-config'))
        return;
      event.preventDefault();
      runCommand(studio, id);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [studio]);
  return null;
}
