import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import CollectionPreferences, {
  type CollectionPreferencesProps,
} from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { ExecutionSummary } from '../../api/types';
import { Link } from '../../app/Link';
import { baseArn, links } from '../../app/links';
import { useUrl } from '../../app/search';
import { EmptyState, ErrorBox } from '../Feedback';
import { StatusBadge } from '../StatusBadge';
import { Duration, Time } from '../Time';
import { useStored } from '../useStored';
import { BulkDialog, type BulkKind, canRedrive } from './BulkDialog';
import { ExecutionFilterField } from './ExecutionFilterField';
import { filterOf, filterParameters, isFiltered, searchOf } from './filter';
import { RunStatistics } from './RunStatistics';
import { useExecutions } from './useExecutions';

interface ExecutionTableProps {
  /** Of one state machine, or of a version or alias of it; else all. */
  stateMachineArn?: string;
  /** The children of a Map Run. */
  mapRunArn?: string;
  title?: string;
  level?: 'h1' | 'h2';
  /** Beside the buttons that concern selected rows. */
  actions?: ReactNode;
  /** Between header and filter: saved views, say. */
  children?: ReactNode;
  /** How the last ones of those that are shown went. */
  withStatistics?: boolean;
  empty?: ReactNode;
}

const columns: TableProps.ColumnDefinition<ExecutionSummary>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    minWidth: 160,
    width: 320,
    cell: ({ arn, name, redriveCount }) => (
      <>
        <Link href={links.execution(arn)}>{name}</Link>{' '}
        {redriveCount > 0 && <Badge color="grey">redriven {redriveCount}×</Badge>}
      </>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    minWidth: 110,
    width: 130,
    cell: ({ status, isPaused }) => <StatusBadge status={status} isPaused={isPaused} />,
  },
  {
    id: 'stateMachine',
    header: 'State machine',
    minWidth: 120,
    width: 170,
    cell: ({ stateMachineArn }) => (
      <Link href={links.stateMachine(baseArn(stateMachineArn))}>{stateMachineArn.split(':').slice(6).join(':')}</Link>
    ),
  },
  {
    id: 'started',
    header: 'Started',
    minWidth: 120,
    width: 180,
    cell: ({ startMillis }) => <Time millis={startMillis} />,
  },
  { id: 'ended', header: 'Ended', minWidth: 120, width: 180, cell: ({ stopMillis }) => <Time millis={stopMillis} /> },
  {
    id: 'duration',
    header: 'Duration',
    minWidth: 90,
    width: 110,
    cell: ({ startMillis, stopMillis }) => <Duration startMillis={startMillis} stopMillis={stopMillis} />,
  },
  { id: 'error', header: 'Error', minWidth: 120, cell: ({ error }) => error ?? '–' },
];

interface View {
  pageSize: number;
  columns: { id: string; visible: boolean }[];
}

