import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { JsonView } from '../../shared/JsonView';
import { ScrollText } from '../../shared/ScrollText';
import { durationText } from '../../shared/time';
import type { Invoked } from '../functions/api';
import { failureOf, reportOf } from './report';

/** What an invocation answered, and what it cost. */
export function Result({ invoked }: { invoked: Invoked & { millis: number } }) {
  const log = invoked.LogResult ? textOf(invoked.LogResult) : '';
  const failure = invoked.FunctionError === undefined ? null : failureOf(invoked.Payload);
  return (
    <SpaceBetween size="s">
      {failure ? (
        <Alert type="error" header={failure.type ?? `${invoked.FunctionError} error`}>
          {failure.message}
        </Alert>
      ) : (
        <Alert type="success">Succeeded</Alert>
      )}
      <KeyValuePairs
        columns={3}
        items={[
          ...reportOf(log).map(([label, value]) => ({ label, value })),
          { label: 'Seen from here', value: durationText(invoked.millis) },
          { label: 'Version', value: invoked.ExecutedVersion ?? '–' },
        ]}
      />
      {failure && failure.stack.length > 0 && (
        <Section title="Stack trace">
          <ScrollText label="Stack trace">{failure.stack.map((line) => line.trimEnd()).join('\n')}</ScrollText>
        </Section>
      )}
      <Section title="Payload">
        <JsonView text={invoked.Payload} label="Result" maxHeight={280} />
      </Section>
      {log && (
        <Section title="Log tail">
          <ScrollText label="Log tail">{log}</ScrollText>
        </Section>
      )}
    </SpaceBetween>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title}>
      <Box variant="h3" padding={{ bottom: 'xxs' }}>
        {title}
      </Box>
      {children}
    </section>
  );
}

const textOf = (base64: string) =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
