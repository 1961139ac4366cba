import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef } from 'react';
import type { Entry } from './entries';
import { EntryTile } from './tile';

/** A line of the list: something to add, or a heading that opens. */
export type Row =
  | { kind: 'entry'; entry: Entry; level: number; isHinted?: boolean }
  | { kind: 'group'; id: string; text: string; count: number; level: number; isOpen: boolean }
  | { kind: 'title'; text: string };

export interface EntryTreeProps {
  id?: string;
  label: string;
  rows: readonly Row[];
  active: number;
  onActive(index: number): void;
  onAdd(entry: Entry): void;
  onToggle(id: string): void;
  /** A press on an entry, from which it may be dragged. */
  onPress?(entry: Entry, event: React.PointerEvent): void;
  /** What is shown without rows. */
  empty: React.ReactNode;
}

const heightOf = (row: Row | undefined) => (row?.kind !== 'entry' ? 32 : row.entry.description ? 60 : 44);

/** Thousands of actions, of which only those in sight are drawn. Arrow keys walk, Enter adds or opens. */
export function EntryTree({ rows, active, onActive, label, onAdd, onToggle, onPress, empty, id }: EntryTreeProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const own = useId();
  const base = id ?? own;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(rows[index]),
    overscan: 12,
    // In tests without layout everything is drawn.
    initialRect: { width: 300, height: 800 },
  });
  useEffect(() => {
    if (active >= 0 && active < rows.length) virtual.scrollToIndex(active);
  }, [active, rows.length, virtual]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same indices are of other heights now
  useEffect(() => virtual.measure(), [rows, virtual]);
  if (rows.length === 0) return <div className="studio-empty">{empty}</div>;
  return (
    <div
      ref={scroller}
      className="studio-tree"
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={rows[active] ? `${base}-${active}` : undefined}
      onKeyDown={(event) => {
        if (walk(event.key, rows, active, onActive, onAdd, onToggle)) event.preventDefault();
      }}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {virtual.getVirtualItems().map(({ index, start, size, key }) => {
          const row = rows[index];
          if (!row) return null;
          const place = { transform: `translateY(${start}px)`, height: size };
          if (row.kind === 'title')
            return (
              <div key={key} className="studio-tree-title" style={place} role="presentation">
                {row.text}
              </div>
            );
          const shared = {
            id: `${base}-${index}`,
            'aria-level': row.level,
            'aria-selected': index === active,
            'data-active': index === active || undefined,
            style: { ...place, paddingInlineStart: 10 + (row.level - 1) * 14 },
          };
          if (row.kind === 'group')
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
              // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus
              <div
                key={key}
                {...shared}
                role="treeitem"
                className="studio-tree-group"
                aria-expanded={row.isOpen}
                onClick={() => {
                  onActive(index);
                  onToggle(row.id);
                }}
              >
                <span className="studio-chevron" aria-hidden="true" />
                <span className="studio-grow" title={row.text}>
                  {row.text}
                </span>
                <span className="studio-number">{row.count.toLocaleString('en')}</span>
              </div>
            );
          const { entry } = row;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus
            <div
              key={key}
              {...shared}
              role="treeitem"
              className="studio-entry"
              data-entry={entry.id}
              title={entry.kind === 'action' ? `arn:aws:states:::${entry.id}` : undefined}
              onPointerDown={(event) => onPress?.(entry, event)}
              onClick={() => {
                onActive(index);
                onAdd(entry);
              }}
            >
              <EntryTile entry={entry} />
              <span className="studio-entry-texts">
                {entry.kind === 'action' && <span className="studio-entry-title">{entry.title}</span>}
                <span className="studio-entry-name">{entry.name}</span>
                {entry.description && <span className="studio-entry-description">{entry.description}</span>}
              </span>
              {row.isHinted && entry.isOptimized && <span className="studio-entry-hint">optimized</span>}
              {onPress && <span className="studio-grip" aria-hidden="true" />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** What a key does to the list; false: nothing. Used by the search fields over it too. */
export function walk(
  key: string,
  rows: readonly Row[],
  active: number,
  onActive: (index: number) => void,
  onAdd: (entry: Entry) => void,
  onToggle: (id: string) => void,
): boolean {
  const step = (from: number, by: number) => {
    let index = from + by;
    while (rows[index]?.kind === 'title') index += by;
    if (rows[index]) onActive(index);
    return true;
  };
  const row = rows[active];
  switch (key) {
    case 'ArrowDown':
      return step(active, 1);
    case 'ArrowUp':
      return step(active, -1);
    case 'PageDown':
      return step(Math.min(rows.length - 1, active + 10) - 1, 1);
    case 'PageUp':
      return step(Math.max(0, active - 10) - 1, 1);
    case 'Home':
      return step(-1, 1);
    case 'End':
      return step(rows.length, -1);
    case 'ArrowRight':
    case 'ArrowLeft':
      if (row?.kind !== 'group' || row.isOpen === (key === 'ArrowRight')) return false;
      onToggle(row.id);
      return true;
    case 'Enter':
      if (row?.kind === 'group') onToggle(row.id);
      if (row?.kind === 'entry') onAdd(row.entry);
      return row !== undefined;
    default:
      return false;
  }
}
