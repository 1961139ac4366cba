import { useId } from 'react';
import type { Language, Problem } from '../../asl/types';

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
}

/** A text of JSON (or YAML) in a form. What does not parse is kept and marked. */
export function JsonEditor({ value, onChange, label, height = 200, readOnly }: JsonEditorProps) {
  const id = useId();
  return (
    <textarea
      id={id}
      aria-label={label}
      value={value}
      readOnly={readOnly || !onChange}
      onChange={(event) => onChange?.(event.target.value)}
      style={{ height, width: '100%', boxSizing: 'border-box', fontFamily: 'monospace' }}
    />
  );
}
