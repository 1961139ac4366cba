import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { Link } from '@tanstack/react-router';
import { StatusBadge } from '../../shared/StatusBadge';
import { Time } from '../../shared/Time';
import { type Firing, partsOf, type Scheduled } from './api';

export function StateOf({ state }: { state: Scheduled['State'] }) {
  return (
    <StatusIndicator type={state === 'ENABLED' ? 'success' : 'stopped'}>
      {state === 'ENABLED' ? 'Enabled' : 'Paused'}
    </StatusIndicator>
  );
}

const outcomes: Record<Firing['Status'], { type: StatusIndicatorProps.Type; word: string }> = {
  DELIVERING: { type: 'in-progress', word: 'On its way' },
  DELIVERED: { type: 'success', word: 'Delivered' },
  FAILED: { type: 'error', word: 'Failed' },
  SKIPPED: { type: 'stopped', word: 'Skipped' },
};

/** What came of a firing: of an execution its status, else whether its target took it. */
export function Outcome({ firing }: { firing: Firing }) {
  if (firing.ExecutionArn && firing.ExecutionStatus) {
    return (
      <Link to="/console/executions/$arn" params={{ arn: firing.ExecutionArn }} search={{}}>
        <StatusBadge status={firing.ExecutionStatus} />
      </Link>
    );
  }
  const { type, word } = outcomes[firing.Status];
  return (
    <span title={firing.Reason}>
      <StatusIndicator type={type}>{word}</StatusIndicator>
    </span>
  );
}

export function ScheduledLink({ scheduled }: { scheduled: Pick<Scheduled, 'Kind' | 'Name'> }) {
  const { group, name } = partsOf(scheduled.Name);
  return scheduled.Kind === 'RULE' ? (
    <Link to="/console/rules/$bus/$name" params={{ bus: group, name }} search={{}}>
      {name}
    </Link>
  ) : (
    <Link to="/console/schedules/$group/$name" params={{ group, name }} search={{}}>
      {name}
    </Link>
  );
}

export function Expression({ scheduled }: { scheduled: Scheduled }) {
  return (
    <>
      <Box variant="code">{scheduled.ScheduleExpression}</Box>{' '}
      <Box variant="small" display="inline">
        {scheduled.ScheduleExpressionTimezone}
      </Box>
    </>
  );
}

/** The newest first. */
export function lastFiring(scheduled: Scheduled): Firing | undefined {
  return [...scheduled.Results].sort((a, b) => b.At - a.At)[0];
}

export function Last({ scheduled }: { scheduled: Scheduled }) {
  const last = lastFiring(scheduled);
  if (!last) return '–';
  return (
    <>
      <Outcome firing={last} /> <Time millis={last.At * 1000} isRelative /> {last.IsManual && <Badge>by hand</Badge>}
    </>
  );
}
