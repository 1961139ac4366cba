import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useDocument } from '../context';

export function Encryption({ problem }: { problem: string | undefined }) {
  const encryption = useDocument((state) => state.config.encryption);
  const setConfig = useDocument((state) => state.setConfig);
  return (
    <SpaceBetween size="m">
      <FormField label="Encryption at rest">
        <RadioGroup
          value={encryption ? 'customer' : 'own'}
          ariaLabel="Encryption at rest"
          onChange={({ detail }) =>
            setConfig({
              encryption: detail.value === 'own' ? null : { kmsKeyId: '', kmsDataKeyReusePeriodSeconds: null },
            })
          }
          items={[
            { value: 'own', label: 'Key of the server' },
            { value: 'customer', label: 'Customer managed KMS key', description: 'For state machines that go to AWS.' },
          ]}
        />
      </FormField>
      {encryption && (
        <FormField label="KMS key" errorText={problem} description="Its ID, its ARN or an alias.">
          <Input
            value={encryption.kmsKeyId}
            onChange={({ detail }) => setConfig({ encryption: { ...encryption, kmsKeyId: detail.value } })}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}
