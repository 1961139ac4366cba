import Box from '@cloudscape-design/components/box';
import { useState } from 'react';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { pretty } from '../../shared/json/text';
import styles from './execution.module.css';
import { readCause } from './read-cause';

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
            {thrown && thrown.trace.length > 0 ? [thrown.message, ...thrown.trace].join('\n') : pretty(cause)}
          </pre>
        </Box>
      )}
    </div>
  );
}