export function ExecutionTable(props: ExecutionTableProps) {
  const {
    stateMachineArn,
    mapRunArn,
    title = 'Executions',
    level = 'h2',
    actions,
    children,
    withStatistics,
    empty,
  } = props;
  const isOfOne = stateMachineArn !== undefined || mapRunArn !== undefined;
  const [search, changeSearch] = useUrl();
  const searchKey = filterParameters.map((name) => search[name]).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is made of what the filter is made of
  const filter = useMemo(() => {
    const given = filterOf(search);
    return { ...given, ...(stateMachineArn && { stateMachineArn }), ...(mapRunArn && { mapRunArn }) };
  }, [searchKey, stateMachineArn, mapRunArn]);
  const { items, error, refetch, isPending, isFetching, hasNextPage, fetchNextPage } = useExecutions(filter);
  // What the list is of is not what it is filtered by.
  const ownFilter = { ...filter, mapRunArn: undefined, ...(isOfOne && { stateMachineArn: undefined }) };

  const scope = isOfOne ? 'machine' : 'all';
  const [view, setView] = useStored<View>(`stepwright.executions.${scope}`, {
    pageSize: 20,
    columns: columns.map(({ id = '' }) => ({ id, visible: id !== (isOfOne ? 'stateMachine' : 'ended') })),
  });
  const [pageIndex, setPageIndex] = useState(1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter begins at its first page
  useEffect(() => setPageIndex(1), [filter]);
  const pages = Math.max(1, Math.ceil(items.length / view.pageSize));
  const needed = pageIndex * view.pageSize;
  useEffect(() => {
    // What failed is not tried again until somebody asks for it.
    if (hasNextPage && !isFetching && !error && items.length < needed) fetchNextPage();
  }, [hasNextPage, isFetching, error, items.length, needed, fetchNextPage]);
  const shown = items.slice((pageIndex - 1) * view.pageSize, needed);

  const [selectedArns, setSelectedArns] = useState<ReadonlySet<string>>(new Set());
  const selected = items.filter(({ arn }) => selectedArns.has(arn));
  const [bulk, setBulk] = useState<BulkKind | null>(null);
  const setFilter = (next: typeof filter) =>
    changeSearch(searchOf(isOfOne ? { ...next, stateMachineArn: undefined } : next));

  return (
    <>
      <Table
        variant={level === 'h1' ? 'full-page' : 'container'}
        trackBy="arn"
        items={shown}
        columnDefinitions={columns}
        columnDisplay={view.columns}
        resizableColumns
        selectionType="multi"
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelectedArns(new Set(detail.selectedItems.map(({ arn }) => arn)))}
        loading={isPending}
        loadingText="Loading executions"
        enableKeyboardNavigation
        ariaLabels={{
          tableLabel: title,
          selectionGroupLabel: 'Selected executions',
          allItemsSelectionLabel: () => 'Select all on this page',
          itemSelectionLabel: (_, { name }) => `Select ${name}`,
        }}
        header={
          <SpaceBetween size="xs">
            <Header
              variant={level}
              counter={
                selected.length > 0
                  ? `(${selected.length}/${items.length}${hasNextPage ? '+' : ''})`
                  : isPending || (error && items.length === 0)
                    ? undefined
                    : `(${items.length.toLocaleString('en')}${hasNextPage ? '+' : ''})`
              }
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button
                    iconName="refresh"
                    ariaLabel="Reload"
                    loading={isFetching && !isPending}
                    onClick={() => refetch()}
                  />
                  <ButtonDropdown
                    disabled={selected.length === 0}
                    items={[
                      {
                        id: 'stop',
                        text: 'Stop',
                        disabled: !selected.some(({ status }) => status === 'RUNNING'),
                        disabledReason: 'None of them runs',
                      },
                      {
                        id: 'redrive',
                        text: 'Redrive',
                        disabled: !selected.some(canRedrive),
                        disabledReason: 'Only what ended without success can go on',
                      },
                    ]}
                    onItemClick={({ detail }) => setBulk(detail.id as BulkKind)}
                  >
                    Actions
                  </ButtonDropdown>
                  {actions}
                </SpaceBetween>
              }
            >
              {title}
            </Header>
            {children}
            {withStatistics && <RunStatistics runs={items} />}
            {Boolean(error) && <ErrorBox error={error} onRetry={() => refetch()} />}
          </SpaceBetween>
        }
        filter={<ExecutionFilterField filter={ownFilter} onChange={setFilter} hasStateMachine={!isOfOne} />}
        pagination={
          <Pagination
            currentPageIndex={Math.min(pageIndex, pages + (hasNextPage ? 1 : 0))}
            pagesCount={pages}
            openEnd={hasNextPage}
            disabled={isPending}
            onChange={({ detail }) => setPageIndex(detail.currentPageIndex)}
          />
        }
        preferences={<ViewPreferences view={view} onChange={setView} />}
        empty={
          isFiltered(ownFilter) ? (
            <EmptyState title="No matches" action={<Button onClick={() => setFilter({})}>Clear filters</Button>}>
              No execution is as the filter wants it.
            </EmptyState>
          ) : (
            (empty ?? <EmptyState title="No executions">Nothing has run yet.</EmptyState>)
          )
        }
      />
      {bulk && (
        <BulkDialog
          kind={bulk}
          executions={selected}
          onClose={() => setBulk(null)}
          onStarted={() => setSelectedArns(new Set())}
        />
      )}
    </>
  );
}

function ViewPreferences({ view, onChange }: { view: View; onChange(view: View): void }) {
  return (
    <CollectionPreferences
      title="Preferences"
      confirmLabel="Confirm"
      cancelLabel="Cancel"
      preferences={{ pageSize: view.pageSize, contentDisplay: view.columns }}
      onConfirm={({ detail }: { detail: CollectionPreferencesProps.Preferences }) =>
        onChange({
          pageSize: detail.pageSize ?? view.pageSize,
          columns: detail.contentDisplay?.map(({ id, visible }) => ({ id, visible })) ?? view.columns,
        })
      }
      pageSizePreference={{
        title: 'Page size',
        options: [20, 50, 100].map((value) => ({ value, label: `${value} executions` })),
      }}
      contentDisplayPreference={{
        title: 'Columns',
        options: columns.map(({ id = '', header }) => ({
          id,
          label: String(header),
          alwaysVisible: id === 'name',
        })),
      }}
    />
  );
}
