import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { isMissing } from '../../api/errors';
import { usePage } from '../../app/frame';
import { links } from '../../app/links';
import { CopyableArn } from '../../shared/Copy';
import { PendingPage } from '../../shared/Feedback';
import { useParameter } from '../../shared/parameters';
import { Time } from '../../shared/Time';
import { functionQuery } from '../functions/api';
import { Configuration } from './Configuration';
import { Logs } from './Logs';
import { TestInvocation } from './TestInvocation';
import { Versions } from './Versions';

export function Page() {
  const { name = '' }: { name?: string } = useParams({ strict: false });
  usePage(name, [{ text: 'Functions', href: links.functions }]);
  const { data, error, refetch } = useQuery(functionQuery(name));
  const [tab, setTab] = useParameter('tab', 'test');
  if (!data || isMissing(error)) return <PendingPage title={name} error={error} onRetry={refetch} />;
  const tabs: { id: string; label: string; content(): ReactNode }[] = [
    { id: 'test', label: 'Test', content: () => <TestInvocation key={name} name={name} /> },
    {
      id: 'logs',
      label: 'Logs',
      content: () => <Logs group={data.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`} />,
    },
    { id: 'configuration', label: 'Configuration', content: () => <Configuration configuration={data} /> },
    { id: 'versions', label: 'Versions and aliases', content: () => <Versions name={name} /> },
  ];
  const shown = tabs.some(({ id }) => id === tab) ? tab : 'test';
  return (
    <SpaceBetween size="s">
      <Header variant="h1" description={<CopyableArn arn={data.FunctionArn} />}>
        {name}
      </Header>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Description', value: data.Description || '–' },
          { label: 'Runtime', value: `${data.Runtime ?? '–'}, ${data.Handler ?? '–'}` },
          { label: 'Memory, timeout', value: `${data.MemorySize} MB, ${data.Timeout} s` },
          { label: 'Last modified', value: <Time millis={Date.parse(data.LastModified)} /> },
        ]}
      />
      <Tabs
        activeTabId={shown}
        ariaLabel="Function"
        onChange={({ detail }) => setTab(detail.activeTabId)}
        tabs={tabs.map(({ id, label, content }) => ({ id, label, content: id === shown && content() }))}
      />
    </SpaceBetween>
  );
}
