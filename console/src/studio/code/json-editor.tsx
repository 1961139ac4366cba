import { Suspense } from 'react';
import type { Language, Problem } from '../../asl/types';
import { lazily } from '../../shared/lazily';

export interface JsonEditorProps {
  value: string;
  onChange?(value: string): void;
  /** Its accessible name. */
  label: string;
  /** Pixels, or any CSS length; it scrolls inside. */
  height?: number | string;
  /** Marked in the text besides its own syntax errors. */
  problems?: readonly Problem[];
  /** `text`: no syntax at all. */
  language?: Language | 'text';
  readOnly?: boolean;
  /** Of the element that describes it, such as a form field's constraint text. */
  describedBy?: string;
  /** It shows a part of the Studio's document: undo is the Studio's, and it has no history of its own. */
  isOfDocument?: boolean;
}

const Editor = lazily(() => import('./text-editor'));

const frame: React.CSSProperties = {
  margin: 0,
  padding: '4px 8px',
  boxSizing: 'border-box',
  overflow: 'hidden',
  whiteSpace: 'pre-wrap',
  border: '1px solid var(--sw-border-input)',
  borderRadius: 8,
};

/** A text of JSON (or YAML) in a form. What does not parse is kept and marked. */
export function JsonEditor(props: JsonEditorProps) {
  const { height = 200, value } = props;
  return (
    <Suspense
      fallback={
        <pre aria-busy="true" style={{ ...frame, height }}>
          {value.slice(0, 4000)}
        </pre>
      }
    >
      <Editor {...props} />
    </Suspense>
  );
}
