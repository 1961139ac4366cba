import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { CopyableArn } from '../../shared/Copy';
import { ErrorBox, Loading } from '../../shared/Feedback';
import { useParameter } from '../../shared/parameters';
import { Time } from '../../shared/Time';
import { bytesText, functionQuery } from '../functions/api';
import { Configuration } from './Configuration';
import { Logs } from './Logs';
import { TestInvocation } from './TestInvocation';

export function Page() {
  const { name = '' }: { name?: string } = useParams({ strict: false });
  const { data, error, refetch } = useQuery(functionQuery(name));
  const [tab, setTab] = useParameter('tab', 'test');
  if (error) {
    return (
      <SpaceBetween size="m">
        <Header variant="h1">{name}</Header>
        <ErrorBox error={error} onRetry={() => refetch()} />
      </SpaceBetween>
    );
  }
  if (!data) return <Loading what="Loading the function" />;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={data.Description}>
        {name}
      </Header>
      <Container>
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Runtime', value: data.Runtime ?? '–' },
            { label: 'Handler', value: data.Handler ?? '–' },
            { label: 'Memory and timeout', value: `${data.MemorySize} MB, ${data.Timeout} s` },
            { label: 'Package', value: bytesText(data.CodeSize) },
            { label: 'State', value: data.State ?? '–' },
            { label: 'Last modified', value: <Time millis={Date.parse(data.LastModified)} /> },
            { label: 'ARN', value: <CopyableArn arn={data.FunctionArn} /> },
          ]}
        />
      </Container>
      <Tabs
        activeTabId={tab}
        onChange={({ detail }) => setTab(detail.activeTabId)}
        tabs={[
          { id: 'test', label: 'Test', content: <TestInvocation name={name} /> },
          {
            id: 'logs',
            label: 'Logs',
            content: <Logs group={data.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`} />,
          },
          { id: 'configuration', label: 'Configuration', content: <Configuration configuration={data} /> },
        ]}
      />
    </SpaceBetween>
  );
}
