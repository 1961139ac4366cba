import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCommands } from '../../app/commands';
import { usePage } from '../../app/frame';
import { CollectionTable } from '../../shared/CollectionTable';
import { Time } from '../../shared/Time';
import { TargetLink } from '../rules/target';
import { lastResults, partsOf, type Scheduled, schedulesQuery, targetsQuery } from './api';
import { RunNowDialog, StateDialog } from './dialogs';
import { inWords } from './expression';
import { ScheduleForm } from './form';
import { Expression, Last, ScheduledLink, StateOf } from './parts';

type Open = { dialog: 'run' | 'state'; scheduled: Scheduled } | { dialog: 'create' } | null;

/** Everything that has a timetable: schedules of EventBridge Scheduler, and rules with a schedule expression. */
export function Page() {
  usePage('Schedules');
  const { data, error, refetch } = useQuery(schedulesQuery);
  const targets = useQuery(targetsQuery).data;
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const create = (
    <Button variant="primary" onClick={() => setOpen({ dialog: 'create' })}>
      Create schedule
    </Button>
  );
  useCommands([{ id: 'create-schedule', title: 'Create schedule', run: () => setOpen({ dialog: 'create' }) }]);
  const next = (item: Scheduled) => (item.State === 'ENABLED' ? item.Next[0] : undefined) ?? Number.MAX_VALUE;
  return (
    <>
      <CollectionTable
        title="Schedules"
        items={data}
        error={error}
        onReload={refetch}
        keyOf={(item) => item.Arn}
        textOf={wordsOf}
        filterPlaceholder="Find by name, group, expression, state or last result"
        sortedBy="name"
        hasActions
        empty={{
          title: 'No schedules',
          text: 'A schedule starts a workflow, or calls any AWS API, at its times.',
          action: create,
        }}
        actions={create}
        columns={[
          {
            id: 'name',
            header: 'Name',
            cell: (item) => (
              <>
                <ScheduledLink scheduled={item} />
                <Box color="text-body-secondary" fontSize="body-s">
                  {item.Kind === 'RULE' ? 'rule of bus' : 'in group'} {partsOf(item.Name).group}
                </Box>
              </>
            ),
            sortingComparator: (a, b) => partsOf(a.Name).name.localeCompare(partsOf(b.Name).name),
            isRowHeader: true,
          },
          { id: 'state', header: 'State', cell: (item) => <StateOf state={item.State} /> },
          {
            id: 'expression',
            header: 'Schedule',
            cell: (item) => <Expression expression={item.ScheduleExpression} zone={item.ScheduleExpressionTimezone} />,
          },
          {
            id: 'target',
            header: 'Target',
            cell: (item) => {
              const arn = targets?.get(item.Arn);
              return arn ? <TargetLink arn={arn} /> : item.Kind === 'RULE' ? 'Targets of the rule' : '–';
            },
            maxWidth: 150,
          },
          {
            id: 'next',
            header: 'Next',
            cell: (item) => {
              const millis = next(item) * 1000;
              if (millis >= Number.MAX_VALUE) return '–';
              return (
                <>
                  <Time millis={millis} />
                  <Box color="text-body-secondary" fontSize="body-s">
                    <Time millis={millis} isRelative />
                  </Box>
                </>
              );
            },
            sortingComparator: (a, b) => next(a) - next(b),
          },
          { id: 'last', header: 'Last result', cell: (item) => <Last scheduled={item} /> },
          {
            id: 'actions',
            header: '',
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

function wordsOf(item: Scheduled): string {
  const last = lastResults(item)[0];
  return [
    item.Name,
    item.ScheduleExpression,
    item.ScheduleExpressionTimezone,
    inWords(item.ScheduleExpression),
    item.State === 'ENABLED' ? 'enabled' : 'paused',
    last?.ExecutionStatus ?? last?.Status,
  ].join(' ');
}
