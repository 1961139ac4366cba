/**
 * The Studio's one document, with one undo history for canvas, forms and editor. Everything else is derived from its text.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { parse } from '../asl/parse';
import { applyEdits, invertEdits } from '../asl/text';
import type { Change, Language, Parsed, Problem, StatePath, TextEdit, Workflow } from '../asl/types';
import { type Config, newConfig } from './config/config';

export type Mode = 'design' | 'code' | 'config';
export type Origin = 'canvas' | 'form' | 'code' | 'load';

interface Step {
  edits: TextEdit[];
  inverse: TextEdit[];
  origin: Origin;
  /** Typing in one place is one step of the history. */
  group: string | null;
  atMillis: number;
  selection: StatePath[];
}

/** A run of typing ends with a pause. */
const pauseMillis = 1500;
const areOneRun = (earlier: Step | undefined, later: Step | undefined) =>
  !!earlier &&
  !!later &&
  earlier.group !== null &&
  earlier.group === later.group &&
  later.atMillis - earlier.atMillis < pauseMillis;

/** What was deployed when the editing began, or when it was last saved. */
export interface Base {
  stateMachineArn: string;
  revisionId: string | null;
  /** Formatted if it is deployed in one line: compared as it is shown. */
  definition: string;
}

export interface StudioState {
  text: string;
  language: Language;
  /** Counts every change; the text of a revision never changes. */
  revision: number;
  parsed: Parsed;
  /** The last text that could be read; what canvas and forms show. */
  workflow: Workflow | null;
  /** The canvas shows an older text than the editor. */
  isStale: boolean;
  /** What the engine's validator said last; offsets follow the edits since. */
  diagnostics: Problem[];
  selection: StatePath[];
  /** Maps and Parallels that are drawn as one node. */
  collapsed: ReadonlySet<StatePath>;
  mode: Mode;
  past: Step[];
  future: Step[];
  /** Text and configuration as they were last deployed. */
  savedText: string;
  config: Config;
  savedConfig: Config;
  /** null: a workflow that the server does not have yet. */
  base: Base | null;
}

export interface StudioActions {
  /** Another document, with a history of its own. What it has besides its text stays where nothing is said of it. */
  load(
    text: string,
    language: Language,
    more?: Partial<Pick<StudioState, 'config' | 'base' | 'savedText' | 'savedConfig'>>,
  ): void;
  /** Changes in the same group (`form:/States/A/Comment`) within one run of typing are undone together. */
  change(change: Change, origin: Origin, group?: string): void;
  undo(): void;
  redo(): void;
  select(states: StatePath[]): void;
  collapse(states: readonly StatePath[], isCollapsed: boolean): void;
  setMode(mode: Mode): void;
  setDiagnostics(problems: Problem[], forText: string): void;
  setConfig(config: Partial<Config>): void;
  /** What is here is deployed now. */
  markSaved(base: Base): void;
}

export type StudioStore = StoreApi<StudioState & StudioActions>;

export function createStudioStore(text: string, language: Language, config: Config = newConfig()): StudioStore {
  return createStore<StudioState & StudioActions>()((set, get) => {
    const moveTo = (text: string, more: Partial<StudioState>) => {
      const parsed = parse(text, get().language);
      const workflow = parsed.workflow ?? get().workflow;
      const selection = (more.selection ?? get().selection).filter((path) => workflow?.states.has(path));
      set({
        ...more,
        text,
        parsed,
        workflow,
        isStale: parsed.workflow === null,
        selection,
        revision: get().revision + 1,
      });
    };
    const parsed = parse(text, language);
    return {
      text,
      language,
      revision: 0,
      parsed,
      workflow: parsed.workflow,
      isStale: parsed.workflow === null,
      diagnostics: [],
      selection: [],
      collapsed: new Set(),
      mode: 'design',
      past: [],
      future: [],
      savedText: text,
      config,
      savedConfig: config,
      base: null,

      load(text, language, more) {
        set({ language, past: [], future: [], diagnostics: [], workflow: null });
        moveTo(text, { savedText: text, savedConfig: more?.config ?? get().config, ...more, selection: [] });
      },

      change({ edits, select, moved }, origin, group) {
        if (edits.length === 0) {
          if (select) get().select(select);
          return;
        }
        const { text, past, selection, collapsed, diagnostics } = get();
        const follow = (path: StatePath) => moved?.get(path) ?? path;
        const after = applyEdits(text, edits);
        const inverse = invertEdits(text, edits);
        const step: Step = { edits, inverse, origin, group: group ?? null, atMillis: Date.now(), selection };
        moveTo(after, {
          past: [...past, step],
          future: [],
          diagnostics: shifted(diagnostics, edits),
          selection: select ?? selection.map(follow),
          collapsed: moved ? new Set([...collapsed].map(follow)) : collapsed,
        });
      },

      undo() {
        let { text, past, future, diagnostics } = get();
        let step = past.at(-1);
        if (!step) return;
        let selection = step.selection;
        for (let earlier = step; step; step = areOneRun(past.at(-1), earlier) ? past.at(-1) : undefined) {
          earlier = step;
          past = past.slice(0, -1);
          future = [step, ...future];
          text = applyEdits(text, step.inverse);
          diagnostics = shifted(diagnostics, step.inverse);
          selection = step.selection;
        }
        moveTo(text, { past, future, diagnostics, selection });
      },

      redo() {
        let { text, past, future, diagnostics } = get();
        for (let step = future[0]; step; step = areOneRun(step, future[0]) ? future[0] : undefined) {
          future = future.slice(1);
          past = [...past, step];
          text = applyEdits(text, step.edits);
          diagnostics = shifted(diagnostics, step.edits);
        }
        if (past !== get().past) moveTo(text, { past, future, diagnostics });
      },

      select: (selection) => set({ selection }),
      collapse(states, isCollapsed) {
        const collapsed = new Set(get().collapsed);
        for (const state of states) isCollapsed ? collapsed.add(state) : collapsed.delete(state);
        set({ collapsed });
      },
      setMode: (mode) => set({ mode }),
      setDiagnostics(diagnostics, forText) {
        if (forText === get().text) set({ diagnostics });
      },
      setConfig: (config) => set({ config: { ...get().config, ...config } }),
      markSaved: (base) => set({ savedText: get().text, savedConfig: get().config, base }),
    };
  });
}

/** Problems where they stand after `edits`; what was rewritten is marked where its text was. */
function shifted(problems: Problem[], edits: readonly TextEdit[]): Problem[] {
  if (problems.length === 0) return problems;
  const moved = (offset: number) => {
    let result = offset;
    for (const { from, to, insert } of edits) {
      if (to <= offset) result += insert.length - (to - from);
      else if (from < offset) result -= offset - from;
    }
    return result;
  };
  return problems.map((problem) => ({
    ...problem,
    from: moved(problem.from),
    to: Math.max(moved(problem.from), moved(problem.to)),
  }));
}

/** There is something that the server does not have as a state machine. */
export const isDirty = ({ text, savedText, config, savedConfig, base }: StudioState): boolean =>
  base === null ||
  text !== savedText ||
  (config !== savedConfig && JSON.stringify(config) !== JSON.stringify(savedConfig));
