import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { type Missed, type Overlap, partsOf, runNow, type Scheduled, setState } from './api';

interface Props {
  scheduled: Scheduled;
  onClose(): void;
}

export function RunNowDialog({ scheduled, onClose }: Props) {
  return (
    <ConfirmDialog
      title="Run now"
      confirm="Run now"
      command={cli('stepwright', 'RunSchedule', { Arn: scheduled.Arn })}
      onConfirm={async () => {
        await runNow(scheduled.Arn);
        await refresh('stepwright');
      }}
      onClose={onClose}
    >
      <Box>
        The target of <b>{partsOf(scheduled.Name).name}</b> is called once, now, beside its timetable
        {scheduled.State === 'DISABLED' && ', although it is paused'}.
      </Box>
    </ConfirmDialog>
  );
}

export function StateDialog({ scheduled, onClose }: Props) {
  const wanted = scheduled.State === 'ENABLED' ? 'DISABLED' : 'ENABLED';
  const word = wanted === 'DISABLED' ? 'Pause' : 'Resume';
  return (
    <ConfirmDialog
      title={`${word} ${partsOf(scheduled.Name).name}`}
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

const missed: { value: Missed; label: string; description: string }[] = [
  { value: 'ONLY_LAST', label: 'Only the last', description: 'Run once for everything that was missed' },
  { value: 'CATCH_UP', label: 'Catch up', description: 'Run once for each time that was missed' },
  { value: 'SKIP', label: 'Skip', description: 'What was missed stays undone' },
];
const overlap: { value: Overlap; label: string; description: string }[] = [
  { value: 'ALLOW', label: 'Allow', description: 'Start beside what still runs' },
  { value: 'SKIP', label: 'Skip', description: 'Do not start while the last one runs' },
  { value: 'QUEUE', label: 'Queue', description: 'Start when the last one has ended' },
  { value: 'CANCEL_RUNNING', label: 'Cancel running', description: 'Stop the last one and start' },
];

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
      <FormField label="Missed" description="What was due while this server was not running.">
        <Select
          options={missed}
          selectedOption={missed.find(({ value }) => value === chosen.Missed) ?? null}
          onChange={({ detail }) => choose({ ...chosen, Missed: detail.selectedOption.value as Missed })}
        />
      </FormField>
      <FormField
        label="Overlap"
        description="What is due while the last run still runs; of targets that are state machines of this server."
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
