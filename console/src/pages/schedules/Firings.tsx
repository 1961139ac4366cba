import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { EmptyState } from '../../shared/Feedback';
import { Time } from '../../shared/Time';
import { lastResults, type Scheduled } from './api';
import { OutcomeLink } from './parts';
import { localZone, timeIn } from './timeIn';

/** By the clock here and by the schedule's own; UTC beside it if both are the same. */
export function NextFirings({ scheduled }: { scheduled: Scheduled }) {
  const here = localZone();
  const zone = scheduled.ScheduleExpressionTimezone ?? 'UTC';
  const other = zone === here ? 'UTC' : zone;
  const isOn = scheduled.State === 'ENABLED';
  return (
    <Table
      header={<Header variant="h2">Next times</Header>}
      items={isOn ? scheduled.Next.slice(0, 10) : []}
      ariaLabels={{ tableLabel: 'Next times' }}
      columnDefinitions={[
        { id: 'here', header: `Local (${here})`, cell: (at) => timeIn(at * 1000, here), isRowHeader: true },
        ...(other === here ? [] : [{ id: 'zone', header: other, cell: (at: number) => timeIn(at * 1000, other) }]),
        { id: 'in', header: 'From now', cell: (at) => <Time millis={at * 1000} isRelative /> },
      ]}
      empty={
        <EmptyState title={isOn ? 'No more times' : 'Not due'}>
          {isOn ? 'Its last time is over.' : 'It is due again when it is switched on.'}
        </EmptyState>
      }
    />
  );
}

export function Firings({ scheduled }: { scheduled: Scheduled }) {
  const results = lastResults(scheduled);
  return (
    <Table
      header={<Header variant="h2">Last results</Header>}
      items={results}
      wrapLines
      ariaLabels={{ tableLabel: 'Last results' }}
      columnDefinitions={[
        {
          id: 'due',
          header: 'Due',
          cell: (one) => <Time millis={one.Occurrence * 1000} />,
          isRowHeader: true,
          minWidth: 170,
        },
        {
          id: 'outcome',
          header: 'Result',
          cell: (one) => (
            <>
              <SpaceBetween direction="horizontal" size="xs">
                <OutcomeLink firing={one} />
                {one.IsManual && <Badge>by hand</Badge>}
                {one.Attempts > 1 && <Badge>{one.Attempts} attempts</Badge>}
              </SpaceBetween>
              {one.Reason && (
                <Box color="text-body-secondary" fontSize="body-s">
                  {one.Reason}
                </Box>
              )}
            </>
          ),
        },
      ]}
      empty={<EmptyState title="No results">It was not due yet. Run it now to see what happens.</EmptyState>}
    />
  );
}
