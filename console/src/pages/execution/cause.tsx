import Box from '@cloudscape-design/components/box';
import { useState } from 'react';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import styles from './execution.module.css';

interface Thrown {
  message: string;
  trace: string[];
  /** Of an execution that was started and failed. */
  executionArn?: string;
}

/** Where jobs, functions and executions say what went wrong, in the JSON that is their cause. */
const messages = ['errorMessage', 'message', 'Cause', 'ErrorMessage', 'StatusReason', 'StoppedReason'];

/** What is said beside it, its error, is not said again. */
export function readCause(cause: string, error?: string): Thrown | null {
  try {
    const value = JSON.parse(cause);
    const said = messages.map((name) => value[name]).find((one) => typeof one === 'string' && one !== '');
    const type = value.errorType ?? value.Error;
    const message = [type === error ? undefined : type, said].filter((one) => typeof one === 'string').join(': ');
    if (!message) return null;
    const { stackTrace = value.trace, ExecutionArn: executionArn } = value;
    const trace = Array.isArray(stackTrace) ? stackTrace.map((line) => String(line).trimEnd()) : [];
    return { message, trace, executionArn: typeof executionArn === 'string' ? executionArn : undefined };
  } catch {
    return null;
  }
}

const shownCharacters = 400;

/** The cause as people read it: the message of an exception first, JSON indented, what is long folded. */
export function Cause({ cause, error }: { cause: string; error?: string }) {
  const [isOpen, setOpen] = useState(false);
  const thrown = readCause(cause, error);
  const message = thrown?.message ?? cause;
  const isCut = message.length > shownCharacters;
  return (
    <div>
      <span className={styles.cause}>{isCut ? `${message.slice(0, shownCharacters)}…` : message}</span>{' '}
      {thrown?.executionArn && <Link href={links.execution(thrown.executionArn)}>Open the execution that failed</Link>}{' '}
      {(thrown || isCut) && (
        <button type="button" className={styles.textButton} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide the cause' : 'Show the whole cause'}
        </button>
      )}
      {isOpen && (
        <Box padding={{ top: 'xxs' }}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
          <pre className={styles.code} tabIndex={0}>
            {thrown && thrown.trace.length > 0 ? [thrown.message, ...thrown.trace].join('\n') : indented(cause)}
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
