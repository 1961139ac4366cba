import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ui } from '../../api/queries';
import { useTopic } from '../../api/stream';
import { usePage } from '../../app/frame';
import { Link } from '../../app/Link';
import { links, nameOf } from '../../app/links';
import { CollectionTable } from '../../shared/CollectionTable';
import styles from '../../shared/shared.module.css';
import { Time } from '../../shared/Time';
import { durationText } from '../../shared/time';
import { type Answer, AnswerDialog } from './AnswerDialog';
import type { OpenTask } from './types';

const answers: { answer: Answer; word: string }[] = [
  { answer: 'SendTaskSuccess', word: 'Succeed' },
  { answer: 'SendTaskFailure', word: 'Fail' },
];

/** Who is waited for: workers of activities, people and systems that hold a task token. They can be answered from here. */
export function Page() {
  usePage('Open tasks');
  const { data, error, refetch } = useQuery(ui<{ items: OpenTask[]; isComplete: boolean }>('tasks'));
  useTopic('tasks', { onMessage: ({ changed }) => changed && refetch(), onMissed: refetch });
  const [open, setOpen] = useState<{ task: OpenTask; answer: Answer } | null>(null);
  return (
    <SpaceBetween size="s">
      {data && !data.isComplete && (
        <Alert type="info">Very many executions run: these are the open tasks of some of them.</Alert>
      )}
      <CollectionTable
        title="Open tasks"
        description="Tasks that wait for an activity’s worker, or for whoever has their token."
        items={data?.items}
        error={error}
        onReload={refetch}
        keyOf={(task) => task.token}
        textOf={(task) =>
          `${task.stateName} ${task.executionName} ${task.stateMachineArn} ${task.resource} ${task.token} ${task.input ?? ''}`
        }
        filterPlaceholder="Find by state, execution, state machine, token or input"
        sortedBy="since"
        isDescending
        hasActions
        empty={{
          title: 'No open tasks',
          text: 'A state that waits for a task token or for an activity is shown here until it is answered.',
        }}
        columns={[
          {
            id: 'state',
            header: 'State',
            sortingField: 'stateName',
            isRowHeader: true,
            cell: (task) => (
              <>
                <Link href={links.execution(task.executionArn, { event: String(task.enteredEventId) })}>
                  {task.stateName}
                </Link>
                <Box color="text-body-secondary" fontSize="body-s">
                  {task.executionName}
                </Box>
              </>
            ),
          },
          {
            id: 'machine',
            header: 'State machine',
            sortingField: 'stateMachineArn',
            cell: (task) => <Link href={links.stateMachine(task.stateMachineArn)}>{nameOf(task.stateMachineArn)}</Link>,
          },
          { id: 'for', header: 'Waits for', cell: (task) => waitsFor(task.resource) },
          {
            id: 'input',
            header: 'Input',
            cell: (task) => <code title={task.input ?? undefined}>{shortened(task.input)}</code>,
          },
          {
            id: 'since',
            header: 'Since',
            cell: (task) => <Time millis={task.enteredMillis} isRelative />,
            sortingField: 'enteredMillis',
          },
          {
            id: 'until',
            header: 'Times out',
            sortingComparator: (a, b) => (a.timeoutMillis ?? Infinity) - (b.timeoutMillis ?? Infinity),
            cell: (task) => (
              <>
                {task.timeoutMillis ? <Time millis={task.timeoutMillis} isRelative /> : 'never'}
                {task.heartbeatSeconds !== null && (
                  <Box color="text-body-secondary" fontSize="body-s">
                    or {durationText(task.heartbeatSeconds * 1000)} without a heartbeat
                  </Box>
                )}
              </>
            ),
          },
          {
            id: 'answer',
            header: 'Answer',
            minWidth: 140,
            cell: (task) => (
              <div className={styles.rowActions}>
                {answers.map(({ answer, word }) => (
                  <Button
                    key={answer}
                    variant="inline-link"
                    wrapText={false}
                    ariaLabel={`${word} ${task.stateName} of ${task.executionName}`}
                    onClick={() => setOpen({ task, answer })}
                  >
                    {word}
                  </Button>
                ))}
              </div>
            ),
          },
        ]}
      />
      {open && <AnswerDialog task={open.task} answer={open.answer} onClose={() => setOpen(null)} />}
    </SpaceBetween>
  );
}

/** `Activity approve`, `Token from sns:publish`. */
function waitsFor(resource: string): string {
  const activity = /:activity:(.+)$/.exec(resource);
  if (activity) return `Activity ${activity[1]}`;
  return `Token from ${resource.replace(/^arn:[^:]*:states:[^:]*:[^:]*:/, '').replace(/\.waitForTaskToken$/, '')}`;
}

function shortened(input: string | null): string {
  if (input === null) return 'large';
  return input.length > 36 ? `${input.slice(0, 35)}…` : input;
}
