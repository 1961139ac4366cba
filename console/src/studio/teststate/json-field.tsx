import FormField from '@cloudscape-design/components/form-field';
import { useId } from 'react';
import { JsonEditor } from '../code';

interface JsonFieldProps {
  label: string;
  value: string;
  error: string | undefined;
  onChange(value: string): void;
  description?: string;
  constraint?: string;
  language?: 'json' | 'text';
}

const lineHeight = 20;
/** Roughly what goes into a line before it wraps. */
const lineLength = 60;

/** An editor in a form, as high as its text up to a limit. */
export function JsonField({ label, value, error, onChange, description, constraint, language }: JsonFieldProps) {
  const id = useId();
  return (
    <FormField
      label={label}
      stretch
      description={description}
      errorText={error && <span id={id}>{error}</span>}
      constraintText={constraint}
    >
      <JsonEditor
        label={label}
        value={value}
        onChange={onChange}
        height={heightOf(value)}
        language={language}
        describedBy={error ? id : undefined}
      />
    </FormField>
  );
}

function heightOf(text: string): number {
  const lines = text
    .slice(0, 2000)
    .split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / lineLength)), 0);
  return Math.min(Math.max(lines + 1, 5), 13) * lineHeight;
}
