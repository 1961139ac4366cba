import Box from '@cloudscape-design/components/box';
import { useState } from 'react';
import styles from './execution.module.css';

interface Thrown {
  message: string;
  type?: string;
  trace: string[];
}

/** A function's error as it comes in a cause: a JSON object with its message, type and stack. */
export function readCause(cause: string): Thrown | null {
  try {
    const value = JSON.parse(cause);
    const { errorMessage = value.message, errorType, stackTrace = value.trace } = value;
    if (typeof errorMessage !== 'string') return null;
    const trace = Array.isArray(stackTrace) ? stackTrace.map((line) => String(line).trimEnd()) : [];
    return { message: errorMessage, type: typeof errorType === 'string' ? errorType : undefined, trace };
  } catch {
    return null;
  }
}

/** The cause as people read it: the message of an exception first, JSON indented, what is long folded. */
export function Cause({ cause }: { cause: string }) {
  const [isOpen, setOpen] = useState(false);
  const thrown = readCause(cause);
  const whole = indented(cause);
  const isShort = !thrown && cause.length <= 400 && !cause.includes('\n');
  if (isShort) return <span className={styles.cause}>{cause}</span>;
  return (
    <div>
      <span className={styles.cause}>{thrown?.message ?? `${cause.slice(0, 300)}…`}</span>{' '}
      <button type="button" className={styles.textButton} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide the cause' : 'Show the whole cause'}
      </button>
      {isOpen && (
        <Box padding={{ top: 'xxs' }}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
          <pre className={styles.code} tabIndex={0}>
            {thrown && thrown.trace.length > 0
              ? `${thrown.type ?? 'Error'}: ${thrown.message}\n${thrown.trace.join('\n')}`
              : whole}
          </pre>
        </Box>
      )}
    </div>
  );
}

function indented(text: string): string {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
