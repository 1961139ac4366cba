import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { CopyCli } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { ErrorBox } from '../../shared/Feedback';
import { JsonView } from '../../shared/JsonView';
import { ScrollText } from '../../shared/ScrollText';
import { durationText } from '../../shared/time';
import { JsonEditor } from '../../studio/code';
import { aliasesQuery, type Invoked, versionsQuery } from '../functions/api';
import { forget, remember, remembered } from './events';

/** Calls the function with a payload, really. Payloads can be kept under a name, in this browser. */
export function TestInvocation({ name }: { name: string }) {
  const [kept, setKept] = useState(() => remembered(name));
  const [chosen, choose] = useState(kept[0]?.name ?? '');
  const [payload, setPayload] = useState(kept[0]?.payload ?? '{}');
  const [qualifier, setQualifier] = useState('$LATEST');
  const versions = useQuery(versionsQuery(name)).data ?? [];
  const aliases = useQuery(aliasesQuery(name)).data ?? [];
  const input = {
    FunctionName: name,
    Payload: payload,
    LogType: 'Tail',
    ...(qualifier === '$LATEST' ? {} : { Qualifier: qualifier }),
  };
  const invoking = useMutation({
    mutationFn: async () => {
      const began = performance.now();
      const answer = await call<Invoked>('lambda', 'Invoke', input);
      return { ...answer, millis: performance.now() - began };
    },
  });
  const qualifiers = [...versions.map(({ Version }) => Version), ...aliases.map(({ Name }) => Name)];
  return (
    <ColumnLayout columns={2}>
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCli command={cli('lambda', 'Invoke', input)} />
                <Button variant="primary" loading={invoking.isPending} onClick={() => invoking.mutate()}>
                  Test
                </Button>
              </SpaceBetween>
            }
          >
            Test event
          </Header>
        }
      >
        <SpaceBetween size="m">
          <ColumnLayout columns={2}>
            <FormField label="Version or alias">
              <Select
                selectedOption={{ value: qualifier, label: qualifier }}
                options={[...new Set(['$LATEST', ...qualifiers])].map((value) => ({ value, label: value }))}
                onChange={({ detail }) => setQualifier(detail.selectedOption.value ?? '$LATEST')}
              />
            </FormField>
            <FormField label="Kept events">
              <Select
                placeholder="None"
                empty="None kept yet"
                selectedOption={kept.some((one) => one.name === chosen) ? { value: chosen, label: chosen } : null}
                options={kept.map((one) => ({ value: one.name, label: one.name }))}
                onChange={({ detail }) => {
                  const event = kept.find((one) => one.name === detail.selectedOption.value);
                  if (!event) return;
                  choose(event.name);
                  setPayload(event.payload);
                }}
              />
            </FormField>
          </ColumnLayout>
          <JsonEditor label="Payload" value={payload} height={260} onChange={setPayload} />
          <SpaceBetween direction="horizontal" size="xs">
            <Input
              ariaLabel="Name of the event"
              placeholder="Name"
              value={chosen}
              onChange={({ detail }) => choose(detail.value)}
            />
            <Button disabled={!chosen} onClick={() => setKept(remember(name, chosen, payload))}>
              Keep
            </Button>
            <Button disabled={!kept.some((one) => one.name === chosen)} onClick={() => setKept(forget(name, chosen))}>
              Forget
            </Button>
          </SpaceBetween>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Result</Header>}>
        <div aria-live="polite">
          {invoking.isError && <ErrorBox error={invoking.error} />}
          {invoking.data && <Result invoked={invoking.data} />}
          {invoking.isIdle && (
            <Box color="text-body-secondary">The function is called for real: what it changes is changed.</Box>
          )}
        </div>
      </Container>
    </ColumnLayout>
  );
}

function Result({ invoked }: { invoked: Invoked & { millis: number } }) {
  const isError = invoked.FunctionError !== undefined;
  return (
    <SpaceBetween size="m">
      <StatusIndicator type={isError ? 'error' : 'success'}>
        {isError ? `Function error: ${invoked.FunctionError}` : 'Succeeded'} in {durationText(invoked.millis)}
        {invoked.ExecutedVersion && `, version ${invoked.ExecutedVersion}`}
      </StatusIndicator>
      <JsonView text={invoked.Payload} label="Result" />
      {invoked.LogResult && (
        <div>
          <Box variant="h3">Log</Box>
          <ScrollText label="Log">{textOf(invoked.LogResult)}</ScrollText>
        </div>
      )}
    </SpaceBetween>
  );
}

const textOf = (base64: string) =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
