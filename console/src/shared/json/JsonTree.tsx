import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useId, useMemo, useRef, useState } from 'react';
import { bytesText } from '../time';
import styles from './json.module.css';
import { at, findRows, isContainer, keyOf, kindOf, type Rows, valueText, visibleRows } from './rows';

/** Texts behind this are opened one level deep only. */
const largeLength = 256 * 1024;
/** Of one value, unless all of it is wanted. */
const shownCharacters = 600;

interface JsonTreeProps {
  rows: Rows;
  label: string;
  maxHeight: number;
  actions: ReactNode;
  size: ReactNode;
}

export function JsonTree({ rows, label, maxHeight, actions, size }: JsonTreeProps) {
  const id = useId();
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  const [openDepth, setOpenDepth] = useState(rows.text.length > largeLength ? 1 : Number.POSITIVE_INFINITY);
  const [whole, setWhole] = useState<ReadonlySet<number>>(new Set());
  const [active, setActive] = useState(0);
  const [wanted, setWanted] = useState('');
  const [match, setMatch] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);

  const isOpen = (row: number) => toggled.has(row) !== at(rows.depth, row) < openDepth;
  // biome-ignore lint/correctness/useExhaustiveDependencies: isOpen is made of what is named
  const visible = useMemo(() => visibleRows(rows, isOpen), [rows, toggled, openDepth]);
  const found = useMemo(() => findRows(rows, wanted), [rows, wanted]);
  const foundSet = useMemo(() => new Set(found), [found]);
  const virtual = useVirtualizer({
    count: visible.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 20,
    overscan: 20,
  });
  const indexOf = (row: number, among: Int32Array = visible) => {
    let [low, high] = [0, among.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(among, middle) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const toggle = (row: number) => {
    const next = new Set(toggled);
    if (!next.delete(row)) next.add(row);
    setToggled(next);
  };
  const setAll = (depth: number) => {
    setOpenDepth(depth);
    setToggled(new Set());
  };
  const reveal = (row: number) => {
    const next = new Set(toggled);
    for (let holder = at(rows.parent, row); holder >= 0; holder = at(rows.parent, holder)) {
      if (!isOpen(holder) && !next.delete(holder)) next.add(holder);
    }
    setToggled(next);
    setActive(row);
    const shown = visibleRows(rows, (one) => next.has(one) !== at(rows.depth, one) < openDepth);
    requestAnimationFrame(() => virtual.scrollToIndex(indexOf(row, shown), { align: 'center' }));
  };
  const search = (text: string) => {
    setWanted(text);
    setMatch(0);
    const first = findRows(rows, text, 1)[0];
    if (first !== undefined) reveal(first);
  };
  const step = (by: number) => {
    if (found.length === 0) return;
    const next = (match + by + found.length) % found.length;
    setMatch(next);
    reveal(found[next] ?? 0);
  };
  const moveTo = (index: number) => {
    const bounded = Math.max(0, Math.min(visible.length - 1, index));
    setActive(at(visible, bounded));
    virtual.scrollToIndex(bounded);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const index = indexOf(active);
    const opens = isContainer(rows, active) && at(rows.size, active) > 0;
    const parent = at(rows.parent, active);
    const keys: Record<string, () => void> = {
      ArrowDown: () => moveTo(index + 1),
      ArrowUp: () => moveTo(index - 1),
      PageDown: () => moveTo(index + 15),
      PageUp: () => moveTo(index - 15),
      Home: () => moveTo(0),
      End: () => moveTo(visible.length - 1),
      ArrowRight: () => (opens && !isOpen(active) ? toggle(active) : moveTo(index + 1)),
      ArrowLeft: () => (opens && isOpen(active) ? toggle(active) : parent >= 0 && moveTo(indexOf(parent))),
      Enter: () => (opens ? toggle(active) : setWhole(new Set(whole).add(active))),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };

  return (
    <div className={styles.view}>
      <div className={styles.toolbar}>
        <input
          type="search"
          className={styles.search}
          value={wanted}
          placeholder="Find in payload"
          aria-label={`Find in ${label}`}
          onChange={(event) => search(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
          }}
        />
        {wanted !== '' && (
          <span className={styles.size} role="status">
            {found.length === 0 ? 'Nothing found' : `${match + 1} of ${found.length}`}
          </span>
        )}
        <span className={styles.fill} />
        <button type="button" className={styles.plainButton} onClick={() => setAll(Number.POSITIVE_INFINITY)}>
          Expand all
        </button>
        <button type="button" className={styles.plainButton} onClick={() => setAll(1)}>
          Collapse
        </button>
        {size}
        {actions}
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        style={{ maxHeight }}
        role="tree"
        aria-label={label}
        aria-activedescendant={`${id}-${active}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = at(visible, index);
            const opens = isContainer(rows, row) && at(rows.size, row) > 0;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
              // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names its active row
              <div
                key={row}
                id={`${id}-${row}`}
                ref={virtual.measureElement}
                data-index={index}
                role="treeitem"
                aria-level={at(rows.depth, row) + 1}
                aria-expanded={opens ? isOpen(row) : undefined}
                aria-selected={row === active}
                className={[
                  styles.row,
                  foundSet.has(row) ? styles.found : '',
                  row === active ? styles.active : '',
                ].join(' ')}
                style={{ transform: `translateY(${start}px)`, paddingInlineStart: at(rows.depth, row) * 16 + 4 }}
                onClick={() => {
                  setActive(row);
                  if (opens && getSelection()?.isCollapsed !== false) toggle(row);
                }}
              >
                <span className={styles.arrow} aria-hidden="true">
                  {opens ? (isOpen(row) ? '▾' : '▸') : ''}
                </span>
                <RowContent
                  rows={rows}
                  row={row}
                  isOpen={opens && isOpen(row)}
                  isWhole={whole.has(row)}
                  onWhole={() => setWhole(new Set(whole).add(row))}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowContentProps {
  rows: Rows;
  row: number;
  isOpen: boolean;
  isWhole: boolean;
  onWhole(): void;
}

function RowContent({ rows, row, isOpen, isWhole, onWhole }: RowContentProps) {
  const key = keyOf(rows, row);
  const kind = kindOf(rows, row);
  const parent = at(rows.parent, row);
  const name =
    key !== null ? (
      <span className={styles.key}>{key}</span>
    ) : parent >= 0 ? (
      <ElementIndex rows={rows} row={row} />
    ) : null;
  const size = at(rows.size, row);
  if (kind === 'object' || kind === 'array') {
    const [open, close] = kind === 'object' ? ['{', '}'] : ['[', ']'];
    const what = kind === 'object' ? (size === 1 ? 'member' : 'members') : size === 1 ? 'item' : 'items';
    return (
      <span>
        {name}
        {name && ': '}
        {isOpen ? open : size === 0 ? open + close : `${open} … ${close} `}
        {size > 0 && <span className={styles.note}>{` ${size.toLocaleString('en')} ${what}`}</span>}
      </span>
    );
  }
  const length = at(rows.to, row) - at(rows.from, row);
  const isCut = !isWhole && length > shownCharacters;
  const shown = isCut
    ? rows.text.slice(at(rows.from, row), at(rows.from, row) + shownCharacters)
    : valueText(rows, row);
  return (
    <span className={styles.leaf}>
      {name}
      {name && ': '}
      <span className={styles[kind]}>{shown}</span>
      {isCut && (
        <button
          type="button"
          className={styles.plainButton}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onWhole();
          }}
        >
          … show all {bytesText(length)}
        </button>
      )}
    </span>
  );
}

function ElementIndex({ rows, row }: { rows: Rows; row: number }) {
  const parent = at(rows.parent, row);
  // Elements are counted from the nearest side that is cheap: a leaf's predecessors stand right before it.
  const index = useMemo(() => {
    let count = 0;
    for (let sibling = parent + 1; sibling < row; sibling = at(rows.end, sibling)) count += 1;
    return count;
  }, [rows, row, parent]);
  return <span className={styles.index}>{index}</span>;
}
