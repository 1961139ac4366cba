import Autosuggest from '@cloudscape-design/components/autosuggest';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { infoQuery, refresh } from '../../api/queries';
import { go } from '../../app/Link';
import { links } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { jsonProblem } from '../../shared/json/text';
import { nameProblem } from '../../shared/start/inputs';
import { JsonEditor } from '../../studio/code';
import { TargetPicker } from '../rules/target';
import { groupsQuery, type Schedule } from './api';
import { ExpressionField } from './ExpressionField';
import { formOf, requestOf } from './request';
import { zones } from './timeIn';

const zoneOptions = zones().map((value) => ({ value }));

/** Creates a schedule, or changes one. */
export function ScheduleForm({ schedule, onClose }: { schedule?: Schedule; onClose(): void }) {
  const account = useQuery(infoQuery).data?.account ?? '123456789012';
  const groups = useQuery(groupsQuery).data ?? [];
  const [form, setForm] = useState(() => formOf(schedule));
  const put = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  const input = requestOf(form, schedule, account);
  const operation = schedule ? 'UpdateSchedule' : 'CreateSchedule';
  const text = (
    member: 'name' | 'group' | 'window' | 'start' | 'end' | 'attempts' | 'age' | 'description' | 'role' | 'queue',
  ) => ({
    value: form[member],
    onChange: ({ detail }: { detail: { value: string } }) => put({ [member]: detail.value }),
  });
  return (
    <ConfirmDialog
      title={schedule ? `Edit ${schedule.Name}` : 'Create schedule'}
      confirm={schedule ? 'Save' : 'Create schedule'}
      size="large"
      command={cli('scheduler', operation, input)}
      isDisabled={!form.name || !form.target || !form.expression}
      onConfirm={async () => {
        await call('scheduler', operation, input);
        await refresh('scheduler', 'stepwright');
        if (!schedule) go(links.schedule(form.group, form.name));
      }}
      onClose={onClose}
    >
      {!schedule && (
        <ColumnLayout columns={2}>
          <FormField label="Name" errorText={nameProblem(form.name)} stretch>
            <Input {...text('name')} autoFocus />
          </FormField>
          <FormField label="Group" stretch>
            <Autosuggest
              {...text('group')}
              options={groups.map(({ Name }) => ({ value: Name }))}
              enteredTextLabel={(value) => `Use ${value}`}
            />
          </FormField>
        </ColumnLayout>
      )}
      <ExpressionField
        expression={form.expression}
        timezone={form.zone}
        onChange={(expression) => put({ expression })}
        zoneField={
          <FormField label="Time zone" stretch>
            <Autosuggest
              value={form.zone}
              options={zoneOptions}
              enteredTextLabel={(value) => `Use ${value}`}
              onChange={({ detail }) => put({ zone: detail.value })}
            />
          </FormField>
        }
      />
      <FormField
        label="Target"
        description="A state machine or function of this server, or the ARN of anything that AWS takes."
        stretch
      >
        <TargetPicker value={form.target} onChange={(target) => put({ target })} />
      </FormField>
      <FormField label="Input" errorText={form.input === '' ? null : jsonProblem(form.input)} stretch>
        <JsonEditor label="Input" value={form.input} height={100} onChange={(value) => put({ input: value })} />
      </FormField>
      <Checkbox checked={form.isEnabled} onChange={({ detail }) => put({ isEnabled: detail.checked })}>
        Enabled
      </Checkbox>
      <ExpandableSection headerText="More settings">
        <ColumnLayout columns={2}>
          <FormField label="Description" stretch>
            <Input {...text('description')} />
          </FormField>
          <FormField label="Role" constraintText="For AWS; this server asks for none." stretch>
            <Input {...text('role')} placeholder={`arn:aws:iam::${account}:role/schedules`} />
          </FormField>
          <FormField label="Starts" constraintText="yyyy-mm-ddThh:mm:ss in UTC; empty: at once" stretch>
            <Input {...text('start')} placeholder="2027-01-01T00:00:00" />
          </FormField>
          <FormField label="Ends" constraintText="yyyy-mm-ddThh:mm:ss in UTC; empty: never" stretch>
            <Input {...text('end')} placeholder="2027-12-31T00:00:00" />
          </FormField>
          <FormField label="Flexible time window (minutes)" constraintText="Empty: at its very time" stretch>
            <Input {...text('window')} type="number" />
          </FormField>
          <FormField label="Dead-letter queue" constraintText="The ARN of an SQS queue, for what was given up" stretch>
            <Input {...text('queue')} placeholder="arn:aws:sqs:…" />
          </FormField>
          <FormField label="Retry attempts" constraintText="0 to 185" stretch>
            <Input {...text('attempts')} type="number" />
          </FormField>
          <FormField label="Maximum age of an event (seconds)" constraintText="60 to 86400" stretch>
            <Input {...text('age')} type="number" />
          </FormField>
        </ColumnLayout>
        <Checkbox checked={form.isDeletedAfter} onChange={({ detail }) => put({ isDeletedAfter: detail.checked })}>
          Delete it after its last time
        </Checkbox>
      </ExpandableSection>
    </ConfirmDialog>
  );
}
