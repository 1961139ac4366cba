import type { ItemCounts } from './map-run';
import styles from './map-run.module.css';

const kinds = [
  ['succeeded', 'Succeeded'],
  ['running', 'Running'],
  ['failed', 'Failed'],
  ['timedOut', 'Timed out'],
  ['aborted', 'Aborted'],
  ['pendingRedrive', 'Pending redrive'],
  ['pending', 'Pending'],
] as const;

/** How far it is: a bar, and a number for each status. */
export function Counts({ title, counts }: { title: string; counts: ItemCounts }) {
  const ended = counts.succeeded + counts.failed + counts.timedOut + counts.aborted;
  const share = counts.total === 0 ? 0 : Math.floor((ended / counts.total) * 100);
  const there = kinds.filter(([kind]) => (counts[kind] ?? 0) > 0);
  return (
    <section className={styles.card} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        <span>
          {ended.toLocaleString('en')} of {counts.total.toLocaleString('en')} ({share} %)
        </span>
      </div>
      <div
        className={styles.bar}
        role="img"
        aria-label={there.map(([kind, text]) => `${text} ${counts[kind] ?? 0}`).join(', ') || 'None'}
      >
        {there.map(([kind]) => (
          <span key={kind} data-kind={kind} style={{ flexGrow: counts[kind] ?? 0 }} />
        ))}
      </div>
      <dl className={styles.numbers}>
        {kinds.map(([kind, text]) => (
          <div key={kind} data-kind={kind}>
            <dt>{text}</dt>
            <dd>{(counts[kind] ?? 0).toLocaleString('en')}</dd>
          </div>
        ))}
        <div>
          <dt>Results written</dt>
          <dd>{counts.resultsWritten.toLocaleString('en')}</dd>
        </div>
      </dl>
    </section>
  );
}
