// biome-ignore-all lint/a11y/useSemanticElements: a table of which only the rows in sight exist, each placed by itself
// biome-ignore-all lint/a11y/useFocusableInteractive: what is in the rows, or the grid itself, has the focus
import Button from '@cloudscape-design/components/button';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { type Opened, openedToShow, type Segment, type TimelineRow, timelineRows } from '../../history/timeline';
import { EmptyState } from '../../shared/Feedback';
import { useNow } from '../../shared/Time';
import { durationText } from '../../shared/time';
import { useModel } from './model';
import styles from './timeline.module.css';
import { Axis, Grid } from './timeline-axis';
import { useWidth } from './use-width';
import { words } from './visit-status';
import { useZoom } from './zoom';

const rowHeight = 28;

const kinds: [kind: Segment['kind'], text: string][] = [
  ['run', 'Runs'],
  ['queued', 'Scheduled'],
  ['callback', 'Waits for the answer'],
  ['wait', 'Wait state'],
  ['retryWait', 'Waits to try again'],
  ['redriveGap', 'Until the redrive'],
];

export function TimelineView() {
  const { view } = useModel();
  return view.visits.length === 0 ? <EmptyState title="No state has been entered yet" /> : <Timeline />;
}

function Timeline() {
  const { view, live, at, selection, selectVisit, setFrame, frame } = useModel();
  const [opened, setOpened] = useState<Opened>(new Map());
  const [revealed, setRevealed] = useState<number | null>(null);
  // What is selected, here or elsewhere, is opened once; it may be closed again.
  if (selection.visit && selection.visit.entered !== revealed) {
    setRevealed(selection.visit.entered);
    setOpened(openedToShow(view, selection.visit, opened));
  }
  const rows = useMemo(() => timelineRows(view, opened), [view, opened]);
  const legend = useMemo(() => {
    const there = new Set(rows.flatMap(({ segments }) => segments.map(({ kind }) => kind)));
    return kinds.filter(([kind]) => there.has(kind));
  }, [rows]);
  const runs = view.status === 'RUNNING';
  const clock = useNow(runs && at === null ? 1_000 : null);
  const start = view.startMillis ?? 0;
  const lastEvent = view.events.at(-1)?.at ?? start;
  const now = at === null && runs ? Math.max(clock, lastEvent) : (view.stopMillis ?? lastEvent);
  const end = Math.max(now, start + 1);
  const zoom = useZoom(start, end);
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller, 700);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const selected = rows.findIndex(({ visit, frame: one }) =>
    selection.visit ? visit?.entered === selection.visit.entered : one?.id === frame && frame !== '',
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each selection
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected);
  }, [revealed]);
  const select = (row: TimelineRow) => {
    if (row.visit) selectVisit(row.visit);
    else if (row.frame) setFrame(row.frame.id);
  };
  const toggle = ({ key, isExpanded }: TimelineRow) => setOpened(new Map(opened).set(key, !isExpanded));
  const onKeyDown = (event: React.KeyboardEvent) => {
    const row = rows[selected];
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -rows.length, End: rows.length }[
      event.key
    ];
    if (move !== undefined) {
      const next = Math.max(0, Math.min(rows.length - 1, selected + move));
      select(rows[next] as TimelineRow);
      virtual.scrollToIndex(next);
    } else if (row && event.key === 'ArrowRight' && row.isExpandable && !row.isExpanded) toggle(row);
    else if (row && event.key === 'ArrowLeft' && row.isExpanded) toggle(row);
    else if (event.key === '+' || event.key === '=') zoom.by(0.5);
    else if (event.key === '-') zoom.by(2);
    else if (event.key === '0') zoom.fit();
    else return;
    event.preventDefault();
  };
  const { from, to } = zoom;
  const cursor = at === null ? (runs ? now : null) : (live.events[at - 1]?.at ?? null);
  return (
    <div className={styles.timeline}>
      <div className={styles.bar}>
        <ul className={styles.legend} aria-label="Legend">
          {legend.map(([kind, text]) => (
            <li key={kind}>
              <span
                className={styles.sample}
                data-kind={kind}
                data-status={kind === 'retryWait' ? 'retrying' : 'succeeded'}
              />
              {text}
            </li>
          ))}
        </ul>
        <div className={styles.zoom}>
          <span>{durationText(to - from)}</span>
          <Button
            variant="icon"
            iconName="zoom-out"
            ariaLabel="Zoom out"
            onClick={() => zoom.by(2)}
            disabled={zoom.isFit}
          />
          <Button variant="icon" iconName="zoom-in" ariaLabel="Zoom in" onClick={() => zoom.by(0.5)} />
          <Button variant="icon" iconName="zoom-to-fit" ariaLabel="Fit to the whole execution" onClick={zoom.fit} />
        </div>
      </div>
      <Axis from={from} to={to} start={start} width={width} />
      <div
        ref={(element) => {
          scroller.current = element;
          zoom.element.current = element;
        }}
        className={styles.rows}
        role="treegrid"
        aria-label="Timeline"
        aria-rowcount={rows.length}
        tabIndex={0}
        aria-activedescendant={selected >= 0 ? `row-${selected}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: virtual.getTotalSize() }} className={styles.sheet}>
          <Grid from={from} to={to} start={start} width={width} cursor={cursor} />
          {virtual.getVirtualItems().map(({ index, start: top }) => (
            <Row
              key={rows[index]?.key}
              row={rows[index] as TimelineRow}
              index={index}
              top={top}
              from={from}
              to={to}
              now={now}
              isSelected={index === selected}
              onSelect={select}
              onToggle={toggle}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  row: TimelineRow;
  index: number;
  top: number;
  from: number;
  to: number;
  now: number;
  isSelected: boolean;
  onSelect(row: TimelineRow): void;
  onToggle(row: TimelineRow): void;
}

const Row = memo(function Row({ row, index, top, from, to, now, isSelected, onSelect, onToggle }: RowProps) {
  const { visit, frame, depth, label, segments, isExpandable, isExpanded } = row;
  const startMillis = visit?.startMillis ?? frame?.startMillis ?? from;
  const stopMillis = visit ? visit.stopMillis : (frame?.stopMillis ?? null);
  const status = visit?.status ?? frame?.status ?? 'running';
  const duration = durationText((stopMillis ?? now) - startMillis);
  const scale = 100 / (to - from);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid itself takes the keys
    <div
      id={`row-${index}`}
      role="row"
      aria-rowindex={index + 1}
      aria-level={depth + 1}
      aria-expanded={isExpandable ? isExpanded : undefined}
      aria-selected={isSelected}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(row)}
    >
      <div role="gridcell" className={styles.name} style={{ paddingInlineStart: 6 + depth * 14 }}>
        {isExpandable ? (
          <button
            type="button"
            tabIndex={-1}
            className={styles.twist}
            aria-label={`${isExpanded ? 'Close' : 'Open'} ${label}`}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(row);
            }}
          >
            {isExpanded ? '▾' : '▸'}
          </button>
        ) : (
          <span className={styles.twist} />
        )}
        <span className={styles.mark} data-status={status} aria-hidden="true" />
        <span className={styles.text} title={label}>
          {label}
        </span>
      </div>
      <div role="gridcell" className={styles.lane} aria-label={`${words[status]}${retries(visit)}`}>
        {segments.map((segment, at) => {
          const left = (segment.from - from) * scale;
          const width = ((segment.to ?? now) - segment.from) * scale;
          if (left > 100 || left + width < 0) return null;
          return (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other name
              key={at}
              className={styles.segment}
              data-kind={segment.kind}
              data-status={segment.status}
              data-thin={isExpanded || undefined}
              style={{
                left: `min(100% - 3px, ${Math.max(-1, left)}%)`,
                width: `${Math.min(102, width + Math.min(0, left))}%`,
              }}
              title={`${segment.label}\n${durationText((segment.to ?? now) - segment.from)}`}
            />
          );
        })}
      </div>
      <div role="gridcell" className={styles.duration}>
        {duration}
      </div>
    </div>
  );
});

function retries(visit: TimelineRow['visit']): string {
  const count = visit?.attempts.length ?? 0;
  return count > 1 ? `, ${count} attempts` : '';
}
