import { useCollection } from '@cloudscape-design/collection-hooks';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { StateMachineSummary } from '../../api/types';
import { useCommands } from '../../app/commands';
import { usePage } from '../../app/frame';
import { follow, go, Link } from '../../app/Link';
import { links } from '../../app/links';
import { useUrl } from '../../app/search';
import { RecentRuns } from '../../shared/executions/RecentRuns';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import { Time } from '../../shared/Time';
import { DeleteStateMachine } from '../state-machine/DeleteStateMachine';
import { useMachines } from './machines';
import styles from './machines.module.css';
import { Welcome } from './Welcome';

// The editor of its input is large, and not needed to look.
const StartExecution = lazy(() =>
  import('../../shared/start/StartExecution').then(({ StartExecution }) => ({ default: StartExecution })),
);

const pageSize = 50;

const columns: TableProps.ColumnDefinition<StateMachineSummary>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    sortingField: 'name',
    minWidth: 220,
    maxWidth: 340,
    cell: ({ arn, name }) => (
      <span title={name}>
        <Link href={links.stateMachine(arn)}>{name}</Link>
      </span>
    ),
  },
  {
    id: 'type',
    header: 'Type',
    sortingField: 'type',
    cell: ({ type }) => (type === 'EXPRESS' ? 'Express' : 'Standard'),
  },
  {
    id: 'recent',
    header: 'Last runs',
    minWidth: 200,
    cell: ({ name, recent }) => <RecentRuns runs={recent} label={`Last runs of ${name}, the newest last`} />,
  },
  {
    id: 'running',
    header: 'Running',
    sortingComparator: (a, b) => a.running - b.running,
    cell: ({ arn, running }) =>
      running === 0 ? (
        '–'
      ) : (
        <Link href={links.stateMachine(arn, { status: 'RUNNING' })}>
          <StatusIndicator type="in-progress" colorOverride="blue">
            {running.toLocaleString('en')}
          </StatusIndicator>
        </Link>
      ),
  },
  {
    id: 'last',
    header: 'Last started',
    sortingComparator: (a, b) => (a.recent[0]?.startMillis ?? 0) - (b.recent[0]?.startMillis ?? 0),
    cell: ({ recent }) => <Time millis={recent[0]?.startMillis} isRelative />,
  },
  {
    id: 'tags',
    header: 'Tags',
    cell: ({ tags }) => <Tags tags={tags} />,
  },
  {
    id: 'created',
    header: 'Created',
    sortingField: 'createdMillis',
    cell: ({ createdMillis }) => <Time millis={createdMillis} isRelative />,
  },
];

export function Page() {
  usePage('State machines');
  const { data: machines, error, refetch, isFetching } = useMachines();
  const [{ text = '', type = '', tag = '' }, setUrl] = useUrl();
  const [selected, setSelected] = useState<string | null>(null);
  const [dialog, setDialog] = useState<'start' | 'delete' | null>(null);
  const shown = useMemo(() => matching(machines ?? [], text, type, tag), [machines, text, type, tag]);
  const { items, collectionProps, paginationProps } = useCollection(shown, {
    pagination: { pageSize },
    sorting: { defaultState: { sortingColumn: { sortingField: 'name' } } },
  });
  const machine = machines?.find(({ arn }) => arn === selected);
  const isFiltered = text !== '' || type !== '' || tag !== '';
  useCommands(
    machine
      ? [
          { id: 'start', title: `Start execution of ${machine.name}`, run: () => setDialog('start') },
          { id: 'edit', title: `Edit ${machine.name} in Studio`, run: () => go(links.studio(machine.arn)) },
        ]
      : [],
  );
  return (
    <>
      <Table
        {...collectionProps}
        variant="full-page"
        trackBy="arn"
        items={items}
        columnDefinitions={columns}
        selectionType="single"
        selectedItems={machine ? [machine] : []}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0]?.arn ?? null)}
        loading={machines === undefined && !error}
        loadingText="Loading state machines"
        enableKeyboardNavigation
        ariaLabels={{
          tableLabel: 'State machines',
          selectionGroupLabel: 'Selected state machine',
          itemSelectionLabel: (_, { name }) => `Select ${name}`,
        }}
        header={
          <SpaceBetween size="xs">
            <Header
              variant="h1"
              counter={machines && `(${isFiltered ? `${shown.length}/` : ''}${machines.length})`}
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button
                    iconName="refresh"
                    ariaLabel="Reload"
                    loading={isFetching && machines === undefined}
                    onClick={() => refetch()}
                  />
                  <Button disabled={!machine} href={machine && links.studio(machine.arn)} onFollow={follow}>
                    Edit
                  </Button>
                  <Button
                    disabled={!machine}
                    href={machine && links.studio(undefined, { copy: machine.arn })}
                    onFollow={follow}
                  >
                    Copy to new
                  </Button>
                  <Button disabled={!machine} onClick={() => setDialog('delete')}>
                    Delete
                  </Button>
                  <Button disabled={!machine} onClick={() => setDialog('start')}>
                    Start execution
                  </Button>
                  <Button variant="primary" href={links.studio()} onFollow={follow}>
                    Create state machine
                  </Button>
                </SpaceBetween>
              }
            >
              State machines
            </Header>
            {Boolean(error) && <ErrorBox error={error} onRetry={() => refetch()} />}
          </SpaceBetween>
        }
        filter={
          <Filters
            machines={machines ?? []}
            text={text}
            type={type}
            tag={tag}
            count={isFiltered ? shown.length : null}
            onChange={setUrl}
          />
        }
        pagination={shown.length > pageSize && <Pagination {...paginationProps} />}
        empty={
          isFiltered ? (
            <EmptyState
              title="No matches"
              action={
                <Button onClick={() => setUrl({ text: undefined, type: undefined, tag: undefined })}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <Welcome />
          )
        }
      />
      {dialog === 'start' && machine && (
        <Suspense>
          <StartExecution stateMachineArn={machine.arn} onClose={() => setDialog(null)} />
        </Suspense>
      )}
      {dialog === 'delete' && machine && (
        <DeleteStateMachine arn={machine.arn} running={machine.running} onClose={() => setDialog(null)} />
      )}
    </>
  );
}

