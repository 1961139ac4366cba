import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useDocument } from '../context';
import type { Config } from './config';

const levels: { value: Config['logging']['level']; label: string; description: string }[] = [
  { value: 'OFF', label: 'OFF', description: 'Nothing is logged' },
  { value: 'FATAL', label: 'FATAL', description: 'How executions failed' },
  { value: 'ERROR', label: 'ERROR', description: 'All errors' },
  { value: 'ALL', label: 'ALL', description: 'All events' },
];

export function Logging({ problem }: { problem: string | undefined }) {
  const logging = useDocument((state) => state.config.logging);
  const setConfig = useDocument((state) => state.setConfig);
  const set = (values: Partial<Config['logging']>) => setConfig({ logging: { ...logging, ...values } });
  return (
    <Container header={<Header variant="h2">Logging</Header>}>
      <SpaceBetween size="m">
        <FormField label="Log level">
          <Select
            options={levels}
            selectedOption={levels.find(({ value }) => value === logging.level) ?? null}
            onChange={({ detail }) => set({ level: detail.selectedOption.value as Config['logging']['level'] })}
          />
        </FormField>
        {logging.level !== 'OFF' && (
          <>
            <FormField label="Log group" errorText={problem} constraintText="Its ARN, which ends with :*">
              <Input
                value={logging.logGroupArn}
                placeholder="arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/MyStateMachine:*"
                onChange={({ detail }) => set({ logGroupArn: detail.value })}
              />
            </FormField>
            <Toggle
              checked={logging.includeExecutionData}
              onChange={({ detail }) => set({ includeExecutionData: detail.checked })}
            >
              Log input, output and data between states too
            </Toggle>
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}
