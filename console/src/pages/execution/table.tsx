import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import CollectionPreferences from '@cloudscape-design/components/collection-preferences';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useMemo, useState } from 'react';
import { useUrl } from '../../app/search';
import { pathLabel } from '../../history/frames';
import { segmentsOf } from '../../history/timeline';
import type { ExecutionView, Visit } from '../../history/types';
import { EmptyState } from '../../shared/Feedback';
import { Duration, Time, useNow } from '../../shared/Time';
import { useStored } from '../../shared/useStored';
import { useModel } from './model';
import { StepName } from './step-name';
import styles from './table.module.css';
import timeline from './timeline.module.css';
import { VisitStatus, words } from './visit-status';

const statuses = ['running', 'retrying', 'succeeded', 'failed', 'caught', 'aborted', 'timedOut'] as const;

interface Preferences {
  pageSize: number;
  visibleContent: readonly string[];
}
const initial: Preferences = {
  pageSize: 50,
  visibleContent: ['name', 'status', 'duration', 'timeline', 'attempts', 'type', 'started'],
};

/** A row for each time that a state was entered. */
export function TableView() {
  const { view, at, selection, selectVisit } = useModel();
  const [url, setUrl] = useUrl();
  const [chosen, setChosen] = useStored('stepwright.execution.steps', initial);
  const status = statuses.find((one) => one === url.status);
  const items = useMemo(() => view.visits.filter((visit) => !status || visit.status === status), [view, status]);
  // It opens where the selected step is.
  const [defaultPage] = useState(
    () => Math.floor(Math.max(0, items.indexOf(selection.visit as Visit)) / chosen.pageSize) + 1,
  );
  const isLive = view.status === 'RUNNING' && at === null;
  const now = useNow(isLive ? 1_000 : null);
  const end = Math.max(isLive ? now : 0, view.stopMillis ?? view.events.at(-1)?.at ?? 0);
  const columns = useMemo(() => columnsOf(view, end), [view, end]);
  const {
    items: shown,
    collectionProps,
    filterProps,
    paginationProps,
    filteredItemsCount,
  } = useCollection(items, {
    filtering: {
      defaultFilteringText: url.filter ?? '',
      filteringFunction: (visit, text) => {
        const all =
          `${pathLabel(view, visit)} ${visit.type} ${visit.error ?? ''} ${visit.resource ?? ''}`.toLowerCase();
        return text
          .toLowerCase()
          .split(/\s+/)
          .every((word) => all.includes(word));
      },
      empty: <EmptyState title="No state has been entered yet" />,
      noMatch: <EmptyState title="No step fits" />,
    },
    pagination: { pageSize: chosen.pageSize, defaultPage },
    sorting: { defaultState: { sortingColumn: { sortingField: 'entered' } } },
    selection: { trackBy: 'entered' },
  });
  const selected = shown.filter(({ entered }) => entered === selection.visit?.entered);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={styles.table} tabIndex={0} aria-label="Steps">
      <Table
        {...collectionProps}
        // Visits change in place while the execution runs; what is shown is drawn anew.
        items={shown.map((visit) => ({ ...visit }))}
        columnDefinitions={columns}
        columnDisplay={columns.map(({ id = '' }) => ({ id, visible: chosen.visibleContent.includes(id) }))}
        trackBy="entered"
        variant="borderless"
        contentDensity="compact"
        wrapLines={false}
        resizableColumns
        selectionType="single"
        selectedItems={selected}
        onSelectionChange={({ detail }) => detail.selectedItems[0] && selectVisit(detail.selectedItems[0])}
        onRowClick={({ detail }) => selectVisit(detail.item)}
        ariaLabels={{
          tableLabel: 'Steps',
          selectionGroupLabel: 'Step',
          itemSelectionLabel: (_, visit) => `Select ${pathLabel(view, visit)}`,
        }}
        filter={
          <div className={styles.filters}>
            <div className={styles.text}>
              <TextFilter
                {...filterProps}
                onChange={(event) => {
                  filterProps.onChange(event);
                  setUrl({ filter: event.detail.filteringText || undefined });
                }}
                filteringPlaceholder="Find steps by name, type, resource or error"
                filteringAriaLabel="Find steps"
                countText={filterProps.filteringText ? `${filteredItemsCount} found` : ''}
              />
            </div>
            <Select
              selectedOption={{ value: status ?? '', label: status ? words[status] : 'Any status' }}
              options={[
                { value: '', label: 'Any status' },
                ...statuses.map((one) => ({ value: one, label: words[one] })),
              ]}
              onChange={({ detail }) => setUrl({ status: detail.selectedOption.value || undefined })}
              ariaLabel="Status"
            />
          </div>
        }
        pagination={<Pagination {...paginationProps} />}
        preferences={
          <CollectionPreferences
            title="Preferences"
            confirmLabel="Confirm"
            cancelLabel="Cancel"
            preferences={chosen}
            onConfirm={({ detail }) =>
              setChosen({
                pageSize: detail.pageSize ?? initial.pageSize,
                visibleContent: detail.visibleContent ?? initial.visibleContent,
              })
            }
            pageSizePreference={{
              title: 'Steps per page',
              options: [20, 50, 100].map((value) => ({ value, label: `${value} steps` })),
            }}
            visibleContentPreference={{
              title: 'Columns',
              options: [
                {
                  label: 'Step',
                  options: columns.map(({ id = '', header }) => ({
                    id,
                    label: String(header),
                    editable: id !== 'name',
                  })),
                },
              ],
            }}
          />
        }
      />
    </section>
  );
}

