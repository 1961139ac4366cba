// biome-ignore-all lint/a11y/useSemanticElements: a table of which only the rows in sight exist, each placed by itself
// biome-ignore-all lint/a11y/useFocusableInteractive: what is in the rows, or the grid itself, has the focus
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, useEffect, useRef, useState } from 'react';
import { useWidth } from '../use-width';
import styles from './heat-grid.module.css';

export interface Cell {
  index: number;
  status: 'failed' | 'aborted' | 'running' | 'idle' | 'succeeded';
}

interface HeatGridProps {
  cells: readonly Cell[];
  /** Index of an item; -1: none. */
  selected: number;
  describe(index: number): string;
  /** A second line on the item that is looked at. */
  more(index: number): ReactNode;
  onSelect(index: number): void;
  label: string;
}

/** Up to here a cell has room for its number. */
const few = 200;

/** Thousands of cells, of which those in sight are in the page. The arrow keys move, Enter opens. */
export function HeatGrid({ cells, selected, describe, more, onSelect, label }: HeatGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller, 400);
  const [active, setActive] = useState(0);
  const [hovered, setHovered] = useState<number | null>(null);
  const hasNumbers = cells.length <= few;
  const size = hasNumbers ? 30 : 16;
  const columns = Math.max(1, Math.floor(width / size));
  const rows = Math.ceil(cells.length / columns);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 4,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other cells, or others in a row, are measured anew
  useEffect(() => virtual.measure(), [size, columns]);
  const at = Math.min(active, cells.length - 1);
  const moveTo = (next: number) => {
    const within = Math.max(0, Math.min(next, cells.length - 1));
    setActive(within);
    virtual.scrollToIndex(Math.floor(within / columns));
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${within}"]`)?.focus());
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      PageDown: columns * 10,
      PageUp: -columns * 10,
      Home: -cells.length,
      End: cells.length,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    moveTo(at + move);
  };
  const told = hovered ?? cells[at]?.index;
  return (
    <>
      <div className={styles.told} aria-hidden="true">
        {told !== undefined && (
          <>
            {describe(told)}
            {more(told)}
          </>
        )}
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={rows}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {virtual.getVirtualItems().map(({ index: row, start }) => (
            <div
              key={row}
              role="row"
              aria-rowindex={row + 1}
              className={styles.row}
              style={{ transform: `translateY(${start}px)`, height: size }}
            >
              {cells.slice(row * columns, (row + 1) * columns).map((cell, column) => (
                <One
                  key={cell.index}
                  cell={cell}
                  at={row * columns + column}
                  size={size}
                  hasNumber={hasNumbers}
                  isTabStop={row * columns + column === at}
                  isSelected={cell.index === selected}
                  describe={describe}
                  onSelect={onSelect}
                  onActive={setActive}
                  onHover={setHovered}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}

interface OneProps {
  cell: Cell;
  at: number;
  size: number;
  hasNumber: boolean;
  isTabStop: boolean;
  isSelected: boolean;
  describe(index: number): string;
  onSelect(index: number): void;
  onActive(at: number): void;
  onHover(index: number | null): void;
}

const One = memo(
  function One({ cell, at, size, hasNumber, isTabStop, isSelected, describe, onSelect, onActive, onHover }: OneProps) {
    return (
      <div role="gridcell" aria-selected={isSelected}>
        <button
          type="button"
          className={styles.cell}
          style={{ width: size, height: size }}
          data-at={at}
          data-status={cell.status}
          data-selected={isSelected || undefined}
          tabIndex={isTabStop ? 0 : -1}
          aria-label={describe(cell.index)}
          onFocus={() => onActive(at)}
          onClick={() => onSelect(cell.index)}
          onPointerEnter={() => onHover(cell.index)}
          onPointerLeave={() => onHover(null)}
        >
          {hasNumber ? <span>{cell.index}</span> : <span />}
        </button>
      </div>
    );
  },
  // The functions are new each time and do the same; a status says that there is more to tell.
  (a, b) =>
    a.cell.index === b.cell.index &&
    a.cell.status === b.cell.status &&
    a.at === b.at &&
    a.size === b.size &&
    a.hasNumber === b.hasNumber &&
    a.isTabStop === b.isTabStop &&
    a.isSelected === b.isSelected,
);