interface FiltersProps {
  machines: StateMachineSummary[];
  text: string;
  type: string;
  tag: string;
  count: number | null;
  onChange(change: Record<string, string | undefined>): void;
}

function Filters({ machines, text, type, tag, count, onChange }: FiltersProps) {
  const types = [
    { value: '', label: 'All types' },
    { value: 'STANDARD', label: 'Standard' },
    { value: 'EXPRESS', label: 'Express' },
  ];
  const tags = [
    { value: '', label: 'All tags' },
    ...[...new Set(machines.flatMap(({ tags }) => Object.entries(tags).map(tagText)))]
      .sort()
      .map((value) => ({ value, label: value })),
  ];
  if (tag && !tags.some(({ value }) => value === tag)) tags.push({ value: tag, label: tag });
  return (
    <div className={styles.filters}>
      <div className={styles.text}>
        <TextFilter
          filteringText={text}
          filteringPlaceholder="Find state machines"
          filteringAriaLabel="Find state machines"
          countText={count === null ? '' : `${count} ${count === 1 ? 'match' : 'matches'}`}
          onChange={({ detail }) => onChange({ text: detail.filteringText || undefined })}
        />
      </div>
      <Select
        ariaLabel="Type"
        options={types}
        selectedOption={types.find(({ value }) => value === type) ?? null}
        onChange={({ detail }) => onChange({ type: detail.selectedOption.value || undefined })}
      />
      {tags.length > 1 && (
        <Select
          ariaLabel="Tag"
          options={tags}
          filteringType={tags.length > 10 ? 'auto' : 'none'}
          selectedOption={tags.find(({ value }) => value === tag) ?? null}
          onChange={({ detail }) => onChange({ tag: detail.selectedOption.value || undefined })}
        />
      )}
    </div>
  );
}

function Tags({ tags }: { tags: Record<string, string> }) {
  const all = Object.entries(tags).map(tagText);
  if (all.length === 0) return <>–</>;
  return (
    <span title={all.join('\n')} className={styles.tags}>
      {all.slice(0, 2).map((text) => (
        <Badge key={text} color="grey">
          {text}
        </Badge>
      ))}
      {all.length > 2 && <Box variant="small">+{all.length - 2}</Box>}
    </span>
  );
}

function tagText([key, value]: [string, string]): string {
  return value ? `${key}=${value}` : key;
}

/** Names and ARNs that hold every word. */
function matching(machines: StateMachineSummary[], text: string, type: string, tag: string): StateMachineSummary[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return machines.filter(
    (machine) =>
      words.every((word) => machine.arn.toLowerCase().includes(word)) &&
      (!type || machine.type === type) &&
      (!tag || Object.entries(machine.tags).some((one) => tagText(one) === tag)),
  );
}
