import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Command } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import type { StateMachine } from './describe';

/** What the AWS CLI is asked for the same. */
export function CliTab({ machine }: { machine: StateMachine }) {
  const { stateMachineArn, type } = machine;
  const start = type === 'EXPRESS' ? 'StartSyncExecution' : 'StartExecution';
  const commands: [string, string, object][] = [
    ['Start an execution', start, { stateMachineArn, input: '{}' }],
    ['Show the definition', 'DescribeStateMachine', { stateMachineArn }],
    ...(type === 'STANDARD'
      ? ([['List running executions', 'ListExecutions', { stateMachineArn, statusFilter: 'RUNNING' }]] as [
          string,
          string,
          object,
        ][])
      : []),
    ['Publish a version', 'PublishStateMachineVersion', { stateMachineArn }],
    ['Delete', 'DeleteStateMachine', { stateMachineArn }],
  ];
  return (
    <Container
      header={
        <Header description="The AWS CLI wants a region and credentials; a server on loopback takes any.">
          AWS CLI
        </Header>
      }
    >
      <SpaceBetween size="s">
        {commands.map(([title, operation, input]) => (
          <div key={title}>
            <Box variant="awsui-key-label">{title}</Box>
            <Command command={cli('stepfunctions', operation, input)} />
          </div>
        ))}
      </SpaceBetween>
    </Container>
  );
}
