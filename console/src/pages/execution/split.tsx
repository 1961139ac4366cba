import { type ReactNode, useRef } from 'react';
import { useStored } from '../../shared/useStored';
import styles from './execution.module.css';

const least = 320;

/** A view and a panel at its right, whose width is dragged or set by the arrow keys, and kept. */
export function Split({ label, side, children }: { label: string; side: ReactNode; children: ReactNode }) {
  const [width, setWidth] = useStored<number | null>('stepwright.execution.panel', null);
  const box = useRef<HTMLDivElement>(null);
  const set = (next: number) => {
    const most = (box.current?.clientWidth ?? 1400) - least;
    setWidth(Math.round(Math.max(least, Math.min(next, most))));
  };
  return (
    <div
      ref={box}
      className={styles.split}
      style={width === null ? undefined : ({ '--panel': `${width}px` } as React.CSSProperties)}
    >
      <div className={styles.main}>{children}</div>
      {/* biome-ignore lint/a11y/useSemanticElements: hr cannot be dragged */}
      <div
        role="separator"
        tabIndex={0}
        className={styles.handle}
        aria-label={`Width of ${label}`}
        aria-orientation="vertical"
        aria-valuenow={width ?? 440}
        aria-valuemin={least}
        aria-valuemax={2000}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowLeft' ? 24 : event.key === 'ArrowRight' ? -24 : 0;
          if (step === 0) return;
          event.preventDefault();
          set((box.current?.querySelector('aside')?.clientWidth ?? least) + step);
        }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
          set(box.current.getBoundingClientRect().right - event.clientX);
        }}
      />
      <aside className={styles.side} aria-label={label}>
        {side}
      </aside>
    </div>
  );
}
