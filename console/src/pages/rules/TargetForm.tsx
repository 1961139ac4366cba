import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { infoQuery, refresh } from '../../api/queries';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { jsonProblem } from '../../shared/json/text';
import { JsonEditor } from '../../studio/code';
import { putTargets, type Rule, type Target } from './api';
import { roleFor, TargetPicker } from './target';

const inputs = [
  { value: 'event', label: 'The event as it is' },
  { value: 'path', label: 'A part of the event' },
  { value: 'constant', label: 'A constant' },
  { value: 'transformer', label: 'An input transformer' },
] as const;
type Given = (typeof inputs)[number]['value'];

/** Adds a target to a rule, or changes one. */
export function TargetForm({ rule, target, onClose }: { rule: Rule; target?: Target; onClose(): void }) {
  const account = useQuery(infoQuery).data?.account ?? '123456789012';
  const [form, setForm] = useState(() => ({
    id: target?.Id ?? `target-${Date.now().toString(36)}`,
    arn: target?.Arn ?? '',
    role: target?.RoleArn ?? '',
    given: givenOf(target),
    constant: target?.Input ?? '{}',
    path: target?.InputPath ?? '$.detail',
    paths: JSON.stringify(target?.InputTransformer?.InputPathsMap ?? { status: '$.detail.status' }, null, 2),
    template: target?.InputTransformer?.InputTemplate ?? '{"status": <status>}',
  }));
  const put = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  const isReady = form.arn !== '' && (form.given !== 'transformer' || jsonProblem(form.paths) === null);
  // What the form does not know of a target goes along.
  const { Input: _input, InputPath: _path, InputTransformer: _transformer, ...kept } = target ?? {};
  const made = (): Target => ({
    ...kept,
    Id: form.id,
    Arn: form.arn,
    RoleArn: form.role || roleFor(form.arn, account),
    ...(form.given === 'constant' ? { Input: form.constant } : {}),
    ...(form.given === 'path' ? { InputPath: form.path } : {}),
    ...(form.given === 'transformer'
      ? { InputTransformer: { InputPathsMap: JSON.parse(form.paths), InputTemplate: form.template } }
      : {}),
  });
  return (
    <ConfirmDialog
      title={target ? `Edit ${target.Id}` : 'Add target'}
      confirm={target ? 'Save' : 'Add target'}
      size="large"
      isDisabled={!isReady}
      command={
        isReady
          ? cli('events', 'PutTargets', { Rule: rule.Name, EventBusName: rule.EventBusName, Targets: [made()] })
          : undefined
      }
      onConfirm={async () => {
        await putTargets(rule, [made()]);
        await refresh('events');
      }}
      onClose={onClose}
    >
      <FormField label="Target" stretch>
        <TargetPicker value={form.arn} onChange={(arn) => put({ arn })} />
      </FormField>
      <ColumnLayout columns={2}>
        <FormField label="Role" constraintText="For AWS; this server asks for none." stretch>
          <Input
            value={form.role}
            placeholder={`arn:aws:iam::${account}:role/events`}
            onChange={({ detail }) => put({ role: detail.value })}
          />
        </FormField>
        <FormField label="Input" stretch>
          <Select
            selectedOption={inputs.find(({ value }) => value === form.given) ?? null}
            options={inputs}
            onChange={({ detail }) => put({ given: detail.selectedOption.value as Given })}
          />
        </FormField>
      </ColumnLayout>
      {form.given === 'constant' && (
        <FormField label="Constant" errorText={jsonProblem(form.constant)} stretch>
          <JsonEditor label="Constant" value={form.constant} height={120} onChange={(constant) => put({ constant })} />
        </FormField>
      )}
      {form.given === 'path' && (
        <FormField label="Part of the event" constraintText="A JSONPath, such as $.detail" stretch>
          <Input value={form.path} onChange={({ detail }) => put({ path: detail.value })} />
        </FormField>
      )}
      {form.given === 'transformer' && (
        <ColumnLayout columns={2}>
          <FormField
            label="Input paths"
            description="Names for parts of the event"
            errorText={jsonProblem(form.paths)}
            stretch
          >
            <JsonEditor label="Input paths" value={form.paths} height={150} onChange={(paths) => put({ paths })} />
          </FormField>
          <FormField label="Template" description="What the target is given; <name> stands for a part" stretch>
            <JsonEditor
              label="Template"
              language="text"
              value={form.template}
              height={150}
              onChange={(template) => put({ template })}
            />
          </FormField>
        </ColumnLayout>
      )}
    </ConfirmDialog>
  );
}

function givenOf(target?: Target): Given {
  if (target?.InputTransformer) return 'transformer';
  if (target?.InputPath) return 'path';
  return target?.Input === undefined ? 'event' : 'constant';
}

export function RemoveTargetDialog({ rule, target, onClose }: { rule: Rule; target: Target; onClose(): void }) {
  const input = { Rule: rule.Name, EventBusName: rule.EventBusName, Ids: [target.Id] };
  return (
    <ConfirmDialog
      title={`Remove ${target.Id}?`}
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
