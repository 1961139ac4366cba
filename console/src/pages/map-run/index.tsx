import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { millisOf } from '../../api/aws';
import { usePage } from '../../app/frame';
import { Link } from '../../app/Link';
import { links, nameOf, stateMachineOf } from '../../app/links';
import { CopyableArn } from '../../shared/Copy';
import { ExecutionTable } from '../../shared/executions/ExecutionTable';
import { EmptyState, PendingPage } from '../../shared/Feedback';
import { StatusBadge } from '../../shared/StatusBadge';
import { Duration, Time } from '../../shared/Time';
import { Counts } from './counts';
import { EditMapRun } from './edit';
import { type MapRun, mapRunQuery } from './map-run';
import styles from './map-run.module.css';

export function Page() {
  const { arn = '' } = useParams({ strict: false }) as { arn?: string };
  const [isEditing, setEditing] = useState(false);
  const query = useQuery(mapRunQuery(arn));
  const run = query.data;
  const name = `Map Run ${nameOf(arn)}`;
  const machine = run && stateMachineOf(run.executionArn);
  usePage(
    name,
    run && machine
      ? [
          { text: 'State machines', href: links.stateMachines },
          { text: nameOf(machine), href: links.stateMachine(machine) },
          { text: nameOf(run.executionArn), href: links.execution(run.executionArn) },
        ]
      : [{ text: 'Executions', href: links.executions() }],
  );
  if (!run) return <PendingPage title={name} error={query.error} onRetry={() => query.refetch()} />;
  const isRunning = run.status === 'RUNNING';
  const facts: [string, React.ReactNode][] = [
    ['Status', <StatusBadge key="status" status={run.status} />],
    [
      'Execution',
      <Link key="execution" href={links.execution(run.executionArn)}>
        {nameOf(run.executionArn)}
      </Link>,
    ],
    ['Started', <Time key="start" millis={millisOf(run.startDate)} />],
    ['Ended', run.stopDate ? <Time key="end" millis={millisOf(run.stopDate)} /> : '–'],
    [
      'Duration',
      <Duration
        key="duration"
        startMillis={millisOf(run.startDate)}
        stopMillis={run.stopDate ? millisOf(run.stopDate) : null}
      />,
    ],
    ['Concurrency limit', run.maxConcurrency === 0 ? 'None' : run.maxConcurrency.toLocaleString('en')],
    ['Tolerated failures', tolerance(run)],
    ['Redrives', String(run.redriveCount ?? 0)],
    ['ARN', <CopyableArn key="arn" arn={arn} label="Map Run ARN" />],
  ];
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        actions={
          <Button onClick={() => setEditing(true)} disabled={!isRunning} disabledReason="It has ended.">
            Edit
          </Button>
        }
      >
        {name}
      </Header>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.counts}>
        <Counts title="Items" counts={run.itemCounts} />
        <Counts title="Child executions" counts={run.executionCounts} />
      </div>
      {!isRunning && run.status !== 'SUCCEEDED' && (
        <div className={styles.note}>
          Redriving <Link href={links.execution(run.executionArn)}>the execution</Link> runs again what failed, and goes
          on with what was not begun. {run.itemCounts.failuresNotRedrivable ?? 0} of the failures cannot be redriven.
        </div>
      )}
      <ExecutionTable
        mapRunArn={arn}
        title="Child executions"
        empty={
          <EmptyState title="No child executions">Children that have ended go after the time of retention.</EmptyState>
        }
      />
      {isEditing && <EditMapRun run={run} onClose={() => setEditing(false)} />}
    </SpaceBetween>
  );
}

function tolerance({ toleratedFailureCount, toleratedFailurePercentage }: MapRun): string {
  const parts = [
    ...(toleratedFailureCount > 0
      ? [`${toleratedFailureCount.toLocaleString('en')} ${toleratedFailureCount === 1 ? 'item' : 'items'}`]
      : []),
    ...(toleratedFailurePercentage > 0 ? [`${toleratedFailurePercentage} %`] : []),
  ];
  return parts.join(' or ') || 'None';
}
