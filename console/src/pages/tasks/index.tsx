import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ui } from '../../api/queries';
import { useTopic } from '../../api/stream';
import { CollectionTable } from '../../shared/CollectionTable';
import { Time } from '../../shared/Time';
import { AnswerDialog } from './AnswerDialog';
import type { OpenTask } from './types';

/** Who is waited for: workers of activities, people and systems that hold a task token. They can be answered from here. */
export function Page() {
  const { data, error, refetch } = useQuery({
    ...ui<{ items: OpenTask[]; isComplete: boolean }>('tasks'),
    refetchInterval: 15_000,
  });
  useTopic('tasks', { onMessage: () => void refetch(), onMissed: () => void refetch() });
  const [open, setOpen] = useState<{ task: OpenTask; isSuccess: boolean } | null>(null);
  return (
    <SpaceBetween size="s">
      {data && !data.isComplete && (
        <Alert type="info">There are very many running executions: this is a part of the open tasks.</Alert>
      )}
      <CollectionTable
        title="Open tasks"
        description="Tasks that wait for an activity's worker or for a task token."
        items={data?.items}
        error={error}
        onReload={refetch}
        keyOf={(task) => task.token}
        textOf={(task) =>
          `${task.stateName} ${task.executionName} ${task.stateMachineArn} ${task.resource} ${task.input ?? ''}`
        }
        filterPlaceholder="Find open tasks, also by what they hold"
        sortedBy="since"
        isDescending
        empty={{ title: 'Nobody is waited for' }}
        columns={[
          {
            id: 'state',
            header: 'State',
            sortingField: 'stateName',
            isRowHeader: true,
            cell: (task) => (
              <Link
                to="/console/executions/$arn"
                params={{ arn: task.executionArn }}
                search={{ event: String(task.enteredEventId) }}
              >
                {task.stateName}
              </Link>
            ),
          },
          { id: 'execution', header: 'Execution', cell: (task) => task.executionName, sortingField: 'executionName' },
          {
            id: 'machine',
            header: 'State machine',
            cell: (task) => (
              <Link to="/console/state-machines/$arn" params={{ arn: task.stateMachineArn }} search={{}}>
                {task.stateMachineArn.split(':').pop()}
              </Link>
            ),
          },
          { id: 'for', header: 'Waits for', cell: (task) => waitsFor(task.resource) },
          {
            id: 'since',
            header: 'Since',
            cell: (task) => <Time millis={task.enteredMillis} isRelative />,
            sortingField: 'enteredMillis',
          },
          {
            id: 'until',
            header: 'Times out',
            cell: (task) =>
              task.timeoutMillis ? (
                <Time millis={task.timeoutMillis} isRelative />
              ) : (
                <Box color="text-body-secondary">never</Box>
              ),
            sortingField: 'timeoutMillis',
          },
          {
            id: 'answer',
            header: 'Answer',
            cell: (task) => (
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  variant="inline-link"
                  ariaLabel={`Succeed ${task.stateName}`}
                  onClick={() => setOpen({ task, isSuccess: true })}
                >
                  Succeed
                </Button>
                <Button
                  variant="inline-link"
                  ariaLabel={`Fail ${task.stateName}`}
                  onClick={() => setOpen({ task, isSuccess: false })}
                >
                  Fail
                </Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {open && <AnswerDialog task={open.task} isSuccess={open.isSuccess} onClose={() => setOpen(null)} />}
    </SpaceBetween>
  );
}

/** `Activity approve`, `A token sent by sns:publish`. */
export function waitsFor(resource: string): string {
  const activity = /:activity:(.+)$/.exec(resource);
  if (activity) return `Activity ${activity[1]}`;
  const integration = resource.replace(/^arn:[^:]*:states:::/, '').replace(/\.waitForTaskToken$/, '');
  return `A token given to ${integration}`;
}