function columnsOf(view: ExecutionView, end: number): TableProps.ColumnDefinition<Visit>[] {
  const start = view.startMillis ?? 0;
  const took = (visit: Visit) => (visit.stopMillis ?? end) - visit.startMillis;
  return [
    {
      id: 'name',
      header: 'Name',
      cell: (visit) => <StepName visit={visit} />,
      sortingComparator: (a, b) => pathLabel(view, a).localeCompare(pathLabel(view, b), 'en', { numeric: true }),
      width: 185,
      isRowHeader: true,
    },
    {
      id: 'status',
      header: 'Status',
      cell: ({ status }) => <VisitStatus status={status} />,
      sortingField: 'status',
      width: 142,
    },
    {
      id: 'duration',
      header: 'Duration',
      cell: ({ startMillis, stopMillis }) => <Duration startMillis={startMillis} stopMillis={stopMillis} />,
      sortingComparator: (a, b) => took(a) - took(b),
      width: 122,
    },
    {
      id: 'timeline',
      header: 'Timeline',
      cell: (visit) => <Bar visit={visit} start={start} end={end} />,
      width: 155,
    },
    {
      id: 'attempts',
      header: 'Attempts',
      cell: ({ attempts }) => attempts.length || '–',
      sortingComparator: (a, b) => a.attempts.length - b.attempts.length,
      width: 100,
    },
    { id: 'type', header: 'Type', cell: ({ type }) => type, sortingField: 'type', width: 95 },
    {
      id: 'resource',
      header: 'Resource',
      cell: ({ resource }) => resource ?? '–',
      sortingField: 'resource',
      width: 180,
    },
    {
      id: 'started',
      header: 'Started',
      cell: ({ startMillis }) => <Time millis={startMillis} />,
      sortingField: 'entered',
      width: 190,
    },
    {
      id: 'error',
      header: 'Error',
      cell: ({ error }) => (error ? <Box color="text-status-error">{error}</Box> : '–'),
      sortingField: 'error',
      width: 180,
    },
    { id: 'entered', header: 'First event', cell: ({ entered }) => entered, sortingField: 'entered', width: 110 },
  ];
}

function Bar({ visit, start, end }: { visit: Visit; start: number; end: number }) {
  const scale = 100 / Math.max(1, end - start);
  return (
    <div className={styles.bar} aria-hidden="true">
      {segmentsOf(visit).map(({ kind, from, to, status, label }, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other name
          key={index}
          className={timeline.segment}
          data-kind={kind}
          data-status={status}
          title={label}
          style={{ left: `${(from - start) * scale}%`, width: `${((to ?? end) - from) * scale}%` }}
        />
      ))}
    </div>
  );
}
