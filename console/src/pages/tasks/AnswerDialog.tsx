import ColumnLayout from '@cloudscape-design/components/column-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Textarea from '@cloudscape-design/components/textarea';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { queries } from '../../api/queries';
import { getUi } from '../../api/ui';
import { flash } from '../../app/flashes';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { ErrorBox, Loading } from '../../shared/Feedback';
import { JsonView } from '../../shared/JsonView';
import { jsonProblem } from '../../shared/json/text';
import { JsonEditor } from '../../studio/code';
import type { OpenTask } from './types';

export type Answer = 'SendTaskSuccess' | 'SendTaskFailure';

/** SendTaskSuccess or SendTaskFailure, with what was asked above the answer. */
export function AnswerDialog({ task, answer, onClose }: { task: OpenTask; answer: Answer; onClose(): void }) {
  const [output, setOutput] = useState('{}');
  const [error, setError] = useState('');
  const [cause, setCause] = useState('');
  const asked = useQuery({
    queryKey: ['ui', 'what was asked', task.executionArn, task.lastEventId],
    queryFn: ({ signal }) => parametersOf(task, signal),
  });
  const isSuccess = answer === 'SendTaskSuccess';
  const problem = isSuccess ? jsonProblem(output) : null;
  const input = isSuccess
    ? { taskToken: task.token, output }
    : { taskToken: task.token, error: error || undefined, cause: cause || undefined };
  return (
    <ConfirmDialog
      title={`${isSuccess ? 'Succeed' : 'Fail'} ${task.stateName}`}
      confirm={isSuccess ? 'Send success' : 'Send failure'}
      size="large"
      isDisabled={problem !== null}
      command={cli('stepfunctions', answer, input)}
      onConfirm={async () => {
        await call('stepfunctions', answer, input);
        const execution = <Link href={links.execution(task.executionArn)}>Show the execution</Link>;
        flash({
          type: 'success',
          content: `${task.stateName} of ${task.executionName} is answered.`,
          action: execution,
        });
        await queries.invalidateQueries({ queryKey: ['ui', 'tasks'] });
      }}
      onClose={onClose}
    >
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Execution', value: <Link href={links.execution(task.executionArn)}>{task.executionName}</Link> },
          {
            label: 'Task token',
            value: <CopyableArn arn={shortToken(task.token)} full={task.token} label="task token" />,
          },
        ]}
      />
      <ExpandableSection headerText="What was asked" defaultExpanded>
        {asked.isPending && <Loading />}
        {asked.error && <ErrorBox error={asked.error} />}
        {asked.data !== undefined && asked.data !== null && (
          <JsonView text={asked.data} label="What was asked" maxHeight={200} />
        )}
        {asked.data === null && 'Nothing but the input of the state.'}
      </ExpandableSection>
      {task.input !== null && (
        <ExpandableSection headerText="Input of the state">
          <JsonView text={task.input} label="Input of the state" maxHeight={200} />
        </ExpandableSection>
      )}
      {isSuccess ? (
        <FormField label="Output" description="The result of the task." errorText={problem} stretch>
          <JsonEditor label="Output" value={output} height={120} onChange={setOutput} />
        </FormField>
      ) : (
        <ColumnLayout columns={2}>
          <FormField label="Error" description="The name that Retry and Catch compare." stretch>
            <Input
              value={error}
              onChange={({ detail }) => setError(detail.value)}
              placeholder="ApprovalDenied"
              autoFocus
            />
          </FormField>
          <FormField label="Cause" description="A sentence for people." stretch>
            <Textarea value={cause} rows={2} onChange={({ detail }) => setCause(detail.value)} />
          </FormField>
        </ColumnLayout>
      )}
    </ConfirmDialog>
  );
}

const shortToken = (token: string) => (token.length > 24 ? `${token.slice(0, 23)}…` : token);

interface HistoryEvent {
  previousEventId: number;
  taskScheduledEventDetails?: { parameters: string };
  activityScheduledEventDetails?: { input?: string };
}

/** What the task was given stands in its Scheduled event, a few before the latest one. */
async function parametersOf(task: OpenTask, signal: AbortSignal): Promise<string | null> {
  let id = task.lastEventId;
  while (id >= task.enteredEventId) {
    const event = await getUi<HistoryEvent>('executions/event', { arn: task.executionArn, id }, signal);
    const given = event.taskScheduledEventDetails?.parameters ?? event.activityScheduledEventDetails?.input;
    if (given !== undefined) return given;
    id = event.previousEventId;
  }
  return null;
}
