/** Dialogs of what can be done to an execution. */
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { call, type Service } from '../../api/aws';
import { refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { pretty } from '../../shared/json/text';
import { StartExecution } from '../../shared/start/StartExecution';
import { Compare } from './compare';
import { useModel } from './model';

const actions = ['stop', 'redrive', 'pause', 'resume', 'drain', 'start', 'compare'] as const;
export type Action = (typeof actions)[number];

export function actionOf(id: string): Action | null {
  return actions.find((action) => action === id) ?? null;
}

export function ActionDialog({ action, onClose }: { action: Action; onClose: () => void }) {
  if (action === 'stop') return <Stop onClose={onClose} />;
  if (action === 'start') return <Start onClose={onClose} />;
  if (action === 'compare') return <Compare onClose={onClose} />;
  return <Plain action={action} onClose={onClose} />;
}

const plain: Record<
  'redrive' | 'pause' | 'resume' | 'drain',
  { service: Service; operation: string; title: string; text: string; done: string }
> = {
  redrive: {
    service: 'stepfunctions',
    operation: 'RedriveExecution',
    title: 'Redrive execution',
    text: 'It goes on where it did not succeed, with the definition and the data that it had. What succeeded is not done again.',
    done: 'The execution goes on.',
  },
  pause: {
    service: 'stepwright',
    operation: 'PauseExecution',
    title: 'Pause execution',
    text: 'No further state is entered and no timer fires. Calls that are out are answered; their answers are kept until it is resumed.',
    done: 'The execution is paused.',
  },
  resume: {
    service: 'stepwright',
    operation: 'ResumeExecution',
    title: 'Resume execution',
    text: 'It goes on where it was paused.',
    done: 'The execution goes on.',
  },
  drain: {
    service: 'stepwright',
    operation: 'DrainExecution',
    title: 'Drain execution',
    text: 'Maps start no further item, what runs is finished, then the error Stepwright.Drained is raised: a Catch with clean-up still runs.',
    done: 'The execution winds down.',
  },
};

function Plain({ action, onClose }: { action: keyof typeof plain; onClose: () => void }) {
  const { arn } = useModel();
  const { service, operation, title, text, done } = plain[action];
  const input = { executionArn: arn };
  return (
    <ConfirmDialog
      title={title}
      confirm={title.replace(' execution', '')}
      command={cli(service, operation, input)}
      onClose={onClose}
      onConfirm={async () => {
        await call(service, operation, input);
        flash({ type: 'success', content: done });
        refresh('stepfunctions');
      }}
    >
      <Box>{text}</Box>
    </ConfirmDialog>
  );
}

function Stop({ onClose }: { onClose: () => void }) {
  const { arn } = useModel();
  const [error, setError] = useState('');
  const [cause, setCause] = useState('');
  const input = { executionArn: arn, error: error || undefined, cause: cause || undefined };
  return (
    <ConfirmDialog
      title="Stop execution"
      confirm="Stop execution"
      command={cli('stepfunctions', 'StopExecution', input)}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'StopExecution', input);
        flash({ type: 'success', content: 'The execution was stopped.' });
        refresh('stepfunctions');
      }}
    >
      <SpaceBetween size="m">
        <Box>It ends at once as Aborted; no Catch runs. To let clean-up run, drain it instead.</Box>
        <FormField label="Error" description="Optional. Shown as the error of the execution.">
          <Input value={error} onChange={({ detail }) => setError(detail.value)} placeholder="OperatorStopped" />
        </FormField>
        <FormField label="Cause" description="Optional. Why you stop it.">
          <Textarea value={cause} onChange={({ detail }) => setCause(detail.value)} rows={3} />
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}

function Start({ onClose }: { onClose: () => void }) {
  const { description } = useModel();
  const { stateMachineArn, input } = description;
  return <StartExecution stateMachineArn={stateMachineArn} input={input && pretty(input)} onClose={onClose} />;
}
