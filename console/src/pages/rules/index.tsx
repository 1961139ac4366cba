import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCommands } from '../../app/commands';
import { usePage } from '../../app/frame';
import { follow, Link } from '../../app/Link';
import { links } from '../../app/links';
import { CollectionTable } from '../../shared/CollectionTable';
import { useParameter } from '../../shared/parameters';
import { Expression, StateOf } from '../schedules/parts';
import { busesQuery, rulesQuery } from './api';
import { RuleForm } from './RuleForm';

const anyBus = { value: '', label: 'Any event bus' };

export function Page() {
  usePage('Rules');
  const { data, error, refetch } = useQuery(rulesQuery);
  const buses = useQuery(busesQuery).data ?? [];
  const [bus, setBus] = useParameter('bus');
  const [isCreating, setCreating] = useState(false);
  useCommands([{ id: 'create-rule', title: 'Create rule', run: () => setCreating(true) }]);
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      Create rule
    </Button>
  );
  return (
    <>
      <CollectionTable
        title="Rules"
        items={data?.filter(({ EventBusName }) => bus === '' || EventBusName === bus)}
        error={error}
        onReload={refetch}
        keyOf={(rule) => rule.Arn}
        textOf={(rule) =>
          `${rule.Name} ${rule.EventBusName} ${rule.State} ${rule.EventPattern ?? ''} ${rule.ScheduleExpression ?? ''} ${rule.Description ?? ''}`
        }
        filterPlaceholder="Find by name, pattern or description"
        filters={
          <Select
            ariaLabel="Event bus"
            selectedOption={bus ? { value: bus, label: bus } : anyBus}
            options={[anyBus, ...buses.map(({ Name }) => ({ value: Name, label: Name }))]}
            onChange={({ detail }) => setBus(detail.selectedOption.value ?? '')}
          />
        }
        sortedBy="name"
        empty={{
          title: 'No rules',
          text: 'A rule calls its targets for each event that its pattern matches.',
          action: create,
        }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button href={links.patternTester} onFollow={follow}>
              Test a pattern
            </Button>
            {create}
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: 'Name',
            sortingField: 'Name',
            isRowHeader: true,
            cell: (rule) => <Link href={links.rule(rule.EventBusName, rule.Name)}>{rule.Name}</Link>,
          },
          { id: 'bus', header: 'Event bus', cell: (rule) => rule.EventBusName, sortingField: 'EventBusName' },
          {
            id: 'state',
            header: 'State',
            cell: (rule) => <StateOf state={rule.State} off="Disabled" />,
            sortingField: 'State',
          },
          {
            id: 'what',
            header: 'Pattern or schedule',
            cell: (rule) =>
              rule.EventPattern ? (
                <code title={rule.EventPattern}>{shortened(rule.EventPattern)}</code>
              ) : (
                <Expression expression={rule.ScheduleExpression ?? ''} zone="UTC" />
              ),
          },
          { id: 'description', header: 'Description', cell: (rule) => rule.Description ?? '–' },
        ]}
      />
      {isCreating && <RuleForm onClose={() => setCreating(false)} />}
    </>
  );
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 72 ? `${line.slice(0, 71)}…` : line;
}
