import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { ApiError } from '../../api/errors';
import { aws, infoQuery, refresh } from '../../api/queries';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { JsonEditor } from '../../studio/code';
import { NextTimes } from '../schedules/NextTimes';
import { busesQuery, type Rule, type Target } from './api';

const samplePattern = `{
  "source": ["aws.states"],
  "detail-type": ["Step Functions Execution Status Change"],
  "detail": { "status": ["FAILED", "TIMED_OUT"] }
}`;

/** Creates a rule with its target, or changes a rule. */
export function RuleForm({ rule, onClose }: { rule?: Rule; onClose(): void }) {
  const [form, setForm] = useState({
    name: rule?.Name ?? '',
    bus: rule?.EventBusName ?? 'default',
    kind: rule?.ScheduleExpression ? 'schedule' : 'pattern',
    pattern: rule?.EventPattern ? pretty(rule.EventPattern) : samplePattern,
    expression: rule?.ScheduleExpression ?? 'rate(1 hour)',
    description: rule?.Description ?? '',
    isEnabled: rule?.State !== 'DISABLED',
    target: '',
  });
  const put = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  const buses = useQuery(busesQuery).data ?? [];
  const input = {
    Name: form.name,
    EventBusName: form.bus,
    ...(form.kind === 'pattern' ? { EventPattern: form.pattern } : { ScheduleExpression: form.expression }),
    ...(form.description ? { Description: form.description } : {}),
    ...(rule?.RoleArn ? { RoleArn: rule.RoleArn } : {}),
    State: form.isEnabled ? 'ENABLED' : 'DISABLED',
  };
  return (
    <ConfirmDialog
      title={rule ? `Edit ${rule.Name}` : 'Create rule'}
      confirm={rule ? 'Save' : 'Create rule'}
      size="large"
      command={cli('events', 'PutRule', input)}
      isDisabled={!form.name}
      onConfirm={async () => {
        await call('events', 'PutRule', input);
        if (form.target) {
          await putTargets({ Name: form.name, EventBusName: form.bus }, [{ Id: 'target', Arn: form.target }]);
        }
        await refresh('events', 'stepwright');
      }}
      onClose={onClose}
    >
      <ColumnLayout columns={2}>
        <FormField label="Name">
          <Input
            value={form.name}
            disabled={Boolean(rule)}
            onChange={({ detail }) => put({ name: detail.value })}
            autoFocus={!rule}
          />
        </FormField>
        <FormField label="Event bus">
          <Select
            disabled={Boolean(rule)}
            selectedOption={{ value: form.bus, label: form.bus }}
            options={buses.map(({ Name }) => ({ value: Name, label: Name }))}
            onChange={({ detail }) => put({ bus: detail.selectedOption.value ?? 'default' })}
          />
        </FormField>
      </ColumnLayout>
      <Tiles
        value={form.kind}
        ariaLabel="What the rule waits for"
        onChange={({ detail }) => put({ kind: detail.value })}
        items={[
          { value: 'pattern', label: 'Events', description: 'For each event that a pattern matches' },
          {
            value: 'schedule',
            label: 'A schedule',
            description: 'At a rate, or at times of UTC',
            disabled: form.bus !== 'default',
          },
        ]}
      />
      {form.kind === 'pattern' ? (
        <FormField label="Event pattern">
          <JsonEditor
            label="Event pattern"
            value={form.pattern}
            height={180}
            onChange={(value) => put({ pattern: value })}
          />
        </FormField>
      ) : (
        <FormField label="Schedule" constraintText="cron(minutes hours day month weekday year) or rate(…), in UTC">
          <SpaceBetween size="xs">
            <Input value={form.expression} onChange={({ detail }) => put({ expression: detail.value })} />
            <NextTimes expression={form.expression} timezone="UTC" isRule />
          </SpaceBetween>
        </FormField>
      )}
      {!rule && (
        <FormField label="Target" description="More of them, and what they are given, on the rule's page.">
          <TargetPicker value={form.target} onChange={(target) => put({ target })} />
        </FormField>
      )}
      <FormField label="Description">
        <Input value={form.description} onChange={({ detail }) => put({ description: detail.value })} />
      </FormField>
      <Checkbox checked={form.isEnabled} onChange={({ detail }) => put({ isEnabled: detail.checked })}>
        Enabled
      </Checkbox>
    </ConfirmDialog>
  );
}

/** State machines and functions of this server, or any ARN. */
export function TargetPicker({ value, onChange }: { value: string; onChange(arn: string): void }) {
  const machines = useQuery(
    aws<{ stateMachines: { stateMachineArn: string; name: string }[] }>('stepfunctions', 'ListStateMachines', {
      maxResults: 1000,
    }),
  );
  const functions = useQuery(
    aws<{ Functions: { FunctionArn: string; FunctionName: string }[] }>('lambda', 'ListFunctions'),
  );
  const option = (arn: string, label: string) => ({ value: arn, label, description: arn });
  return (
    <Autosuggest
      value={value}
      ariaLabel="Target ARN"
      placeholder="arn:aws:…"
      options={[
        {
          label: 'State machines',
          options: (machines.data?.stateMachines ?? []).map((one) => option(one.stateMachineArn, one.name)),
        },
        {
          label: 'Functions',
          options: (functions.data?.Functions ?? []).map((one) => option(one.FunctionArn, one.FunctionName)),
        },
      ]}
      enteredTextLabel={(text) => `Use ${text}`}
      onChange={({ detail }) => onChange(detail.value)}
    />
  );
}

