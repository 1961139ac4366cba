import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { CollectionTable } from '../../shared/CollectionTable';
import { StateOf } from '../schedules/parts';
import { rulesQuery } from './api';
import { RuleForm } from './form';

export function Page() {
  const { data, error, refetch } = useQuery(rulesQuery);
  const [isCreating, setCreating] = useState(false);
  const create = <Button onClick={() => setCreating(true)}>Create rule</Button>;
  return (
    <>
      <CollectionTable
        title="Rules"
        items={data}
        error={error}
        onReload={refetch}
        keyOf={(rule) => rule.Arn}
        textOf={(rule) =>
          `${rule.Name} ${rule.EventBusName} ${rule.EventPattern ?? ''} ${rule.ScheduleExpression ?? ''}`
        }
        filterPlaceholder="Find rules"
        sortedBy="name"
        empty={{
          title: 'No rules',
          text: 'A rule calls its targets for each event that its pattern matches.',
          action: create,
        }}
        actions={
          <>
            <Link to="/console/pattern-tester" search={{}}>
              <Button ariaLabel="Test a pattern">Test a pattern</Button>
            </Link>{' '}
            <Button variant="primary" onClick={() => setCreating(true)}>
              Create rule
            </Button>
          </>
        }
        columns={[
          {
            id: 'name',
            header: 'Name',
            sortingField: 'Name',
            isRowHeader: true,
            cell: (rule) => (
              <Link to="/console/rules/$bus/$name" params={{ bus: rule.EventBusName, name: rule.Name }} search={{}}>
                {rule.Name}
              </Link>
            ),
          },
          { id: 'bus', header: 'Event bus', cell: (rule) => rule.EventBusName, sortingField: 'EventBusName' },
          { id: 'state', header: 'State', cell: (rule) => <StateOf state={rule.State} />, sortingField: 'State' },
          {
            id: 'what',
            header: 'Pattern or schedule',
            cell: (rule) => (
              <code title={rule.EventPattern}>{shortened(rule.EventPattern ?? rule.ScheduleExpression ?? '')}</code>
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
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
