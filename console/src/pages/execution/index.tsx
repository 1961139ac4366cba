import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ApiError } from '../../api/errors';
import { aws, queries, ui } from '../../api/queries';
import type { ExecutionSummary, Page as PageOf } from '../../api/types';
import { usePage } from '../../app/frame';
import { Link } from '../../app/Link';
import { links, nameOf, stateMachineOf } from '../../app/links';
import { parse } from '../../asl/parse';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { Execution } from './execution';
import { useEvents } from './history';
import type { Description } from './model';

export function Page() {
  const { arn = '' } = useParams({ strict: false }) as { arn?: string };
  // Another execution is another page: nothing of the one before is kept.
  return <Loaded key={arn} arn={arn} />;
}

interface ForExecution {
  stateMachineArn: string;
  name: string;
  definition: string;
  mapRunArn?: string;
}

function Loaded({ arn }: { arn: string }) {
  const name = nameOf(arn);
  const describe = aws<Description>('stepfunctions', 'DescribeExecution', { executionArn: arn });
  const description = useQuery(describe);
  const machine = useQuery({
    ...aws<ForExecution>('stepfunctions', 'DescribeStateMachineForExecution', { executionArn: arn }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const machineArn = description.data?.stateMachineArn;
  const listed = useQuery({
    ...ui<PageOf<ExecutionSummary>>('executions', { stateMachineArn: machineArn, name, limit: 1 }),
    enabled: machineArn !== undefined && description.data?.status === 'RUNNING',
  });
  const [paused, setPaused] = useState<boolean | null>(null);
  const events = useEvents(arn, {
    onSummary: (isPaused) => {
      setPaused(isPaused);
      queries.invalidateQueries({ queryKey: describe.queryKey });
    },
  });
  usePage(
    name,
    machineArn
      ? [
          { text: 'State machines', href: links.stateMachines },
          { text: nameOf(machineArn), href: links.stateMachine(machineArn) },
        ]
      : [{ text: 'Executions', href: links.executions() }],
  );
  const definition = machine.data?.definition ?? '';
  const workflow = useMemo(() => (definition ? parse(definition, 'json').workflow : null), [definition]);
  const isPaused = paused ?? listed.data?.items.find((one) => one.arn === arn)?.isPaused ?? false;
  const loaded = useMemo(
    () =>
      description.data && {
        arn,
        description: description.data,
        definition,
        workflow,
        events: events.data ?? [],
        isPaused,
      },
    [arn, description.data, definition, workflow, events.data, isPaused],
  );
  const error = description.error ?? events.error;
  if (error && !loaded) return <Missing arn={arn} error={error} onRetry={() => description.refetch()} />;
  if (!loaded || machine.isPending || !events.data) return <LoadingPage name={name} />;
  return <Execution {...loaded} />;
}

function LoadingPage({ name }: { name: string }) {
  return (
    <>
      <Header variant="h1">{name}</Header>
      <Loading what="Loading the execution" />
    </>
  );
}

function Missing({ arn, error, onRetry }: { arn: string; error: unknown; onRetry: () => void }) {
  const machine = stateMachineOf(arn);
  const isUnknown = error instanceof ApiError && /DoesNotExist|InvalidArn/.test(error.name);
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{nameOf(arn)}</Header>
      {arn.split(':')[5] === 'express' ? (
        <EmptyState
          title="Express executions leave no history"
          action={<Link href={links.stateMachine(machine)}>{nameOf(machine)}</Link>}
        >
          Neither their events nor their data are kept. What the logging of the state machine asks for is written to its
          log group.
        </EmptyState>
      ) : isUnknown ? (
        <EmptyState title="There is no such execution" action={<Link href={links.executions()}>All executions</Link>}>
          Nothing is known of {arn}. Its name may be misspelt, it may have been removed after the server’s time of
          retention, or it belongs to another server.
        </EmptyState>
      ) : (
        <ErrorBox error={error} onRetry={onRetry} title="The execution could not be loaded" />
      )}
    </SpaceBetween>
  );
}
