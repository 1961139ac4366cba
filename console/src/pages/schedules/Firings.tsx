import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { Time } from '../../shared/Time';
import type { Scheduled } from './api';
import { Outcome } from './parts';
import { timeIn } from './timeIn';

export function NextFirings({ scheduled }: { scheduled: Scheduled }) {
  const zone = scheduled.ScheduleExpressionTimezone ?? 'UTC';
  return (
    <Table
      header={<Header variant="h2">Next times</Header>}
      items={scheduled.State === 'ENABLED' ? scheduled.Next : []}
      ariaLabels={{ tableLabel: 'Next times' }}
      columnDefinitions={[
        { id: 'here', header: 'Here', cell: (at) => <Time millis={at * 1000} />, isRowHeader: true },
        { id: 'zone', header: zone, cell: (at) => timeIn(at * 1000, zone) },
        { id: 'in', header: '', cell: (at) => <Time millis={at * 1000} isRelative /> },
      ]}
      empty={
        <Box textAlign="center">{scheduled.State === 'ENABLED' ? 'It is not due any more.' : 'It is paused.'}</Box>
      }
    />
  );
}

export function Firings({ scheduled }: { scheduled: Scheduled }) {
  return (
    <Table
      header={<Header variant="h2">Last results</Header>}
      items={[...scheduled.Results].sort((a, b) => b.At - a.At)}
      ariaLabels={{ tableLabel: 'Last results' }}
      columnDefinitions={[
        {
          id: 'occurrence',
          header: 'Due',
          cell: (firing) => <Time millis={firing.Occurrence * 1000} />,
          isRowHeader: true,
        },
        { id: 'outcome', header: 'Result', cell: (firing) => <Outcome firing={firing} /> },
        {
          id: 'notes',
          header: 'Notes',
          cell: (firing) => (
            <>
              {firing.IsManual && <Badge>by hand</Badge>}{' '}
              {firing.Attempts > 1 && <Badge>{firing.Attempts} attempts</Badge>} {firing.Reason}
            </>
          ),
        },
      ]}
      empty={<Box textAlign="center">It was not due yet.</Box>}
    />
  );
}
