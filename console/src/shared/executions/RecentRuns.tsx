import type { ExecutionSummary } from '../../api/types';
import { Anchor } from '../../app/Link';
import { links } from '../../app/links';
import { statusWords } from '../StatusBadge';
import { durationText, relativeText } from '../time';
import styles from './executions.module.css';

/** The last runs, the newest at the right. One stop of the Tab key; arrows walk along. */
export function RecentRuns({ runs, label }: { runs: readonly ExecutionSummary[]; label: string }) {
  if (runs.length === 0) return <>–</>;
  const inOrder = [...runs].reverse();
  return (
    <fieldset
      className={styles.recent}
      aria-label={label}
      style={{ border: 0, padding: 0, margin: 0 }}
      onKeyDown={(event) => {
        const by =
          event.key === 'ArrowLeft'
            ? 'previousElementSibling'
            : event.key === 'ArrowRight'
              ? 'nextElementSibling'
              : null;
        const target = by && (event.target as HTMLElement)[by];
        if (!(target instanceof HTMLElement)) return;
        event.preventDefault();
        event.stopPropagation();
        target.focus();
      }}
    >
      {inOrder.map((run, index) => (
        <Anchor
          key={run.arn}
          href={links.execution(run.arn)}
          className={`${styles.run} ${styles[run.status]}`}
          tabIndex={index === inOrder.length - 1 ? 0 : -1}
          aria-label={`${run.name}: ${statusWords[run.status]}`}
          title={runText(run)}
        />
      ))}
    </fieldset>
  );
}

export function runText(run: ExecutionSummary): string {
  const took = run.stopMillis === null ? '' : ` after ${durationText(run.stopMillis - run.startMillis)}`;
  const error = run.error ? `\n${run.error}` : '';
  return `${run.name}\n${statusWords[run.status]}${took}${error}\nstarted ${relativeText(run.startMillis, Date.now())}`;
}
