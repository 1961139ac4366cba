import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from '../../../app/Link';
import { links } from '../../../app/links';
import { chainOf, childrenOf, endOf, frameLabel, itemsOf } from '../../../history/frames';
import type { ExecutionView, Frame, Visit } from '../../../history/types';
import { ErrorBox } from '../../../shared/Feedback';
import { durationText } from '../../../shared/time';
import { useSettled } from '../../../shared/useSettled';
import { Counts } from '../../map-run/counts';
import { mapRunQuery } from '../../map-run/map-run';
import { Cause } from '../cause';
import { useModel } from '../model';
import { payloadOf, useEvent } from '../payloads';
import { VisitStatus, words } from '../visit-status';
import { type Cell, HeatGrid } from './heat-grid';
import { ItemSearch } from './item-search';
import styles from './panel.module.css';

const statuses = ['failed', 'aborted', 'running', 'idle', 'succeeded'] as const;
type ItemStatus = (typeof statuses)[number];

/** All items of a Map, or the branches of a Parallel: one cell each. */
export function ItemsTab({ visit }: { visit: Visit }) {
  const { view, frame, setFrame, selectVisit } = useModel();
  const [hidden, setHidden] = useState<ReadonlySet<ItemStatus>>(new Set());
  const [isFailedFirst, setFailedFirst] = useState(true);
  const [found, setFound] = useState<ReadonlySet<number> | null>(null);
  const items = useMemo(() => itemsOf(view, visit), [view, visit]);
  const counts = useMemo(() => countsOf(items), [items]);
  const cells = useMemo(() => {
    const shown: Cell[] = [];
    items.forEach((item, index) => {
      const status: ItemStatus = item?.status ?? 'idle';
      if (!hidden.has(status) && (found === null || found.has(index))) shown.push({ index, status });
    });
    const rank = (cell: Cell) => statuses.indexOf(cell.status);
    return isFailedFirst ? shown.sort((a, b) => rank(a) - rank(b) || a.index - b.index) : shown;
  }, [items, hidden, found, isFailedFirst]);
  if (visit.mapRunArn) return <MapRun arn={visit.mapRunArn} />;
  if (visit.type === 'Parallel') return <Branches visit={visit} />;
  const around = chainOf(view, frame).find(({ parent }) => parent === visit.id);
  const selected = around?.index ?? -1;
  const open = (index: number) => {
    const item = items[index];
    if (item) setFrame(item.id);
  };
  const chosen = items[selected];
  const toggle = (status: ItemStatus) => {
    const next = new Set(hidden);
    if (!next.delete(status)) next.add(status);
    setHidden(next);
  };
  return (
    <div data-testid="items">
      <fieldset className={styles.legend} aria-label="Items that are shown">
        {statuses
          .filter((status) => counts[status] > 0)
          .map((status) => (
            <button key={status} type="button" aria-pressed={!hidden.has(status)} onClick={() => toggle(status)}>
              <span className={styles.sample} data-status={status} />
              {words[status]} <b>{counts[status].toLocaleString('en')}</b>
            </button>
          ))}
        <button type="button" aria-pressed={isFailedFirst} onClick={() => setFailedFirst(!isFailedFirst)}>
          Failed first
        </button>
      </fieldset>
      <ItemSearch visit={visit} onFound={setFound} />
      {cells.length === 0 ? (
        <div className={styles.note}>{items.length === 0 ? 'It has no items.' : 'No item fits.'}</div>
      ) : (
        <HeatGrid
          cells={cells}
          selected={selected}
          describe={(index) => describe(view, items[index], index)}
          more={(index) => <ItemData item={items[index]} />}
          onSelect={open}
          label={`Items of ${visit.name}`}
        />
      )}
      {chosen && (
        <div className={styles.chosen}>
          <div className={styles.line}>
            <b>{frameLabel(view, chosen)}</b>
            <VisitStatus status={chosen.status} />
            <Button variant="inline-link" onClick={() => setFrame('')}>
              All items
            </Button>
          </div>
          <End frame={chosen} onShow={selectVisit} />
        </div>
      )}
    </div>
  );
}

function countsOf(items: readonly (Frame | undefined)[]): Record<ItemStatus, number> {
  const counts = { failed: 0, aborted: 0, running: 0, idle: 0, succeeded: 0 };
  for (const item of items) counts[item?.status ?? 'idle'] += 1;
  return counts;
}

function describe(view: ExecutionView, item: Frame | undefined, index: number): string {
  if (!item) return `Item ${index}, ${words.idle}`;
  const end = endOf(view, item);
  const where = end ? `, at ${end.name}` : '';
  const why = item.status === 'failed' && end?.error ? `: ${end.error}` : '';
  const took = item.stopMillis === null ? '' : `, ${durationText(item.stopMillis - item.startMillis)}`;
  return `Item ${index}, ${words[item.status]}${took}${where}${why}`;
}

/** What goes into an item, in one line. */
function ItemData({ item }: { item: Frame | undefined }) {
  const { arn, view } = useModel();
  // A pointer on its way asks for nothing.
  const event = useSettled(view.visits[item?.visits[0] ?? -1]?.entered, 120);
  const data = useEvent(arn, event);
  return <code>{payloadOf(data.data)?.slice(0, 200)}</code>;
}

/** Where an item stands, and what ended it. */
function End({ frame, onShow }: { frame: Frame; onShow: (visit: Visit, change: { tab: string }) => void }) {
  const { view } = useModel();
  const end = endOf(view, frame);
  if (!end) return null;
  return (
    <div>
      <span className={styles.small}>
        {frame.status === 'running' ? 'It is at ' : 'It ended in '}
        {end.name}
        {frame.stopMillis !== null && ` after ${durationText(frame.stopMillis - frame.startMillis)}`}
      </span>
      {end.error !== undefined && frame.status === 'failed' && (
        <div className={styles.error}>
          <strong>{end.error}</strong>
          {end.cause && <Cause cause={end.cause} error={end.error} />}
        </div>
      )}{' '}
      <Button variant="inline-link" onClick={() => onShow(end, { tab: 'data' })}>
        Show step
      </Button>
    </div>
  );
}

function Branches({ visit }: { visit: Visit }) {
  const { view, frame, setFrame, selectVisit } = useModel();
  return (
    <ul className={styles.list}>
      {childrenOf(view, visit).map((branch) => (
        <li key={branch.id} data-selected={frame === branch.id || undefined}>
          <div className={styles.line}>
            <b>{frameLabel(view, branch)}</b>
            <VisitStatus status={branch.status} />
            <Button variant="inline-link" onClick={() => setFrame(frame === branch.id ? '' : branch.id)}>
              {frame === branch.id ? 'All branches' : 'Show alone'}
            </Button>
          </div>
          <End frame={branch} onShow={selectVisit} />
        </li>
      ))}
    </ul>
  );
}

/** Each item is an execution of its own, which this one's events say nothing of. */
function MapRun({ arn }: { arn: string }) {
  const run = useQuery(mapRunQuery(arn));
  return (
    <div data-testid="items">
      <div className={styles.line}>
        <span className={styles.small}>Each item is an execution of its own.</span>
        <Link href={links.mapRun(arn)}>Open the Map Run</Link>
      </div>
      {run.error && <ErrorBox error={run.error} onRetry={() => run.refetch()} />}
      {run.data && (
        <div className={styles.choose}>
          <Counts title="Items" counts={run.data.itemCounts} />
        </div>
      )}
    </div>
  );
}
