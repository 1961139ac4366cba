import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { sendUi } from '../../api/ui';
import { usePage } from '../../app/frame';
import { useUrl } from '../../app/search';
import { CopyCli } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { jsonProblem, pretty } from '../../shared/json/text';
import { useSettled } from '../../shared/useSettled';
import { useStored } from '../../shared/useStored';
import { JsonEditor } from '../../studio/code';
import { ruleQuery, rulesQuery } from '../rules/api';
import { RuleForm } from '../rules/RuleForm';
import { SendDialog } from './SendDialog';
import { samples } from './samples';
import { type Answer, Verdict } from './Verdict';

const first = {
  pattern: JSON.stringify({ source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT'] } }, null, 2),
  event: samples[0]?.text ?? '{}',
};
const editorHeight = 'clamp(200px, calc(100vh - 480px), 420px)';

/** Whether a pattern takes an event, and why not, while both are written. This browser keeps them. */
export function Page() {
  usePage('Pattern tester');
  const [{ bus, rule }, setUrl] = useUrl();
  const [texts, setTexts] = useStored('stepwright.pattern-tester', first);
  const [dialog, setDialog] = useState<'create' | 'send' | null>(null);
  const put = (some: Partial<typeof first>) => setTexts({ ...texts, ...some });
  const named = useQuery({ ...ruleQuery(bus ?? 'default', rule ?? ''), enabled: rule !== undefined });
  const rules = (useQuery(rulesQuery).data ?? []).filter((one) => one.EventPattern);
  const given = named.data?.EventPattern;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a rule's pattern is taken once, and may be changed then
  useEffect(() => {
    if (given) put({ pattern: pretty(given) });
  }, [given]);
  const asked = useSettled(texts);
  const notJson = notJsonOf(texts);
  const { data, error } = useQuery({
    queryKey: ['ui', 'rules/match', asked],
    queryFn: () => sendUi<Answer>('POST', 'rules/match', asked),
    enabled: notJsonOf(asked) === null,
    placeholderData: (before) => before,
    retry: false,
  });
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={
          <>
            Whether a rule would take an event; nothing is sent.{' '}
            <Link
              external
              variant="secondary"
              href="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
            >
              What patterns can say
            </Link>
          </>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCli command={cli('events', 'TestEventPattern', { EventPattern: texts.pattern, Event: texts.event })} />
            <Button onClick={() => setDialog('send')}>Send the event</Button>
            <Button onClick={() => setDialog('create')}>Create a rule from it</Button>
          </SpaceBetween>
        }
      >
        Pattern tester
      </Header>
      {named.error && (
        <Alert type="warning">
          The rule {rule} could not be read: {named.error.message}
        </Alert>
      )}
      <Grid gridDefinition={[{ colspan: 6 }, { colspan: 6 }]}>
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Select
                  placeholder="Take a rule’s"
                  ariaLabel="Take a rule’s pattern"
                  selectedOption={given && rule ? { value: rule, label: rule } : null}
                  empty="No rules with a pattern"
                  expandToViewport
                  options={rules.map((one) => ({ value: one.Arn, label: one.Name, description: one.EventBusName }))}
                  onChange={({ detail }) => {
                    const chosen = rules.find((one) => one.Arn === detail.selectedOption.value);
                    if (chosen) setUrl({ bus: chosen.EventBusName, rule: chosen.Name });
                  }}
                />
              }
            >
              Event pattern
            </Header>
          }
        >
          <JsonEditor
            label="Event pattern"
            value={texts.pattern}
            height={editorHeight}
            onChange={(pattern) => {
              put({ pattern });
              if (rule) setUrl({ bus: undefined, rule: undefined });
            }}
          />
        </Container>
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Select
                  placeholder="Take a sample"
                  ariaLabel="Take a sample event"
                  expandToViewport
                  selectedOption={optionOf(samples.find(({ text }) => text === texts.event)?.name)}
                  options={samples.map(({ name }) => ({ value: name, label: name }))}
                  onChange={({ detail }) =>
                    put({
                      event: samples.find(({ name }) => name === detail.selectedOption.value)?.text ?? texts.event,
                    })
                  }
                />
              }
            >
              Event
            </Header>
          }
        >
          <JsonEditor label="Event" value={texts.event} height={editorHeight} onChange={(event) => put({ event })} />
        </Container>
      </Grid>
      <Verdict answer={data} error={notJson ?? error} />
      {dialog === 'create' && <RuleForm pattern={texts.pattern} onClose={() => setDialog(null)} />}
      {dialog === 'send' && <SendDialog event={texts.event} onClose={() => setDialog(null)} />}
    </SpaceBetween>
  );
}

/** The editors mark where. */
function notJsonOf({ pattern, event }: typeof first): Error | null {
  if (jsonProblem(pattern) !== null) return new Error('The pattern is not JSON yet.');
  return jsonProblem(event) === null ? null : new Error('The event is not JSON yet.');
}

const optionOf = (name?: string) => (name === undefined ? null : { value: name, label: name });
