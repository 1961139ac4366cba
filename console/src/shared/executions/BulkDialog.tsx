import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { call } from '../../api/aws';
import { explain } from '../../api/errors';
import { refresh } from '../../api/queries';
import type { ExecutionSummary } from '../../api/types';
import { flash } from '../../app/flashes';
import { ConfirmDialog } from '../ConfirmDialog';
import { cli } from '../cli';

export type BulkKind = 'stop' | 'redrive';

export function canRedrive({ status }: ExecutionSummary): boolean {
  return status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED';
}

interface BulkDialogProps {
  kind: BulkKind;
  executions: ExecutionSummary[];
  onClose(): void;
  onStarted?(): void;
}

/** Stops or redrives one execution or many; those that it does not concern are left out. */
export function BulkDialog({ kind, executions, onClose, onStarted }: BulkDialogProps) {
  const [error, setError] = useState('');
  const [cause, setCause] = useState('');
  const concerned = executions.filter((one) => (kind === 'stop' ? one.status === 'RUNNING' : canRedrive(one)));
  const leftOut = executions.length - concerned.length;
  const operation = kind === 'stop' ? 'StopExecution' : 'RedriveExecution';
  const inputOf = ({ arn }: ExecutionSummary) =>
    kind === 'stop'
      ? { executionArn: arn, error: error || undefined, cause: cause || undefined }
      : { executionArn: arn };
  const count = concerned.length === 1 ? `“${concerned[0]?.name}”` : `${concerned.length} executions`;
  const verb = kind === 'stop' ? 'Stop' : 'Redrive';
  return (
    <ConfirmDialog
      title={`${verb} ${count}?`}
      confirm={verb}
      command={concerned.map((one) => cli('stepfunctions', operation, inputOf(one))).join('\n')}
      onClose={onClose}
      onConfirm={async () => {
        onStarted?.();
        if (concerned.length === 1 && concerned[0]) {
          await call('stepfunctions', operation, inputOf(concerned[0]));
          await refresh('stepfunctions');
        } else runAll(kind, concerned, (one) => call('stepfunctions', operation, inputOf(one)));
      }}
    >
      <SpaceBetween size="m">
        <Box>
          {kind === 'stop'
            ? 'They end at once as aborted; calls that they have open are left alone.'
            : 'They go on from where they ended; what had succeeded is not done again.'}
          {leftOut > 0 &&
            ` ${leftOut} of the selected ones cannot be ${kind === 'stop' ? 'stopped' : 'redriven'} and stay as they are.`}
        </Box>
        {kind === 'stop' && (
          <>
            <FormField label="Error – optional" description="Recorded in the execution.">
              <Input value={error} onChange={({ detail }) => setError(detail.value)} />
            </FormField>
            <FormField label="Cause – optional">
              <Input value={cause} onChange={({ detail }) => setCause(detail.value)} />
            </FormField>
          </>
        )}
      </SpaceBetween>
    </ConfirmDialog>
  );
}

const atOnce = 6;
/** Failures that are told one by one. */
const mostTold = 5;

/** One after another, a few at a time, while the page may be left; a message tells how far it is. */
async function runAll(
  kind: BulkKind,
  executions: ExecutionSummary[],
  act: (one: ExecutionSummary) => Promise<unknown>,
) {
  const [doing, done] = kind === 'stop' ? ['Stopping', 'Stopped'] : ['Redriving', 'Redriven'];
  const id = `bulk-${Date.now()}`;
  const failures: string[] = [];
  let finished = 0;
  const tell = () =>
    flash({
      id,
      type: 'in-progress',
      content: (
        <ProgressBar
          variant="flash"
          value={(100 * finished) / executions.length}
          label={`${doing} ${executions.length} executions`}
          additionalInfo={`${finished} of ${executions.length}`}
        />
      ),
    });
  tell();
  const waiting = [...executions];
  const work = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      try {
        await act(one);
      } catch (error) {
        const { name, message } = explain(error);
        failures.push(`${one.name}: ${name}: ${message}`);
      }
      finished += 1;
      tell();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await refresh('stepfunctions');
  const succeeded = executions.length - failures.length;
  flash({
    id,
    type: failures.length === 0 ? 'success' : 'error',
    header: `${done} ${succeeded} of ${executions.length} executions`,
    content: failures.length > 0 && (
      <>
        {failures.slice(0, mostTold).map((text) => (
          <div key={text}>{text}</div>
        ))}
        {failures.length > mostTold && <div>And {failures.length - mostTold} more.</div>}
      </>
    ),
  });
}
