import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useDocument } from '../context';
import { namesIn } from '../save/deployable';

/** A field for each `${Name}` of the definition. */
export function Substitutions() {
  const text = useDocument((state) => state.text);
  const values = useDocument((state) => state.config.substitutions);
  const setConfig = useDocument((state) => state.setConfig);
  const names = namesIn(text);
  if (names.length === 0) return <Box color="text-body-secondary">The definition has no {'${Name}'}.</Box>;
  return (
    <SpaceBetween size="s">
      {names.map((name) => (
        <FormField key={name} label={`\${${name}}`}>
          <Input
            value={values[name] ?? ''}
            onChange={({ detail }) => setConfig({ substitutions: { ...values, [name]: detail.value } })}
          />
        </FormField>
      ))}
    </SpaceBetween>
  );
}
