/** Lines that light up for a moment, so that the eye finds them. */
import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import type { Range } from '../../asl/types';

const setFlash = StateEffect.define<Range | null>();
const line = Decoration.line({ class: 'cm-flash' });
const shownMillis = 900;

export const flashes = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    let now = shown.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setFlash)) continue;
      const { doc } = transaction.state;
      const lines = [];
      const { from, to } = effect.value ?? { from: 1, to: 0 };
      for (let at = from; at <= Math.min(to, doc.length); at = doc.lineAt(at).to + 1)
        lines.push(line.range(doc.lineAt(at).from));
      now = Decoration.set(lines);
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Brings a range into view, with the caret at its start. */
export function reveal(view: EditorView, range: Range) {
  const { length } = view.state.doc;
  const from = Math.min(range.from, length);
  const to = Math.max(from, Math.min(range.to, length));
  const isTall = view.state.doc.lineAt(to).number - view.state.doc.lineAt(from).number > 20;
  view.dispatch({
    selection: { anchor: from },
    effects: [
      EditorView.scrollIntoView(from, { y: isTall ? 'start' : 'center', yMargin: 40 }),
      setFlash.of({ from, to }),
    ],
  });
  setTimeout(() => {
    if (view.dom.isConnected) view.dispatch({ effects: setFlash.of(null) });
  }, shownMillis);
}
