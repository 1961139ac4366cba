import Autosuggest from '@cloudscape-design/components/autosuggest';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { infoQuery, queries, refresh } from '../../api/queries';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { JsonEditor } from '../../studio/code';
import { zones } from './api';
import { NextTimes } from './NextTimes';

/** As GetSchedule answers it. */
export interface Schedule {
  Name: string;
  GroupName: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  Description?: string;
  State?: 'ENABLED' | 'DISABLED';
  FlexibleTimeWindow: { Mode: 'OFF' | 'FLEXIBLE'; MaximumWindowInMinutes?: number };
  Target: { Arn: string; RoleArn: string; Input?: string; [member: string]: unknown };
  ActionAfterCompletion?: 'NONE' | 'DELETE';
  [member: string]: unknown;
}

const expressions = [
  { value: 'cron(0 7 ? * MON-FRI *)', label: 'On working days at 7:00' },
  { value: 'cron(30 3 * * ? *)', label: 'Every night at 3:30' },
  { value: 'rate(15 minutes)', label: 'Every 15 minutes' },
  { value: 'rate(1 hour)', label: 'Every hour' },
];

/** Creates a schedule, or changes one. */
export function ScheduleForm({ schedule, onClose }: { schedule?: Schedule; onClose(): void }) {
  const account = useQuery(infoQuery).data?.account ?? '123456789012';
  const machines = useQuery({
    queryKey: ['aws', 'stepfunctions', 'ListStateMachines', 'for schedules'],
    queryFn: ({ signal }) =>
      call<{ stateMachines: { stateMachineArn: string; name: string }[] }>(
        'stepfunctions',
        'ListStateMachines',
        { maxResults: 1000 },
        signal,
      ),
  });
  const [form, setForm] = useState({
    name: schedule?.Name ?? '',
    group: schedule?.GroupName ?? 'default',
    expression: schedule?.ScheduleExpression ?? 'cron(0 7 ? * MON-FRI *)',
    zone: schedule?.ScheduleExpressionTimezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    target: schedule?.Target.Arn ?? '',
    input: schedule?.Target.Input ?? '{}',
    windowMinutes: String(schedule?.FlexibleTimeWindow.MaximumWindowInMinutes ?? ''),
    isEnabled: schedule?.State !== 'DISABLED',
    description: schedule?.Description ?? '',
  });
  const put = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  // Answers of GetSchedule have members that no request takes.
  const {
    Arn: _arn,
    CreationDate: _created,
    LastModificationDate: _modified,
    ...kept
  }: Partial<Schedule> = schedule ?? {};
  const input = {
    ...kept,
    Name: form.name,
    GroupName: form.group,
    ScheduleExpression: form.expression,
    ScheduleExpressionTimezone: form.zone,
    State: form.isEnabled ? 'ENABLED' : 'DISABLED',
    ...(form.description ? { Description: form.description } : {}),
    FlexibleTimeWindow: form.windowMinutes
      ? { Mode: 'FLEXIBLE', MaximumWindowInMinutes: Number(form.windowMinutes) }
      : { Mode: 'OFF' },
    Target: {
      ...schedule?.Target,
      Arn: form.target,
      RoleArn: schedule?.Target.RoleArn ?? `arn:aws:iam::${account}:role/schedules`,
      Input: form.input,
    },
  };
  const operation = schedule ? 'UpdateSchedule' : 'CreateSchedule';
  return (
    <ConfirmDialog
      title={schedule ? `Edit ${schedule.Name}` : 'Create schedule'}
      confirm={schedule ? 'Save' : 'Create schedule'}
      size="large"
      command={cli('scheduler', operation, input)}
      isDisabled={!form.name || !form.target || !form.expression}
      onConfirm={async () => {
        await call('scheduler', operation, input);
        await queries.invalidateQueries({ queryKey: ['aws', 'scheduler'] });
        await refresh('stepwright');
      }}
      onClose={onClose}
    >
      <ColumnLayout columns={2}>
        <FormField label="Name">
          <Input
            value={form.name}
            disabled={Boolean(schedule)}
            onChange={({ detail }) => put({ name: detail.value })}
            autoFocus={!schedule}
          />
        </FormField>
        <FormField label="Group">
          <Input
            value={form.group}
            disabled={Boolean(schedule)}
            onChange={({ detail }) => put({ group: detail.value })}
          />
        </FormField>
        <FormField
          label="Schedule"
          constraintText="cron(minutes hours day month weekday year), rate(…) or at(yyyy-mm-ddThh:mm:ss)"
        >
          <Autosuggest
            value={form.expression}
            options={expressions}
            enteredTextLabel={(value) => `Use ${value}`}
            ariaLabel="Schedule expression"
            onChange={({ detail }) => put({ expression: detail.value })}
          />
        </FormField>
        <FormField label="Time zone">
          <Autosuggest
            value={form.zone}
            options={zones().map((value) => ({ value }))}
            enteredTextLabel={(value) => `Use ${value}`}
            ariaLabel="Time zone"
            onChange={({ detail }) => put({ zone: detail.value })}
          />
        </FormField>
      </ColumnLayout>
      <NextTimes expression={form.expression} timezone={form.zone} />
      <FormField label="Target" description="A state machine of this server, or the ARN of anything that AWS takes.">
        <Autosuggest
          value={form.target}
          options={(machines.data?.stateMachines ?? []).map(({ stateMachineArn, name }) => ({
            value: stateMachineArn,
            label: name,
            description: stateMachineArn,
          }))}
          enteredTextLabel={(value) => `Use ${value}`}
          ariaLabel="Target"
          onChange={({ detail }) => put({ target: detail.value })}
        />
      </FormField>
      <FormField label="Input">
        <JsonEditor label="Input" value={form.input} height={120} onChange={(value) => put({ input: value })} />
      </FormField>
      <ColumnLayout columns={2}>
        <FormField label="Flexible window in minutes" description="Empty: at its very time.">
          <Input
            type="number"
            value={form.windowMinutes}
            onChange={({ detail }) => put({ windowMinutes: detail.value })}
          />
        </FormField>
        <FormField label="Description">
          <Input value={form.description} onChange={({ detail }) => put({ description: detail.value })} />
        </FormField>
      </ColumnLayout>
      <Checkbox checked={form.isEnabled} onChange={({ detail }) => put({ isEnabled: detail.checked })}>
        Enabled
      </Checkbox>
    </ConfirmDialog>
  );
}