/** AWS refuses targets one by one, in an answer that is a success. */
export async function putTargets(rule: Pick<Rule, 'Name' | 'EventBusName'>, targets: Target[]) {
  const input = { Rule: rule.Name, EventBusName: rule.EventBusName, Targets: targets };
  const answer = await call<{ FailedEntries?: { ErrorCode: string; ErrorMessage: string }[] }>(
    'events',
    'PutTargets',
    input,
  );
  const failed = answer.FailedEntries?.[0];
  if (failed) throw new ApiError(failed.ErrorCode, failed.ErrorMessage, 400);
}

/** Adds a target to a rule, or changes one. */
export function TargetForm({ rule, target, onClose }: { rule: Rule; target?: Target; onClose(): void }) {
  const [arn, setArn] = useState(target?.Arn ?? '');
  const [role, setRole] = useState(target?.RoleArn ?? '');
  const [given, setGiven] = useState(
    target?.InputTransformer ? 'transformer' : target?.InputPath ? 'path' : target?.Input ? 'constant' : 'event',
  );
  const [constant, setConstant] = useState(target?.Input ?? '{}');
  const [path, setPath] = useState(target?.InputPath ?? '$.detail');
  const [transformer, setTransformer] = useState(
    JSON.stringify(
      target?.InputTransformer ?? {
        InputPathsMap: { status: '$.detail.status' },
        InputTemplate: '{"status": <status>}',
      },
      null,
      2,
    ),
  );
  const account = useQuery(infoQuery).data?.account ?? '123456789012';
  const {
    Input: _input,
    InputPath: _path,
    InputTransformer: _transformer,
    ...kept
  } = target ?? { Id: `target-${Date.now().toString(36)}`, Arn: '' };
  const made = (): Target => ({
    ...kept,
    Arn: arn,
    ...(role || arn.includes(':states:') ? { RoleArn: role || `arn:aws:iam::${account}:role/events` } : {}),
    ...(given === 'constant' ? { Input: constant } : {}),
    ...(given === 'path' ? { InputPath: path } : {}),
    ...(given === 'transformer' ? { InputTransformer: JSON.parse(transformer) } : {}),
  });
  return (
    <ConfirmDialog
      title={target ? `Edit target ${target.Id}` : 'Add target'}
      confirm={target ? 'Save' : 'Add target'}
      size="large"
      isDisabled={!arn}
      command={
        isJson(transformer)
          ? cli('events', 'PutTargets', { Rule: rule.Name, EventBusName: rule.EventBusName, Targets: [made()] })
          : undefined
      }
      onConfirm={async () => {
        await putTargets(rule, [made()]);
        await refresh('events');
      }}
      onClose={onClose}
    >
      <FormField label="Target">
        <TargetPicker value={arn} onChange={setArn} />
      </FormField>
      <FormField label="Role" description="Kept for AWS; this server asks for none.">
        <Input value={role} placeholder="arn:aws:iam::…:role/…" onChange={({ detail }) => setRole(detail.value)} />
      </FormField>
      <FormField label="Input">
        <Select
          selectedOption={inputs.find(({ value }) => value === given) ?? null}
          options={inputs}
          onChange={({ detail }) => setGiven(detail.selectedOption.value as typeof given)}
        />
      </FormField>
      {given === 'constant' && <JsonEditor label="Constant" value={constant} height={120} onChange={setConstant} />}
      {given === 'path' && (
        <Input ariaLabel="Part of the event" value={path} onChange={({ detail }) => setPath(detail.value)} />
      )}
      {given === 'transformer' && (
        <JsonEditor label="Input transformer" value={transformer} height={160} onChange={setTransformer} />
      )}
    </ConfirmDialog>
  );
}

const inputs = [
  { value: 'event', label: 'The event as it is' },
  { value: 'path', label: 'A part of the event' },
  { value: 'constant', label: 'A constant' },
  { value: 'transformer', label: 'An input transformer' },
];

export function RemoveTargetDialog({ rule, target, onClose }: { rule: Rule; target: Target; onClose(): void }) {
  const input = { Rule: rule.Name, EventBusName: rule.EventBusName, Ids: [target.Id] };
  return (
    <ConfirmDialog
      title="Remove target"
      confirm="Remove"
      command={cli('events', 'RemoveTargets', input)}
      onConfirm={async () => {
        await call('events', 'RemoveTargets', input);
        await refresh('events');
      }}
      onClose={onClose}
    >
      <span>
        <b>{target.Arn}</b> is not called by this rule any more.
      </span>
    </ConfirmDialog>
  );
}

export function AddButton({ onClick }: { onClick(): void }) {
  return <Button onClick={onClick}>Add target</Button>;
}

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

function pretty(text: string): string {
  return isJson(text) ? JSON.stringify(JSON.parse(text), null, 2) : text;
}
