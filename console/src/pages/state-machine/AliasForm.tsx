import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { nameOf } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { versionsQuery } from './VersionsTab';

export interface Alias {
  stateMachineAliasArn: string;
  name: string;
  description?: string;
  routingConfiguration: { stateMachineVersionArn: string; weight: number }[];
}

interface AliasFormProps {
  stateMachineArn: string;
  /** The one that is changed. */
  alias?: Alias;
  onClose(): void;
}

export function AliasForm({ stateMachineArn, alias, onClose }: AliasFormProps) {
  const [name, setName] = useState(alias?.name ?? '');
  const [description, setDescription] = useState(alias?.description ?? '');
  const [first, second] = alias?.routingConfiguration ?? [];
  const [version, setVersion] = useState(first?.stateMachineVersionArn ?? '');
  const [other, setOther] = useState(second?.stateMachineVersionArn ?? '');
  const [weight, setWeight] = useState(String(second?.weight ?? 10));
  const versions = useQuery(versionsQuery(stateMachineArn)).data ?? [];
  const options = versions.map(({ stateMachineVersionArn: arn }) => ({ value: arn, label: `Version ${nameOf(arn)}` }));
  const optionOf = (arn: string) => options.find(({ value }) => value === arn) ?? null;

  const share = Number(weight);
  const weightProblem =
    other && !(Number.isInteger(share) && share >= 0 && share <= 100) ? 'A whole number from 0 to 100.' : undefined;
  const routingConfiguration = other
    ? [
        { stateMachineVersionArn: version, weight: 100 - share },
        { stateMachineVersionArn: other, weight: share },
      ]
    : [{ stateMachineVersionArn: version, weight: 100 }];
  const common = { description: description || undefined, routingConfiguration };
  const [operation, input] = alias
    ? ['UpdateStateMachineAlias', { stateMachineAliasArn: alias.stateMachineAliasArn, ...common }]
    : ['CreateStateMachineAlias', { name, ...common }];
  return (
    <ConfirmDialog
      title={alias ? `Edit alias ${alias.name}` : 'Create alias'}
      confirm={alias ? 'Save' : 'Create'}
      command={cli('stepfunctions', operation, input)}
      isDisabled={name === '' || version === '' || weightProblem !== undefined}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', operation, input);
        await refresh('stepfunctions');
      }}
    >
      <SpaceBetween size="m">
        <FormField label="Name" constraintText="Letters, digits, and . _ -; not a number alone.">
          <Input
            value={name}
            disabled={alias !== undefined}
            onChange={({ detail }) => setName(detail.value)}
            autoFocus
          />
        </FormField>
        <FormField label="Description – optional">
          <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
        <FormField
          label="Version"
          errorText={versions.length === 0 ? 'There is no version yet: publish one first.' : undefined}
        >
          <Select
            options={options}
            selectedOption={optionOf(version)}
            placeholder="Choose a version"
            onChange={({ detail }) => setVersion(detail.selectedOption.value ?? '')}
          />
        </FormField>
        <FormField label="Second version – optional" description="Some of the executions go to it.">
          <Select
            options={[{ value: '', label: 'None' }, ...options.filter(({ value }) => value !== version)]}
            selectedOption={optionOf(other) ?? { value: '', label: 'None' }}
            onChange={({ detail }) => setOther(detail.selectedOption.value ?? '')}
          />
        </FormField>
        {other && (
          <FormField label="Its weight in percent" errorText={weightProblem}>
            <Input type="number" value={weight} onChange={({ detail }) => setWeight(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </ConfirmDialog>
  );
}
