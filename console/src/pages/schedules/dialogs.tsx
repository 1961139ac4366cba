import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { type Missed, type Overlap, partsOf, runNow, type Scheduled, setState } from './api';

interface Props {
  scheduled: Scheduled;
  onClose(): void;
}

export function RunNowDialog({ scheduled, onClose }: Props) {
  const { name } = partsOf(scheduled.Name);
  return (
    <ConfirmDialog
      title={`Run ${name} now?`}
      confirm="Run now"
      command={cli('stepwright', 'RunSchedule', { Arn: scheduled.Arn })}
      onConfirm={async () => {
        tell(name, await runNow(scheduled.Arn));
        await refresh('stepwright');
      }}
      onClose={onClose}
    >
      <Box>
        Its target is called once, now, beside its times{scheduled.State === 'DISABLED' && ', although it is off'}.
      </Box>
    </ConfirmDialog>
  );
}

/** What came of a run by hand, as far as it is known. */
function tell(name: string, { Results = [], IsQueued }: Awaited<ReturnType<typeof runNow>>) {
  const last = Results.at(-1);
  const action = last?.ExecutionArn && <Link href={links.execution(last.ExecutionArn)}>Show the execution</Link>;
  if (last?.Status === 'DELIVERED') {
    flash({
      type: 'success',
      content: action ? `${name} has started an execution.` : `The target of ${name} took it.`,
      action,
    });
  } else if (last?.Status === 'SKIPPED' || last?.Status === 'FAILED') {
    const word = last.Status === 'SKIPPED' ? 'was skipped' : 'was not delivered';
    flash({ type: 'warning', header: `${name} ${word}`, content: last.Reason });
  } else {
    flash({ type: 'info', content: IsQueued ? `${name} waits for the last run to end.` : `${name} is on its way.` });
  }
}

export function StateDialog({ scheduled, onClose }: Props) {
  const wanted = scheduled.State === 'ENABLED' ? 'DISABLED' : 'ENABLED';
  const word = wanted === 'DISABLED' ? 'Pause' : 'Resume';
  return (
    <ConfirmDialog
      title={`${word} ${partsOf(scheduled.Name).name}?`}
      confirm={word}
      command={cli('stepwright', 'SetScheduleState', { Arn: scheduled.Arn, State: wanted })}
      onConfirm={async () => {
        await setState(scheduled.Arn, wanted);
        await refresh('stepwright', 'scheduler', 'events');
      }}
      onClose={onClose}
    >
      <Box>
        {wanted === 'DISABLED'
          ? 'It is not due until it is resumed. What it has started goes on.'
          : 'It is due again from its next time on.'}
      </Box>
    </ConfirmDialog>
  );
}

export const missed: { value: Missed; label: string; description: string }[] = [
  { value: 'ONLY_LAST', label: 'Run once', description: 'One run for everything that was missed' },
  { value: 'CATCH_UP', label: 'Catch up', description: 'A run for each time that was missed' },
  { value: 'SKIP', label: 'Skip', description: 'What was missed is left out' },
];
export const overlap: { value: Overlap; label: string; description: string }[] = [
  { value: 'ALLOW', label: 'Allow', description: 'Start beside what still runs' },
  { value: 'SKIP', label: 'Skip', description: 'Do not start while the last one runs' },
  { value: 'QUEUE', label: 'Queue', description: 'Start when the last one has ended' },
  { value: 'CANCEL_RUNNING', label: 'Stop the last one', description: 'Stop what still runs, then start' },
];
export const labelIn = <T,>(options: { value: T; label: string }[], value: T) =>
  options.find((one) => one.value === value)?.label ?? String(value);

export function PolicyDialog({ scheduled, onClose }: Props) {
  const [chosen, choose] = useState({ Missed: scheduled.Missed, Overlap: scheduled.Overlap });
  const input = { Arn: scheduled.Arn, ...chosen };
  return (
    <ConfirmDialog
      title="Missed and overlapping runs"
      confirm="Save"
      command={cli('stepwright', 'PutSchedulePolicy', input)}
      onConfirm={async () => {
        await call('stepwright', 'PutSchedulePolicy', input);
        await refresh('stepwright');
      }}
      onClose={onClose}
    >
      <FormField label="Missed runs" description="What was due while this server did not run." stretch>
        <Select
          options={missed}
          selectedOption={missed.find(({ value }) => value === chosen.Missed) ?? null}
          onChange={({ detail }) => choose({ ...chosen, Missed: detail.selectedOption.value as Missed })}
        />
      </FormField>
      <FormField
        label="Overlapping runs"
        description="What is due while the last execution still runs. It counts for state machines of this server."
        stretch
      >
        <Select
          options={overlap}
          selectedOption={overlap.find(({ value }) => value === chosen.Overlap) ?? null}
          onChange={({ detail }) => choose({ ...chosen, Overlap: detail.selectedOption.value as Overlap })}
        />
      </FormField>
    </ConfirmDialog>
  );
}
