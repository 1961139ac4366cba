import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import Tiles from '@cloudscape-design/components/tiles';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { infoQuery, refresh } from '../../api/queries';
import { go } from '../../app/Link';
import { links } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { jsonProblem, pretty } from '../../shared/json/text';
import { nameProblem } from '../../shared/start/inputs';
import { JsonEditor } from '../../studio/code';
import { ExpressionField } from '../schedules/ExpressionField';
import { busesQuery, putTargets, type Rule } from './api';
import { roleFor, TargetPicker } from './target';

const samplePattern = `{
  "source": ["aws.states"],
  "detail-type": ["Step Functions Execution Status Change"],
  "detail": { "status": ["FAILED", "TIMED_OUT"] }
}`;

/** Creates a rule with its first target, or changes a rule. */
export function RuleForm({ rule, pattern, onClose }: { rule?: Rule; pattern?: string; onClose(): void }) {
  const [form, setForm] = useState({
    name: rule?.Name ?? '',
    bus: rule?.EventBusName ?? 'default',
    kind: rule?.ScheduleExpression ? 'schedule' : 'pattern',
    pattern: rule?.EventPattern ? pretty(rule.EventPattern) : (pattern ?? samplePattern),
    expression: rule?.ScheduleExpression ?? 'rate(1 hour)',
    description: rule?.Description ?? '',
    isEnabled: rule?.State !== 'DISABLED',
    target: '',
  });
  const put = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  const account = useQuery(infoQuery).data?.account ?? '123456789012';
  const buses = useQuery(busesQuery).data ?? [];
  const input = {
    Name: form.name,
    EventBusName: form.bus,
    ...(form.kind === 'pattern' ? { EventPattern: form.pattern } : { ScheduleExpression: form.expression }),
    Description: form.description || undefined,
    RoleArn: rule?.RoleArn,
    State: form.isEnabled ? 'ENABLED' : 'DISABLED',
  };
  const targets = form.target ? [{ Id: 'target-1', Arn: form.target, RoleArn: roleFor(form.target, account) }] : [];
  const commands = [
    cli('events', 'PutRule', input),
    ...(targets.length > 0
      ? [cli('events', 'PutTargets', { Rule: form.name, EventBusName: form.bus, Targets: targets })]
      : []),
  ];
  return (
    <ConfirmDialog
      title={rule ? `Edit ${rule.Name}` : 'Create rule'}
      confirm={rule ? 'Save' : 'Create rule'}
      size="large"
      command={commands.join(' && \\\n')}
      isDisabled={!form.name}
      onConfirm={async () => {
        await call('events', 'PutRule', input);
        if (targets.length > 0) await putTargets({ Name: form.name, EventBusName: form.bus }, targets);
        await refresh('events', 'stepwright');
        if (!rule) go(links.rule(form.bus, form.name));
      }}
      onClose={onClose}
    >
      {!rule && (
        <>
          <ColumnLayout columns={2}>
            <FormField label="Name" errorText={nameProblem(form.name)} stretch>
              <Input value={form.name} onChange={({ detail }) => put({ name: detail.value })} autoFocus />
            </FormField>
            <FormField label="Event bus" stretch>
              <Select
                selectedOption={{ value: form.bus, label: form.bus }}
                options={buses.map(({ Name }) => ({ value: Name, label: Name }))}
                onChange={({ detail }) => {
                  const bus = detail.selectedOption.value ?? 'default';
                  put(bus === 'default' ? { bus } : { bus, kind: 'pattern' });
                }}
              />
            </FormField>
          </ColumnLayout>
          <Tiles
            value={form.kind}
            ariaLabel="What the rule waits for"
            onChange={({ detail }) => put({ kind: detail.value })}
            items={[
              { value: 'pattern', label: 'Events', description: 'For each event that its pattern matches' },
              {
                value: 'schedule',
                label: 'A schedule',
                description: 'At a rate or at times of UTC, on the default bus',
                disabled: form.bus !== 'default',
              },
            ]}
          />
        </>
      )}
      {form.kind === 'pattern' ? (
        <FormField
          label="Event pattern"
          description="Every field that it names has to have one of the values listed."
          errorText={jsonProblem(form.pattern)}
          stretch
        >
          <JsonEditor
            label="Event pattern"
            value={form.pattern}
            height={180}
            onChange={(value) => put({ pattern: value })}
          />
        </FormField>
      ) : (
        <ExpressionField
          expression={form.expression}
          timezone="UTC"
          isRule
          onChange={(expression) => put({ expression })}
        />
      )}
      {!rule && (
        <FormField label="Target" description="More of them, and what they are given, on the rule’s page." stretch>
          <TargetPicker value={form.target} onChange={(target) => put({ target })} />
        </FormField>
      )}
      <FormField label="Description" stretch>
        <Input value={form.description} onChange={({ detail }) => put({ description: detail.value })} />
      </FormField>
      <Checkbox checked={form.isEnabled} onChange={({ detail }) => put({ isEnabled: detail.checked })}>
        Enabled
      </Checkbox>
    </ConfirmDialog>
  );
}
