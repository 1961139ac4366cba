import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { millisOf } from '../../api/aws';
import { isMissing } from '../../api/errors';
import { useCommands } from '../../app/commands';
import { usePage } from '../../app/frame';
import { follow, go } from '../../app/Link';
import { baseArn, links, nameOf } from '../../app/links';
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
  const base = baseArn(arn);
  // An alias has no definition of its own.
  if (arn !== base && !isVersion(arn))
    return <Navigate to={links.stateMachine(base)} search={{ tab: 'aliases' }} replace />;
  return <Described key={arn} arn={arn} />;
}

const isVersion = (arn: string) => /^\d+$/.test(nameOf(arn));

function Described({ arn }: { arn: string }) {
  const { data, error, refetch } = useQuery(describeQuery(arn));
  const base = baseArn(arn);
  const title = arn === base ? (data?.name ?? nameOf(arn)) : `Version ${nameOf(arn)}`;
  usePage(title, [
    { text: 'State machines', href: links.stateMachines },
    ...(arn === base ? [] : [{ text: nameOf(base), href: links.stateMachine(base) }]),
  ]);
  if (!data || isMissing(error)) return <PendingPage title={title} error={error} onRetry={refetch} />;
  return <StateMachineView machine={data} />;
}

function StateMachineView({ machine }: { machine: StateMachine }) {
  const { stateMachineArn: arn, name, type, definition } = machine;
  // A version is there to be read and started, not to be changed.
  const base = baseArn(arn);
  const version = arn === base ? null : nameOf(arn);
  const first = version ? 'definition' : 'executions';
  const [{ tab = first }, setUrl] = useUrl();
  const [dialog, setDialog] = useState<'start' | 'delete' | null>(null);
  useCommands([
    { id: 'start', title: `Start execution of ${name}`, run: () => setDialog('start') },
    { id: 'edit', title: `Edit ${name} in Studio`, run: () => go(links.studio(base)) },
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
  const there = version ? tabs.filter(({ id }) => id === 'definition' || id === 'configuration') : tabs;
  const shown = there.some(({ id }) => id === tab) ? tab : first;
  return (
    <SpaceBetween size="s">
      <Header
        variant="h1"
        description={<CopyableArn arn={arn} />}
        info={
          <span style={{ marginInlineStart: 8 }}>
            {version && (
              <>
                <Badge color="severity-neutral">Version {version}</Badge>{' '}
              </>
            )}
            <Badge color={type === 'EXPRESS' ? 'blue' : 'grey'}>{type === 'EXPRESS' ? 'Express' : 'Standard'}</Badge>
          </span>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              items={[
                { id: 'copy', text: 'Copy to new', href: links.studio(undefined, { copy: arn }) },
                { id: 'export', text: 'Export definition' },
                ...(version ? [] : [{ id: 'delete', text: 'Delete' }]),
              ]}
              onItemFollow={follow}
              onItemClick={({ detail }) => {
                if (detail.id === 'delete') setDialog('delete');
                else if (detail.id === 'export') download(`${name}.asl.json`, definition);
              }}
            >
              Actions
            </ButtonDropdown>
            {version ? (
              <Button href={links.stateMachine(base)} onFollow={follow}>
                Latest revision
              </Button>
            ) : (
              <Button href={links.studio(arn)} onFollow={follow}>
                Edit
              </Button>
            )}
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
          setUrl({ tab: detail.activeTabId === first ? undefined : detail.activeTabId }, { push: true })
        }
        tabs={there.map(({ id, label, content }) => ({ id, label, content: id === shown && content() }))}
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
