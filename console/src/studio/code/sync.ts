/** The Studio's document and the editor's, kept the same in both directions. */
import { Annotation, ChangeSet, type Text } from '@codemirror/state';
import type { EditorView, ViewUpdate } from '@codemirror/view';
import type { TextEdit } from '../../asl/types';
import type { StudioState, StudioStore } from '../store';
import { LineBreaks } from './line-breaks';

/** Of transactions that bring what was changed elsewhere. */
export const fromStore = Annotation.define<boolean>();

/** Above this many characters the document follows when typing pauses. */
const large = 200_000;
const pauseMillis = 250;

/** One splice between two texts; null: they are the same. */
export function difference(before: string, after: string): TextEdit | null {
  if (before === after) return null;
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  )
    end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** The splices that led from one state of the document to the next, if it was one step. */
function stepBetween(now: StudioState, before: StudioState): TextEdit[] | null {
  if (now.past.length === before.past.length + 1) return now.past.at(-1)?.edits ?? null;
  if (now.past.length === before.past.length - 1) return before.past.at(-1)?.inverse ?? null;
  return null;
}

function editsOf(changes: ChangeSet): TextEdit[] {
  const edits: TextEdit[] = [];
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted: Text) => {
    edits.push({ from, to, insert: inserted.toString() });
  });
  return edits;
}

export class Sync {
  private pending: ChangeSet | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isOwn = false;
  /** Who undoes wants to see what was undone. */
  private isMovingCaret = false;
  /** Of the document's text. */
  breaks: LineBreaks;
  private readonly stop: () => void;

  constructor(
    private readonly view: EditorView,
    private readonly store: StudioStore,
  ) {
    this.breaks = new LineBreaks(store.getState().text);
    this.stop = store.subscribe((now, before) => {
      if (now.text === before.text) return;
      const { breaks } = this;
      this.breaks = new LineBreaks(now.text);
      if (!this.isOwn) this.take(now, before, breaks);
    });
  }

  /** To be called at every update of the editor. */
  update(update: ViewUpdate) {
    if (!update.docChanged || update.transactions.some((transaction) => transaction.annotation(fromStore))) return;
    this.pending = this.pending ? this.pending.compose(update.changes) : update.changes;
    clearTimeout(this.timer);
    if (update.state.doc.length < large) this.flush();
    else this.timer = setTimeout(() => this.flush(), pauseMillis);
  }

  /** Brings what was typed into the document. */
  flush() {
    clearTimeout(this.timer);
    const changes = this.pending;
    this.pending = null;
    if (!changes) return;
    this.isOwn = true;
    const edits = editsOf(changes).map((edit) => this.breaks.editToText(edit));
    this.store.getState().change({ edits }, 'code', 'code');
    this.isOwn = false;
  }

  undo() {
    this.flush();
    this.isMovingCaret = true;
    this.store.getState().undo();
    this.isMovingCaret = false;
  }

  redo() {
    this.flush();
    this.isMovingCaret = true;
    this.store.getState().redo();
    this.isMovingCaret = false;
  }

  private take(now: StudioState, before: StudioState, breaks: LineBreaks) {
    const whole = difference(before.text, now.text);
    const edits = stepBetween(now, before) ?? (whole ? [whole] : []);
    let changes = ChangeSet.of(
      edits.map((edit) => breaks.editToEditor(edit)),
      breaks.length,
    );
    // What was typed and is not in the document yet comes after what is new in it.
    if (this.pending) {
      const typed = this.pending;
      this.pending = typed.map(changes);
      changes = changes.map(typed, true);
    }
    let end: number | null = null;
    changes.iterChangedRanges((_fromBefore, _toBefore, _from, to) => {
      end = to;
    });
    const caret = this.isMovingCaret && end !== null ? { selection: { anchor: end }, scrollIntoView: true } : {};
    this.view.dispatch({ changes, annotations: fromStore.of(true), ...caret });
  }

  destroy() {
    this.stop();
    this.flush();
  }
}
