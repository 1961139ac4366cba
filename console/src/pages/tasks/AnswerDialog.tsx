import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Textarea from '@cloudscape-design/components/textarea';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { queries } from '../../api/queries';
import { getUi } from '../../api/ui';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { JsonView } from '../../shared/JsonView';
import { JsonEditor } from '../../studio/code';
import type { OpenTask } from './types';

/** SendTaskSuccess or SendTaskFailure, with what was asked above the answer. */
export function AnswerDialog({ task, isSuccess, onClose }: { task: OpenTask; isSuccess: boolean; onClose(): void }) {
  const [output, setOutput] = useState('{}');
  const [error, setError] = useState('');
  const [cause, setCause] = useState('');
  const asked = useQuery({
    queryKey: ['ui', 'what was asked', task.executionArn, task.lastEventId],
    queryFn: ({ signal }) => parametersOf(task, signal),
  });
  const operation = isSuccess ? 'SendTaskSuccess' : 'SendTaskFailure';
  const input = isSuccess
    ? { taskToken: task.token, output }
    : { taskToken: task.token, ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
  return (
    <ConfirmDialog
      title={`${isSuccess ? 'Succeed' : 'Fail'} ${task.stateName}`}
      confirm={isSuccess ? 'Send success' : 'Send failure'}
      size="large"
      command={cli('stepfunctions', operation, input)}
      onConfirm={async () => {
        await call('stepfunctions', operation, input);
        await queries.invalidateQueries({ queryKey: ['ui', 'tasks'] });
      }}
      onClose={onClose}
    >
      {asked.data && (
        <ExpandableSection headerText="What was asked" defaultExpanded>
          <JsonView text={asked.data} label="What was asked" />
        </ExpandableSection>
      )}
      {task.input !== null && (
        <ExpandableSection headerText="Input of the state">
          <JsonView text={task.input} label="Input of the state" />
        </ExpandableSection>
      )}
      {isSuccess ? (
        <FormField label="Output" description="The result of the task, as JSON.">
          <JsonEditor label="Output" value={output} height={160} onChange={setOutput} />
        </FormField>
      ) : (
        <>
          <FormField label="Error" description="A name that Retry and Catch compare.">
            <Input
              value={error}
              onChange={({ detail }) => setError(detail.value)}
              placeholder="ApprovalDenied"
              autoFocus
            />
          </FormField>
          <FormField label="Cause">
            <Textarea value={cause} onChange={({ detail }) => setCause(detail.value)} />
          </FormField>
        </>
      )}
    </ConfirmDialog>
  );
}

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
