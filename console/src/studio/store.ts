/**
 * The Studio's one document, with one undo history for canvas, forms and editor. Everything else is derived from its text.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { parse } from '../asl/parse';
import { applyEdits, invertEdits } from '../asl/text';
import type { Change, Language, Parsed, Problem, StatePath, TextEdit, Workflow } from '../asl/types';

export type Mode = 'design' | 'code' | 'config';
export type Origin = 'canvas' | 'form' | 'code' | 'load';

interface Step {
  edits: TextEdit[];
  inverse: TextEdit[];
  origin: Origin;
  /** Typing in one place is one step of the history. */
  group: string | null;
  selection: StatePath[];
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
  /** What the engine's validator says of the text; offsets are those of `validatedText`. */
  diagnostics: Problem[];
  selection: StatePath[];
  mode: Mode;
  past: Step[];
  future: Step[];
  /** Text as it was last saved to the server as a version. */
  savedText: string;
}

export interface StudioActions {
  load(text: string, language: Language): void;
  /** Changes in the same group (`form:/States/A/Comment`) within one run of typing are undone together. */
  change(change: Change, origin: Origin, group?: string): void;
  undo(): void;
  redo(): void;
  select(states: StatePath[]): void;
  setMode(mode: Mode): void;
  setDiagnostics(problems: Problem[], forText: string): void;
  markSaved(): void;
}

export type StudioStore = StoreApi<StudioState & StudioActions>;

export function createStudioStore(text: string, language: Language): StudioStore {
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
      mode: 'design',
      past: [],
      future: [],
      savedText: text,

      load(text, language) {
        set({ language, past: [], future: [], diagnostics: [], savedText: text, workflow: null });
        moveTo(text, { selection: [] });
      },

      change({ edits, select, moved }, origin, group) {
        if (edits.length === 0) {
          if (select) get().select(select);
          return;
        }
        const { text, past, selection } = get();
        const after = applyEdits(text, edits);
        const step: Step = { edits, inverse: invertEdits(text, edits), origin, group: group ?? null, selection };
        moveTo(after, {
          past: [...past, step],
          future: [],
          selection: select ?? selection.map((path) => moved?.get(path) ?? path),
        });
      },

      undo() {
        let { text, past, future } = get();
        const group = past.at(-1)?.group ?? null;
        let selection: StatePath[] | undefined;
        do {
          const step = past.at(-1);
          if (!step) break;
          past = past.slice(0, -1);
          future = [step, ...future];
          text = applyEdits(text, step.inverse);
          selection = step.selection;
        } while (group !== null && past.at(-1)?.group === group);
        if (selection) moveTo(text, { past, future, selection });
      },

      redo() {
        let { text, past, future } = get();
        const group = future[0]?.group ?? null;
        let didRedo = false;
        do {
          const step = future[0];
          if (!step) break;
          future = future.slice(1);
          past = [...past, step];
          text = applyEdits(text, step.edits);
          didRedo = true;
        } while (group !== null && future[0]?.group === group);
        if (didRedo) moveTo(text, { past, future });
      },

      select: (selection) => set({ selection }),
      setMode: (mode) => set({ mode }),
      setDiagnostics(diagnostics, forText) {
        if (forText === get().text) set({ diagnostics });
      },
      markSaved: () => set({ savedText: get().text }),
    };
  });
}
