import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CollectionTable } from '../../shared/CollectionTable';
import { Time } from '../../shared/Time';
import { partsOf, type Scheduled, schedulesQuery } from './api';
import { RunNowDialog, StateDialog } from './dialogs';
import { ScheduleForm } from './form';
import { Expression, Last, ScheduledLink, StateOf } from './parts';

type Open = { dialog: 'run' | 'state'; scheduled: Scheduled } | { dialog: 'create' } | null;

/** Everything that has a timetable: schedules of EventBridge Scheduler, and rules with a schedule expression. */
export function Page() {
  const { data, error, refetch } = useQuery(schedulesQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <>
      <CollectionTable
        title="Schedules"
        items={data}
        error={error}
        onReload={refetch}
        keyOf={(item) => item.Arn}
        textOf={(item) => `${item.Name} ${item.ScheduleExpression} ${item.State}`}
        filterPlaceholder="Find schedules"
        sortedBy="name"
        empty={{
          title: 'No schedules',
          text: 'A schedule starts a workflow, or calls any AWS API, at its times.',
          action: <Button onClick={() => setOpen({ dialog: 'create' })}>Create schedule</Button>,
        }}
        actions={
          <Button variant="primary" onClick={() => setOpen({ dialog: 'create' })}>
            Create schedule
          </Button>
        }
        columns={[
          {
            id: 'name',
            header: 'Name',
            cell: (item) => <ScheduledLink scheduled={item} />,
            sortingComparator: (a, b) => partsOf(a.Name).name.localeCompare(partsOf(b.Name).name),
            isRowHeader: true,
          },
          {
            id: 'kind',
            header: 'Kind',
            cell: (item) => (item.Kind === 'RULE' ? 'Rule' : `Schedule in ${partsOf(item.Name).group}`),
          },
          { id: 'state', header: 'State', cell: (item) => <StateOf state={item.State} />, sortingField: 'State' },
          { id: 'expression', header: 'Schedule', cell: (item) => <Expression scheduled={item} /> },
          {
            id: 'next',
            header: 'Next',
            cell: (item) => <Time millis={item.State === 'ENABLED' && item.Next[0] ? item.Next[0] * 1000 : null} />,
            sortingComparator: (a, b) => (a.Next[0] ?? Number.MAX_VALUE) - (b.Next[0] ?? Number.MAX_VALUE),
          },
          { id: 'last', header: 'Last', cell: (item) => <Last scheduled={item} /> },
          {
            id: 'actions',
            header: 'Actions',
            cell: (item) => (
              <ButtonDropdown
                variant="inline-icon"
                ariaLabel={`Actions for ${partsOf(item.Name).name}`}
                expandToViewport
                items={[
                  { id: 'run', text: 'Run now' },
                  { id: 'state', text: item.State === 'ENABLED' ? 'Pause' : 'Resume' },
                ]}
                onItemClick={({ detail }) => setOpen({ dialog: detail.id as 'run' | 'state', scheduled: item })}
              />
            ),
          },
        ]}
      />
      {open?.dialog === 'run' && <RunNowDialog scheduled={open.scheduled} onClose={close} />}
      {open?.dialog === 'state' && <StateDialog scheduled={open.scheduled} onClose={close} />}
      {open?.dialog === 'create' && <ScheduleForm onClose={close} />}
    </>
  );
}
