/** The editor of Code mode. A view of the Studio's document: what is typed goes into it, and what is changed elsewhere is shown. */

import { openSearchPanel } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { formatted } from '../../asl/format';
import { fromPointer } from '../../asl/pointer';
import type { Problem } from '../../asl/types';
import { StudioContext } from '../context';
import type { StudioStore } from '../store';
import { base, showProblems, syntax } from './base';
import styles from './code.module.css';
import { completion } from './completion';
import { flashes, reveal } from './flash';
import { hints } from './hints';
import { fromStore, Sync } from './sync';

interface Made {
  view: EditorView;
  sync: Sync;
}

export default function DefinitionEditor({ store }: { store: StudioStore }) {
  const element = useRef<HTMLDivElement>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [caret, setCaret] = useState({ line: 1, column: 1 });
  const language = useStore(store, (state) => state.language);
  const studio = useContext(StudioContext);

  useEffect(() => {
    const parent = element.current;
    if (!parent) return;
    // The state that the caret chose; choosing it does not move the caret.
    let chosen: string | null = null;
    let sync: Sync | null = null;
    const select = (view: EditorView) => {
      const { parsed, selection, select } = store.getState();
      if (!parsed.workflow || !sync) return;
      const state = parsed.stateAt(sync.breaks.toText(view.state.selection.main.head));
      chosen = state;
      if (state !== (selection[0] ?? null) || selection.length > 1) select(state === null ? [] : [state]);
    };
    const run = (command: 'undo' | 'redo') => () => {
      sync?.[command]();
      return true;
    };
    const view = new EditorView({
      parent,
      state: EditorState.create({
        doc: store.getState().text,
        extensions: [
          keymap.of([
            // The one history is the document's.
            { key: 'Mod-z', run: run('undo'), preventDefault: true },
            { key: 'Mod-y', mac: 'Mod-Shift-z', run: run('redo'), preventDefault: true },
            { key: 'Mod-Shift-z', run: run('redo'), preventDefault: true },
          ]),
          base({ label: 'Definition' }),
          syntax(language),
          completion(store, () => sync?.breaks ?? null),
          hints(store, () => sync?.breaks ?? null),
          flashes,
          EditorView.updateListener.of((update) => {
            sync?.update(update);
            const isOutside = update.transactions.some((transaction) => transaction.annotation(fromStore));
            if (update.selectionSet || update.docChanged) {
              const { head } = update.state.selection.main;
              const line = update.state.doc.lineAt(head);
              setCaret({ line: line.number, column: head - line.from + 1 });
              if (!isOutside && view.hasFocus) select(view);
            }
          }),
        ],
      }),
    });
    sync = new Sync(view, store);
    const synced = sync;
    const show = (path: string | undefined) => {
      const { parsed } = store.getState();
      const range = path === undefined ? null : parsed.workflow?.states.get(path);
      if (!range || path === chosen) return;
      chosen = path ?? null;
      const from = synced.breaks.toEditor(range.keyRange.from);
      reveal(view, { from, to: synced.breaks.toEditor(range.range.to) });
    };
    const stop = store.subscribe((now, before) => {
      if (now.selection !== before.selection) show(now.selection[0]);
    });
    show(store.getState().selection[0]);
    setMade({ view, sync });
    return () => {
      stop();
      synced.destroy();
      view.destroy();
      setMade(null);
    };
  }, [store, language]);

  const handle = studio?.editor;
  useEffect(() => {
    if (!made || !handle) return;
    handle.current = {
      reveal(from, to = from) {
        const { breaks } = made.sync;
        reveal(made.view, { from: breaks.toEditor(from), to: breaks.toEditor(to) });
        made.view.focus();
      },
    };
    return () => {
      handle.current = null;
    };
  }, [made, handle]);

  useProblemMarks(store, made);
  const problems = useProblems(store);
  return (
    <div className={styles.pane}>
      <div ref={element} className={styles.editor} data-testid="definition-editor" />
      <Status store={store} made={made} caret={caret} count={problems.length} />
    </div>
  );
}

function useProblems(store: StudioStore): readonly Problem[] {
  const found = useStore(store, (state) => state.parsed.problems);
  const diagnostics = useStore(store, (state) => state.diagnostics);
  return useMemo(() => [...found, ...diagnostics], [found, diagnostics]);
}

function useProblemMarks(store: StudioStore, made: Made | null) {
  const problems = useProblems(store);
  useEffect(() => {
    if (!made) return;
    const { breaks } = made.sync;
    const shown = problems.map((problem) => ({
      ...problem,
      from: breaks.toEditor(problem.from),
      to: breaks.toEditor(problem.to),
    }));
    showProblems(made.view, shown);
  }, [made, problems]);
}

interface StatusProps {
  store: StudioStore;
  made: Made | null;
  caret: { line: number; column: number };
  count: number;
}

function Status({ store, made, caret, count }: StatusProps) {
  const language = useStore(store, (state) => state.language);
  const selected = useStore(store, (state) => state.selection[0]);
  const isStale = useStore(store, (state) => state.isStale);
  const format = () => {
    made?.sync.flush();
    store.getState().change({ edits: formatted(store.getState().text) }, 'code');
    made?.view.focus();
  };
  const names = fromPointer(selected ?? '').filter((_, index, parts) => parts[index - 1] === 'States');
  return (
    <div className={styles.status}>
      <span>
        Line {caret.line}, column {caret.column}
      </span>
      <span className={styles.path}>{names.join(' › ')}</span>
      <span className={styles.grow} />
      {count > 0 && <span>{count === 1 ? '1 problem' : `${count} problems`}</span>}
      <span>{language === 'json' ? 'JSON' : 'YAML'}</span>
      <button type="button" onClick={() => made && openSearchPanel(made.view)}>
        Find
      </button>
      {language === 'json' && (
        <button type="button" disabled={isStale} onClick={format}>
          Format
        </button>
      )}
    </div>
  );
}
