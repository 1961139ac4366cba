import { json } from '@codemirror/lang-json';
import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { look } from '../code/look';

export interface TextDifferenceProps {
  before: string;
  after: string;
  labels: [before: string, after: string];
  /** The text at the right can be changed, and parts of the left one taken over. */
  onChange?(text: string): void;
}

/** Two texts beside each other, what is the same folded away. */
export default function TextDifference({ before, after, labels, onChange }: TextDifferenceProps) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(onChange);
  latest.current = onChange;
  const isEditable = onChange !== undefined;
  const [left, right] = labels;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is typed at the right must not build it anew
  useEffect(() => {
    if (!box.current) return;
    const shared = (label: string): Extension => [
      lineNumbers(),
      json(),
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    ];
    const fixed = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
    const view = new MergeView({
      parent: box.current,
      a: { doc: before, extensions: [shared(left), fixed] },
      b: {
        doc: after,
        extensions: [
          shared(right),
          isEditable
            ? EditorView.updateListener.of(
                (update) => update.docChanged && latest.current?.(update.state.doc.toString()),
              )
            : fixed,
        ],
      },
      collapseUnchanged: { margin: 3, minSize: 6 },
      ...(isEditable ? { revertControls: 'a-to-b' as const } : {}),
    });
    return () => view.destroy();
  }, [before, isEditable, left, right]);
  return (
    <div className="studio-difference">
      <div className="studio-difference-heads">
        <b>{left}</b>
        <b>{right}</b>
      </div>
      <div ref={box} className="studio-difference-texts" />
    </div>
  );
}
