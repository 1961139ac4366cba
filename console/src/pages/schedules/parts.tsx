import Box from '@cloudscape-design/components/box';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { StatusBadge } from '../../shared/StatusBadge';
import { Time } from '../../shared/Time';
import { type Firing, lastResults, partsOf, type Scheduled } from './api';
import { inWords } from './expression';

/** A schedule is paused, a rule is disabled. */
export function StateOf({ state, off = 'Paused' }: { state: Scheduled['State']; off?: string }) {
  return state === 'ENABLED' ? (
    <StatusIndicator type="success">Enabled</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">{off}</StatusIndicator>
  );
}

const outcomes: Record<Firing['Status'], { type: StatusIndicatorProps.Type; word: string }> = {
  DELIVERING: { type: 'in-progress', word: 'On its way' },
  DELIVERED: { type: 'success', word: 'Delivered' },
  FAILED: { type: 'error', word: 'Not delivered' },
  SKIPPED: { type: 'stopped', word: 'Skipped' },
};

/** What came of a firing: of an execution its status, else whether its target took it. */
function Outcome({ firing: { ExecutionStatus, Status, Attempts, Reason } }: { firing: Firing }) {
  if (ExecutionStatus) return <StatusBadge status={ExecutionStatus} />;
  const { type, word } = outcomes[Status];
  return (
    <span title={Reason}>
      <StatusIndicator type={type}>{Status === 'DELIVERING' && Attempts > 1 ? 'Retrying' : word}</StatusIndicator>
    </span>
  );
}

export function OutcomeLink({ firing }: { firing: Firing }) {
  const outcome = <Outcome firing={firing} />;
  return firing.ExecutionArn ? <Link href={links.execution(firing.ExecutionArn)}>{outcome}</Link> : outcome;
}

export function ScheduledLink({ scheduled: { Kind, Name } }: { scheduled: Scheduled }) {
  const { group, name } = partsOf(Name);
  return <Link href={Kind === 'RULE' ? links.rule(group, name) : links.schedule(group, name)}>{name}</Link>;
}

/** What it says in words, and as it is written. */
export function Expression({ expression, zone }: { expression: string; zone?: string }) {
  const words = inWords(expression);
  const hasZone = zone !== undefined && !expression.startsWith('rate');
  return (
    <>
      {words && <div>{words}</div>}
      <Box color="text-body-secondary" fontSize="body-s">
        <code>{expression}</code> {hasZone && zone}
      </Box>
    </>
  );
}

export function Last({ scheduled }: { scheduled: Scheduled }) {
  const last = lastResults(scheduled)[0];
  if (!last) return '–';
  return (
    <>
      <OutcomeLink firing={last} />
      <Box color="text-body-secondary" fontSize="body-s">
        <Time millis={last.At * 1000} isRelative />
        {last.IsManual && ', by hand'}
      </Box>
    </>
  );
}
