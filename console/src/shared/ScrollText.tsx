import type { ReactNode, Ref } from 'react';
import styles from './shared.module.css';

/** Lines of text that scroll in their own box. */
export function ScrollText({
  label,
  children,
  ref,
}: {
  label: string;
  children: ReactNode;
  ref?: Ref<HTMLDivElement>;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <div ref={ref} role="log" aria-label={label} tabIndex={0} className={styles.scrollText}>
      {children}
    </div>
  );
}
