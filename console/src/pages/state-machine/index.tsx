import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { millisOf } from '../../api/aws';
import { isMissing } from '../../api/errors';
import { useCommands } from '../../app/commands';
import { usePage } from '../../app/frame';
import { follow, go } from '../../app/Link';
import { links, nameOf } from '../../app/links';
import { useUrl } from '../../app/search';
import { download } from '../../shared/browser';
import { CopyableArn } from '../../shared/Copy';
import { ExecutionTable } from '../../shared/executions/ExecutionTable';
import { EmptyState, PendingPage } from '../../shared/Feedback';
import { StartExecution } from '../../shared/start/StartExecution';
import { Time } from '../../shared/Time';
import { AliasesTab } from './AliasesTab';
import { CliTab } from './CliTab';
import { ConfigurationTab } from './ConfigurationTab';
import { DefinitionTab } from './DefinitionTab';
import { DeleteStateMachine } from './DeleteStateMachine';
import { describeQuery, type StateMachine } from './describe';
import { TagsTab } from './TagsTab';
import { TriggersTab } from './TriggersTab';
import { VersionsTab } from './VersionsTab';

export function Page() {
  const { arn = '' } = useParams({ strict: false });
  const { data, error, refetch } = useQuery(describeQuery(arn));
  usePage(data?.name ?? nameOf(arn), [{ text: 'State machines', href: links.stateMachines }]);
  if (!data || isMissing(error)) return <PendingPage title={nameOf(arn)} error={error} onRetry={refetch} />;
  return <StateMachineView machine={data} />;
}

function StateMachineView({ machine }: { machine: StateMachine }) {
  const { stateMachineArn: arn, name, type, definition } = machine;
  const [{ tab = 'executions' }, setUrl] = useUrl();
  const [dialog, setDialog] = useState<'start' | 'delete' | null>(null);
  useCommands([
    { id: 'start', title: `Start execution of ${name}`, run: () => setDialog('start') },
    { id: 'edit', title: `Edit ${name} in Studio`, run: () => go(links.studio(arn)) },
    { id: 'copy', title: `Copy ${name} to new`, run: () => go(links.studio(undefined, { copy: arn })) },
  ]);
  const tabs: { id: string; label: string; content: () => ReactNode }[] = [
    {
      id: 'executions',
      label: 'Executions',
      content: () => (
        <ExecutionTable
          stateMachineArn={arn}
          withStatistics
          empty={
            <EmptyState
              title="No executions"
              action={<Button onClick={() => setDialog('start')}>Start execution</Button>}
            >
              {type === 'EXPRESS' ? 'Of Express workflows the last ones are shown.' : 'It has not run yet.'}
            </EmptyState>
          }
        />
      ),
    },
    { id: 'definition', label: 'Definition', content: () => <DefinitionTab machine={machine} /> },
    { id: 'versions', label: 'Versions', content: () => <VersionsTab arn={arn} /> },
    { id: 'aliases', label: 'Aliases', content: () => <AliasesTab arn={arn} /> },
    { id: 'triggers', label: 'Schedules and rules', content: () => <TriggersTab arn={arn} /> },
    { id: 'configuration', label: 'Configuration', content: () => <ConfigurationTab machine={machine} /> },
    { id: 'tags', label: 'Tags', content: () => <TagsTab arn={arn} /> },
    { id: 'cli', label: 'CLI', content: () => <CliTab machine={machine} /> },
  ];
  const shown = tabs.some(({ id }) => id === tab) ? tab : 'executions';
  return (
    <SpaceBetween size="s">
      <Header
        variant="h1"
        description={<CopyableArn arn={arn} />}
        info={
          <span style={{ marginInlineStart: 8 }}>
            <Badge color={type === 'EXPRESS' ? 'blue' : 'grey'}>{type === 'EXPRESS' ? 'Express' : 'Standard'}</Badge>
          </span>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              items={[
                { id: 'copy', text: 'Copy to new', href: links.studio(undefined, { copy: arn }) },
                { id: 'export', text: 'Export definition' },
                { id: 'delete', text: 'Delete' },
              ]}
              onItemFollow={follow}
              onItemClick={({ detail }) => {
                if (detail.id === 'delete') setDialog('delete');
                else if (detail.id === 'export') download(`${name}.asl.json`, definition);
              }}
            >
              Actions
            </ButtonDropdown>
            <Button href={links.studio(arn)} onFollow={follow}>
              Edit
            </Button>
            <Button variant="primary" onClick={() => setDialog('start')}>
              Start execution
            </Button>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Role', value: <CopyableArn arn={machine.roleArn} label="role" /> },
          { label: 'Created', value: <Time millis={millisOf(machine.creationDate)} /> },
          { label: 'Comment', value: commentOf(definition) ?? '–' },
        ]}
      />
      <Tabs
        activeTabId={shown}
        ariaLabel="State machine"
        onChange={({ detail }) =>
          setUrl({ tab: detail.activeTabId === 'executions' ? undefined : detail.activeTabId }, { push: true })
        }
        tabs={tabs.map(({ id, label, content }) => ({ id, label, content: id === shown && content() }))}
      />
      {dialog === 'start' && <StartExecution stateMachineArn={arn} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && (
        <DeleteStateMachine arn={arn} onClose={() => setDialog(null)} onDeleted={() => go(links.stateMachines)} />
      )}
    </SpaceBetween>
  );
}

function commentOf(definition: string): string | undefined {
  try {
    const comment = (JSON.parse(definition) as { Comment?: unknown }).Comment;
    return typeof comment === 'string' && comment !== '' ? comment : undefined;
  } catch {
    return undefined;
  }
}
