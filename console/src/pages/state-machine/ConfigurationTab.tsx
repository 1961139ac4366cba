import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { millisOf } from '../../api/aws';
import { follow } from '../../app/Link';
import { links } from '../../app/links';
import { CopyableArn } from '../../shared/Copy';
import { Time } from '../../shared/Time';
import type { StateMachine } from './describe';

export function ConfigurationTab({ machine }: { machine: StateMachine }) {
  const { loggingConfiguration: logging, tracingConfiguration: tracing, encryptionConfiguration: encryption } = machine;
  const logGroup = logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  return (
    <Container
      header={
        <Header
          actions={
            <Button href={links.studio(machine.stateMachineArn, { mode: 'config' })} onFollow={follow}>
              Edit
            </Button>
          }
        >
          Configuration
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Type', value: machine.type === 'EXPRESS' ? 'Express' : 'Standard' },
          {
            label: 'Revision',
            value: machine.revisionId ? <CopyableArn arn={machine.revisionId} label="revision" /> : 'Initial',
          },
          { label: 'Revised or created', value: <Time millis={millisOf(machine.creationDate)} /> },
          { label: 'Execution role', value: <CopyableArn arn={machine.roleArn} label="role" /> },
          { label: 'Log level', value: logging?.level ?? 'OFF' },
          { label: 'Execution data in logs', value: logging?.includeExecutionData ? 'Included' : 'Left out' },
          { label: 'Log group', value: logGroup ? <CopyableArn arn={logGroup} label="log group" /> : '–' },
          { label: 'X-Ray tracing', value: tracing?.enabled ? 'Enabled' : 'Disabled' },
          {
            label: 'Encryption',
            value:
              encryption?.type === 'CUSTOMER_MANAGED_KMS_KEY'
                ? (encryption.kmsKeyId ?? encryption.type)
                : 'AWS owned key',
          },
        ]}
      />
    </Container>
  );
}
