import { type ReactNode, useState } from 'react';
import styles from '../inspector.module.css';

interface CardProps {
  /** What it is called beside others of its kind: `Retrier #2`. */
  name: string;
  /** Behind the name. */
  more?: ReactNode;
  summary?: ReactNode;
  actions?: ReactNode;
  isOpen?: boolean;
  children: ReactNode;
}

/** Which of the cards of a list begin open: the only one, and those that were added here. */
export function useOpen(count: number): (index: number) => boolean {
  const [first] = useState(count);
  return (index) => count === 1 || index >= first;
}

/** One of several things in a row (retriers, rules …): it says in a line what it is, and opens. */
export function Card({ name, more, summary, actions, isOpen = false, children }: CardProps) {
  const [open, setOpen] = useState(isOpen);
  return (
    <section className={styles.card} aria-label={name}>
      <div className={styles.cardHead}>
        <button type="button" className={styles.cardTitle} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span aria-hidden="true">{open ? '▾ ' : '▸ '}</span>
          {name}
          {more}
          {summary !== undefined && <small>{summary}</small>}
        </button>
        {actions}
      </div>
      {open && <div className={`${styles.cardBody} ${styles.stack}`}>{children}</div>}
    </section>
  );
}
