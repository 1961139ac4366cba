import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { CopyCli } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { jsonProblem } from '../../shared/json/text';
import { useStored } from '../../shared/useStored';
import { JsonEditor } from '../../studio/code';
import { aliasesQuery, type Invoked, versionsQuery } from '../functions/api';
import { forget, remember, type TestEvent } from './events';
import { Result } from './Result';

const unsaved = { value: '', label: 'New event' };

/** Calls the function with a payload, really. Payloads are kept in this browser: the last one, and those that have a name. */
export function TestInvocation({ name }: { name: string }) {
  const [saved, setSaved] = useStored<TestEvent[]>(`stepwright.test-events.${name}`, []);
  const [payload, setPayload] = useStored(`stepwright.test-payload.${name}`, '{}');
  const [eventName, setEventName] = useState('');
  const [qualifier, setQualifier] = useState('$LATEST');
  const versions = useQuery(versionsQuery(name)).data ?? [];
  const aliases = useQuery(aliasesQuery(name)).data ?? [];
  const qualifiers = ['$LATEST', ...aliases.map(({ Name }) => Name), ...versions.map(({ Version }) => Version)];
  const input = {
    FunctionName: name,
    Payload: payload,
    LogType: 'Tail',
    Qualifier: qualifier === '$LATEST' ? undefined : qualifier,
  };
  const invoking = useMutation({
    mutationFn: async () => {
      const began = performance.now();
      const answer = await call<Invoked>('lambda', 'Invoke', input);
      return { ...answer, millis: performance.now() - began };
    },
  });
  const problem = jsonProblem(payload);
  const chosen = saved.find((one) => one.name === eventName);
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, xs: 6 } }, { colspan: { default: 12, xs: 6 } }]}>
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCli command={cli('lambda', 'Invoke', input)} />
                <Button
                  variant="primary"
                  loading={invoking.isPending}
                  disabled={problem !== null}
                  onClick={() => invoking.mutate()}
                >
                  Test
                </Button>
              </SpaceBetween>
            }
          >
            Test event
          </Header>
        }
      >
        <SpaceBetween size="s">
          <ColumnLayout columns={2}>
            <FormField label="Saved event" stretch>
              <Select
                selectedOption={chosen ? { value: chosen.name, label: chosen.name } : unsaved}
                options={[unsaved, ...saved.map((one) => ({ value: one.name, label: one.name }))]}
                onChange={({ detail }) => {
                  const event = saved.find((one) => one.name === detail.selectedOption.value);
                  setEventName(event?.name ?? '');
                  setPayload(event?.payload ?? '{}');
                }}
              />
            </FormField>
            <FormField label="Version or alias" stretch>
              <Select
                selectedOption={{ value: qualifier, label: qualifier }}
                options={[...new Set(qualifiers)].map((value) => ({ value, label: value }))}
                onChange={({ detail }) => setQualifier(detail.selectedOption.value ?? '$LATEST')}
              />
            </FormField>
          </ColumnLayout>
          <FormField label="Payload" errorText={problem} stretch>
            <JsonEditor
              label="Payload"
              value={payload}
              height="clamp(160px, calc(100vh - 560px), 420px)"
              onChange={setPayload}
            />
          </FormField>
          <FormField label="Save this event" constraintText="In this browser." stretch>
            <div style={{ display: 'flex', gap: 8 }}>
              <div style={{ flex: 1 }}>
                <Input
                  ariaLabel="Event name"
                  placeholder="Event name"
                  value={eventName}
                  onChange={({ detail }) => setEventName(detail.value)}
                />
              </div>
              <Button disabled={!eventName} onClick={() => setSaved(remember(saved, eventName, payload))}>
                Save
              </Button>
              <Button
                disabled={!chosen}
                onClick={() => {
                  setSaved(forget(saved, eventName));
                  setEventName('');
                }}
              >
                Delete
              </Button>
            </div>
          </FormField>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Result</Header>}>
        <div aria-live="polite">
          {invoking.isPending && <Loading what="The function runs" />}
          {invoking.isError && <ErrorBox error={invoking.error} />}
          {invoking.data && !invoking.isPending && <Result invoked={invoking.data} />}
          {invoking.isIdle && (
            <EmptyState title="Not called yet">
              <Box color="inherit">Test calls the function for real: what it changes is changed.</Box>
            </EmptyState>
          )}
        </div>
      </Container>
    </Grid>
  );
}
