import { useMemo, useState } from 'react';
import { diffRows, folded } from './json/diff';
import styles from './json/json.module.css';
import { rowsOf } from './json/rows';

export interface JsonDiffProps {
  /** JSON texts. */
  before: string;
  after: string;
  label: string;
  maxHeight?: number;
}

const signs = { same: ' ', changed: ' ', added: '+', removed: '−' };
const words = { same: '', changed: '', added: 'added ', removed: 'removed ' };
const shownRows = 1_000;

/** What became of a payload: removed, added, and how much stayed. */
export function JsonDiff({ before, after, label, maxHeight = 420 }: JsonDiffProps) {
  const [isWhole, setWhole] = useState(false);
  const rows = useMemo(() => {
    const [a, b] = [rowsOf(before), rowsOf(after)];
    return a && b ? diffRows(a, b) : null;
  }, [before, after]);
  if (!rows) return <div className={styles.note}>One of them is no JSON, so there is nothing to compare.</div>;
  if (rows.length === 1 && rows[0]?.kind === 'same') return <div className={styles.note}>No difference</div>;
  const entries = isWhole ? rows : folded(rows);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={styles.diff} style={{ maxHeight }} aria-label={label} tabIndex={0}>
      {entries.slice(0, shownRows).map((entry, index) => {
        const style = { paddingInlineStart: entry.depth * 16 };
        // biome-ignore-start lint/suspicious/noArrayIndexKey: rows have no other name, and do not move
        if ('hidden' in entry) {
          return (
            <div key={index} style={style}>
              <button type="button" className={styles.plainButton} onClick={() => setWhole(true)}>
                {entry.hidden} unchanged
              </button>
            </div>
          );
        }
        return (
          <div key={index} className={styles[`diff-${entry.kind}`]}>
            <span className={styles.sign} aria-hidden="true">
              {signs[entry.kind]}
            </span>
            <span style={style}>
              <span className={styles.spoken}>{words[entry.kind]}</span>
              {entry.name !== '' && <span className={styles.key}>{entry.name}: </span>}
              {entry.text}
            </span>
          </div>
        );
        // biome-ignore-end lint/suspicious/noArrayIndexKey: rows have no other name, and do not move
      })}
      {entries.length > shownRows && <div className={styles.note}>… and {entries.length - shownRows} more</div>}
    </section>
  );
}
