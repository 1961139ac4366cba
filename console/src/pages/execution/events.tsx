// biome-ignore-all lint/a11y/useSemanticElements: a table of which only the rows in sight exist, each placed by itself
// biome-ignore-all lint/a11y/useFocusableInteractive: what is in the rows, or the grid itself, has the focus
import Multiselect from '@cloudscape-design/components/multiselect';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useUrl } from '../../app/search';
import { visitOf } from '../../history/frames';
import type { CompactEvent, Visit } from '../../history/types';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { JsonView } from '../../shared/JsonView';
import { preferences, usePreferences } from '../../shared/preferences';
import { bytesText, durationText, timeText } from '../../shared/time';
import styles from './events.module.css';
import { useModel } from './model';
import { unfolded, useEvent } from './payloads';
import { StepName } from './step-name';

const groups: { value: string; label: string; types: RegExp }[] = [
  { value: 'execution', label: 'Execution', types: /^Execution/ },
  { value: 'states', label: 'States entered and exited', types: /State(Entered|Exited|Aborted)$/ },
  { value: 'tasks', label: 'Tasks', types: /^(Task|LambdaFunction|Activity)(?!State)/ },
  { value: 'maps', label: 'Maps and Parallels', types: /^(Map|Parallel)(?!State(Entered|Exited|Aborted)$)/ },
  { value: 'failures', label: 'Failures', types: /Failed|TimedOut|Aborted/ },
];

/** Every event, as it was written. A row opens to what it carries. */
export function EventsView() {
  const { view, selection, selectEvent } = useModel();
  const [url, setUrl] = useUrl();
  const { times } = usePreferences();
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const text = url.filter ?? '';
  const chosen = useMemo(() => groups.filter(({ value }) => (url.types ?? '').split(',').includes(value)), [url.types]);
  const isNewestFirst = url.order === 'desc';
  const events = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (event: CompactEvent) => {
      if (chosen.length > 0 && !chosen.some(({ types }) => types.test(event.type))) return false;
      if (words.length === 0) return true;
      const { id, type, name, error, resource } = event;
      const all =
        `${id} ${type} ${name ?? visitOf(view, id)?.name ?? ''} ${error ?? ''} ${resource ?? ''}`.toLowerCase();
      return words.every((word) => all.includes(word));
    };
    const found = view.events.filter(fits);
    return isNewestFirst ? found.reverse() : found;
  }, [view, text, chosen, isNewestFirst]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 32,
    overscan: 12,
    getItemKey: (index) => events[index]?.id ?? index,
  });
  const wanted = useRef(selection.event ?? selection.visit?.entered ?? null);
  useEffect(() => {
    const index = wanted.current === null ? -1 : events.findIndex(({ id }) => id === wanted.current);
    if (index >= 0) virtual.scrollToIndex(index, { align: 'center' });
    wanted.current = null;
  }, [events, virtual]);
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
    if (!open.has(id)) selectEvent(id);
  };
  // A step's events, or the one of them that was chosen.
  const isSelected = ({ id }: CompactEvent, visit: Visit | undefined) =>
    selection.event === null ? visit !== undefined && visit === selection.visit : id === selection.event;
  const start = view.startMillis ?? 0;
  return (
    <div className={styles.events}>
      <div className={styles.bar}>
        <div className={styles.filter}>
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find by ID, type, step, resource or error"
            filteringAriaLabel="Find events"
            countText={text ? `${events.length} found` : ''}
            onChange={({ detail }) => setUrl({ filter: detail.filteringText || undefined })}
          />
        </div>
        <div className={styles.types}>
          <Multiselect
            selectedOptions={chosen}
            options={groups.map(({ value, label }) => ({ value, label }))}
            placeholder="All types"
            ariaLabel="Types of events"
            hideTokens
            onChange={({ detail }) =>
              setUrl({ types: detail.selectedOptions.map(({ value }) => value).join(',') || undefined })
            }
          />
        </div>
        <SegmentedControl
          label="Timestamps"
          selectedId={times}
          options={[
            { id: 'local', text: 'Local' },
            { id: 'utc', text: 'UTC' },
          ]}
          onChange={({ detail }) => preferences.setState({ times: detail.selectedId as 'local' | 'utc' })}
        />
      </div>
      <div
        ref={scroller}
        className={styles.list}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        role="table"
        aria-label="Events"
        aria-rowcount={events.length + 1}
      >
        <div className={styles.head} role="row">
          <span role="columnheader" aria-sort={isNewestFirst ? 'descending' : 'ascending'}>
            <button
              type="button"
              className={styles.open}
              title={isNewestFirst ? 'Newest first' : 'Oldest first'}
              onClick={() => setUrl({ order: isNewestFirst ? undefined : 'desc' })}
            >
              ID {isNewestFirst ? '▾' : '▴'}
            </button>
          </span>
          <span role="columnheader">Type</span>
          <span role="columnheader">Step</span>
          <span role="columnheader">Resource or error</span>
          <span role="columnheader">Data</span>
          <span role="columnheader">After</span>
          <span role="columnheader">Time</span>
        </div>
        {events.length === 0 && <EmptyState title="No event fits" />}
        <div style={{ height: virtual.getTotalSize() }} className={styles.sheet} role="rowgroup">
          {virtual.getVirtualItems().map(({ index, start: top, key }) => {
            const event = events[index] as CompactEvent;
            const visit = visitOf(view, event.id);
            const isOpen = open.has(event.id);
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={styles.item}
                style={{ transform: `translateY(${top}px)` }}
                role="row"
                aria-rowindex={index + 2}
              >
                <div className={styles.row} data-selected={isSelected(event, visit) || undefined} role="presentation">
                  <span role="cell">
                    <button
                      type="button"
                      className={styles.open}
                      aria-expanded={isOpen}
                      aria-label={`Event ${event.id}, ${event.type}`}
                      onClick={() => toggle(event.id)}
                    >
                      {isOpen ? '▾' : '▸'} {event.id}
                    </button>
                  </span>
                  <span role="cell" data-bad={/Failed|TimedOut|Aborted/.test(event.type) || undefined}>
                    {event.type}
                  </span>
                  <span role="cell">{visit && <StepName visit={visit} />}</span>
                  <span
                    role="cell"
                    title={event.error ?? event.resource}
                    data-bad={event.error !== undefined || undefined}
                  >
                    {event.error ?? event.resource}
                  </span>
                  <span role="cell">{bytesOf(event)}</span>
                  <span role="cell">{durationText(event.at - start)}</span>
                  <span role="cell" title={timeText(event.at, times, true)}>
                    {timeText(event.at, times, true).replace(/^\w+ \d+, \d+, | \(.*$/g, '')}
                  </span>
                </div>
                {isOpen && <Carried id={event.id} />}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function bytesOf({ inputBytes, outputBytes }: CompactEvent): string {
  const bytes = inputBytes ?? outputBytes;
  return bytes === undefined ? '' : bytesText(bytes);
}

function Carried({ id }: { id: number }) {
  const { arn } = useModel();
  const event = useEvent(arn, id);
  return (
    <div className={styles.carried} role="cell">
      {event.isPending && <Loading />}
      {event.error && <ErrorBox error={event.error} onRetry={() => event.refetch()} />}
      {event.data && <JsonView value={unfolded(event.data)} label={`Event ${id}`} maxHeight={320} />}
    </div>
  );
}
