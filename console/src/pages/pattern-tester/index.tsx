import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { explain } from '../../api/errors';
import { sendUi } from '../../api/ui';
import { JsonEditor } from '../../studio/code';
import { ruleQuery, rulesQuery } from '../rules/api';
import { samples } from './samples';

interface Answer {
  matches: boolean;
  mismatches: { path: string; expected: string; found?: unknown }[];
  warnings: string[];
}

const firstPattern = JSON.stringify({ source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT'] } }, null, 2);

/** Whether a pattern takes an event, and why not, while both are written. */
export function Page() {
  const { bus, rule }: { bus?: string; rule?: string } = useSearch({ strict: false });
  const [pattern, setPattern] = useState(firstPattern);
  const [event, setEvent] = useState(samples[0]?.text ?? '{}');
  const named = useQuery({ ...ruleQuery(bus ?? 'default', rule ?? ''), enabled: rule !== undefined });
  const rules = (useQuery(rulesQuery).data ?? []).filter((one) => one.EventPattern);
  const given = named.data?.EventPattern;
  useEffect(() => {
    if (given) setPattern(pretty(given));
  }, [given]);
  const asked = useDeferredValue(JSON.stringify({ pattern, event }));
  const { data, error } = useQuery({
    queryKey: ['ui', 'rules/match', asked],
    queryFn: () => sendUi<Answer>('POST', 'rules/match', JSON.parse(asked)),
    placeholderData: (before) => before,
    retry: false,
  });
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="A rule compares its pattern with every event. Nothing is sent here.">
        Pattern tester
      </Header>
      <div aria-live="polite" data-testid="verdict">
        {error ? (
          <Alert type="warning">{explain(error).message}</Alert>
        ) : data?.matches ? (
          <Alert type="success">The pattern matches the event.</Alert>
        ) : (
          data && <Alert type="info">The pattern does not match the event.</Alert>
        )}
      </div>
      <ColumnLayout columns={2}>
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Select
                  placeholder="Take a rule's"
                  ariaLabel="Take a rule's pattern"
                  selectedOption={null}
                  empty="No rules with a pattern"
                  options={rules.map((one) => ({ value: one.Arn, label: one.Name, description: one.EventBusName }))}
                  onChange={({ detail }) => {
                    const chosen = rules.find((one) => one.Arn === detail.selectedOption.value);
                    if (chosen?.EventPattern) setPattern(pretty(chosen.EventPattern));
                  }}
                />
              }
            >
              Event pattern
            </Header>
          }
        >
          <JsonEditor label="Event pattern" value={pattern} height={340} onChange={setPattern} />
        </Container>
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Select
                  placeholder="Take a sample"
                  ariaLabel="Take a sample event"
                  selectedOption={null}
                  options={samples.map(({ name }) => ({ value: name, label: name }))}
                  onChange={({ detail }) =>
                    setEvent(samples.find(({ name }) => name === detail.selectedOption.value)?.text ?? event)
                  }
                />
              }
            >
              Event
            </Header>
          }
        >
          <JsonEditor label="Event" value={event} height={340} onChange={setEvent} />
        </Container>
      </ColumnLayout>
      {data && data.mismatches.length > 0 && !error && (
        <Table
          header={<Header variant="h2">What keeps it from matching</Header>}
          items={data.mismatches}
          ariaLabels={{ tableLabel: 'What keeps it from matching' }}
          columnDefinitions={[
            { id: 'path', header: 'Field', cell: (one) => <Box variant="code">{one.path}</Box>, isRowHeader: true },
            { id: 'expected', header: 'The pattern asks for', cell: (one) => <Box variant="code">{one.expected}</Box> },
            {
              id: 'found',
              header: 'The event has',
              cell: (one) =>
                one.found === undefined ? 'no such field' : <Box variant="code">{JSON.stringify(one.found)}</Box>,
            },
          ]}
        />
      )}
      {data?.warnings.map((warning) => (
        <Alert key={warning} type="warning">
          {warning}
        </Alert>
      ))}
      <Button
        iconName="external"
        href="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
        target="_blank"
        variant="link"
      >
        Event patterns in AWS's guide
      </Button>
    </SpaceBetween>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
