import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { all, call } from '../../api/aws';
import { awsAll } from '../../api/queries';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { EmptyState, ErrorBox } from '../../shared/Feedback';

interface Schedule {
  Name: string;
  GroupName: string;
  State: 'ENABLED' | 'DISABLED';
  Target?: { Arn: string };
}
interface Rule {
  Name: string;
  EventBusName: string;
}

/** Schedules and rules whose target it is. */
export function TriggersTab({ arn }: { arn: string }) {
  const schedules = useQuery(awsAll<Schedule>('scheduler', 'ListSchedules', 'Schedules'));
  const rules = useQuery({
    queryKey: ['aws', 'events', 'rules of', arn],
    queryFn: async ({ signal }) => {
      const buses = await all<{ Name: string }>('events', 'ListEventBuses', 'EventBuses', {}, signal);
      const found = await Promise.all(
        buses.map(async ({ Name: EventBusName }) => {
          const input = { TargetArn: arn, EventBusName };
          const { RuleNames } = await call<{ RuleNames: string[] }>('events', 'ListRuleNamesByTarget', input, signal);
          return RuleNames.map((Name): Rule => ({ Name, EventBusName }));
        }),
      );
      return found.flat();
    },
  });
  // A target may be a version or an alias of it.
  const own = schedules.data?.filter(({ Target }) => Target?.Arn === arn || Target?.Arn.startsWith(`${arn}:`));
  return (
    <SpaceBetween size="m">
      <Table
        variant="container"
        items={own ?? []}
        loading={!own && !schedules.error}
        loadingText="Loading schedules"
        ariaLabels={{ tableLabel: 'Schedules' }}
        header={<Header counter={own && `(${own.length})`}>Schedules</Header>}
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: ({ GroupName, Name }) => <Link href={links.schedule(GroupName, Name)}>{Name}</Link>,
          },
          { id: 'group', header: 'Group', cell: ({ GroupName }) => GroupName },
          { id: 'state', header: 'State', cell: ({ State }) => <Enabled isEnabled={State === 'ENABLED'} /> },
        ]}
        empty={
          schedules.error ? (
            <ErrorBox error={schedules.error} onRetry={() => schedules.refetch()} />
          ) : (
            <EmptyState title="No schedules" action={<Link href={links.schedules}>Schedules</Link>}>
              No schedule starts this state machine.
            </EmptyState>
          )
        }
      />
      <Table
        variant="container"
        items={rules.data ?? []}
        loading={!rules.data && !rules.error}
        loadingText="Loading rules"
        ariaLabels={{ tableLabel: 'Rules' }}
        header={<Header counter={rules.data && `(${rules.data.length})`}>Rules</Header>}
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: ({ EventBusName, Name }) => <Link href={links.rule(EventBusName, Name)}>{Name}</Link>,
          },
          { id: 'bus', header: 'Event bus', cell: ({ EventBusName }) => EventBusName },
        ]}
        empty={
          rules.error ? (
            <ErrorBox error={rules.error} onRetry={() => rules.refetch()} />
          ) : (
            <EmptyState title="No rules" action={<Link href={links.rules}>Rules</Link>}>
              No rule has this state machine as its target.
            </EmptyState>
          )
        }
      />
    </SpaceBetween>
  );
}

function Enabled({ isEnabled }: { isEnabled: boolean }) {
  return (
    <StatusIndicator type={isEnabled ? 'success' : 'stopped'}>{isEnabled ? 'Enabled' : 'Disabled'}</StatusIndicator>
  );
}
