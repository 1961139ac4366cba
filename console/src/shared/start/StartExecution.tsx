import Box from '@cloudscape-design/components/box';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { call } from '../../api/aws';
import { aws, awsAll, refresh, ui } from '../../api/queries';
import type { ExecutionStatus, ExecutionSummary, Page } from '../../api/types';
import { flash, flashError } from '../../app/flashes';
import { go, Link } from '../../app/Link';
import { baseArn, links, nameOf } from '../../app/links';
import { JsonEditor } from '../../studio/code';
import { ConfirmDialog } from '../ConfirmDialog';
import { cli } from '../cli';
import { ErrorBox } from '../Feedback';
import { JsonView } from '../JsonView';
import { jsonProblem, pretty } from '../json/text';
import { usePreferences } from '../preferences';
import { StatusBadge } from '../StatusBadge';
import { bytesText, durationText, timeText } from '../time';
import { nameProblem, readDraft, rememberedInputs, rememberInput, writeDraft } from './inputs';
import { skeletonOf } from './skeleton';
import styles from './start.module.css';

export interface StartExecutionProps {
  /** Of a version or an alias: that is what is chosen at first. */
  stateMachineArn: string;
  onClose(): void;
  /** Instead of going to the execution. */
  onStarted?(executionArn: string): void;
  /** Instead of what was typed last: another execution's input. */
  input?: string;
}

interface Description {
  name: string;
  type: 'STANDARD' | 'EXPRESS';
  definition: string;
}
interface SyncResult {
  executionArn: string;
  status: ExecutionStatus;
  output?: string;
  error?: string;
  cause?: string;
  startDate: number;
  stopDate: number;
}

/** The dialog that starts an execution; what is typed stays for the next time. */
export function StartExecution({ stateMachineArn: first, onClose, onStarted, input: given }: StartExecutionProps) {
  const stateMachineArn = baseArn(first);
  const described = useQuery(aws<Description>('stepfunctions', 'DescribeStateMachine', { stateMachineArn }));
  const isExpress = described.data?.type === 'EXPRESS';
  const [name, setName] = useState('');
  const [typed, setTyped] = useState(() => given ?? readDraft(stateMachineArn));
  const [target, setTarget] = useState(first);
  const [isSync, setSync] = useState(true);
  const [result, setResult] = useState<SyncResult | null>(null);
  const change = (text: string) => {
    setTyped(text);
    writeDraft(stateMachineArn, text);
  };
  const skeleton = useMemo(() => skeletonText(described.data?.definition), [described.data]);
  // The first time it begins with what the definition reads.
  const input = typed ?? skeleton ?? '{}';
  const problems = { name: nameProblem(name), input: jsonProblem(input) };
  const body = { stateMachineArn: target, name: name || undefined, input };
  const operation = isExpress && isSync ? 'StartSyncExecution' : 'StartExecution';

  const start = async () => {
    if (operation === 'StartSyncExecution') {
      setResult(null);
      setResult(await call<SyncResult>('stepfunctions', operation, body));
      rememberInput(stateMachineArn, input);
      // The dialog stays and shows what came of it.
      return;
    }
    const { executionArn } = await call<{ executionArn: string }>('stepfunctions', operation, body);
    rememberInput(stateMachineArn, input);
    refresh('stepfunctions');
    onClose();
    if (onStarted) onStarted(executionArn);
    else {
      flash({ type: 'success', content: `Started ${nameOf(executionArn)}` });
      go(links.execution(executionArn));
    }
  };

  return (
    <ConfirmDialog
      title={`Start execution${described.data ? ` of ${described.data.name}` : ''}`}
      confirm="Start execution"
      size="large"
      command={cli('stepfunctions', operation, body)}
      isDisabled={problems.name !== null || problems.input !== null}
      staysOpen
      onConfirm={start}
      onClose={onClose}
      close={result ? 'Close' : undefined}
    >
      <SpaceBetween size="m">
        <div className={styles.names}>
          <FormField
            label="Name – optional"
            errorText={problems.name}
            constraintText={isExpress ? undefined : 'Unique for 90 days; one is made if you give none.'}
          >
            <Input value={name} onChange={({ detail }) => setName(detail.value)} placeholder="A name of your choice" />
          </FormField>
          <TargetField stateMachineArn={stateMachineArn} target={target} onChange={setTarget} />
        </div>
        {isExpress && (
          <RadioGroup
            value={isSync ? 'sync' : 'async'}
            ariaLabel="How it is started"
            direction="horizontal"
            onChange={({ detail }) => setSync(detail.value === 'sync')}
            items={[
              { value: 'sync', label: 'Wait for the result' },
              { value: 'async', label: 'Start and go on' },
            ]}
          />
        )}
        <div className={styles.input}>
          <div className={styles.sources}>
            <InputSources stateMachineArn={stateMachineArn} skeleton={skeleton} onChoose={change} />
          </div>
          <FormField
            stretch
            label="Input"
            description="JSON that the first state gets."
            errorText={problems.input}
            constraintText={bytesText(new Blob([input]).size)}
          >
            <JsonEditor value={input} onChange={change} label="Input" height={260} />
          </FormField>
        </div>
        {described.isError && <ErrorBox error={described.error} onRetry={() => described.refetch()} />}
        {result && <Result result={result} />}
      </SpaceBetween>
    </ConfirmDialog>
  );
}

/** Latest, a version or an alias. */
function TargetField(props: { stateMachineArn: string; target: string; onChange(arn: string): void }) {
  const { stateMachineArn, target, onChange } = props;
  const input = { stateMachineArn };
  const versions = useQuery(
    awsAll<{ stateMachineVersionArn: string }>(
      'stepfunctions',
      'ListStateMachineVersions',
      'stateMachineVersions',
      input,
    ),
  );
  const aliases = useQuery(
    awsAll<{ stateMachineAliasArn: string }>('stepfunctions', 'ListStateMachineAliases', 'stateMachineAliases', input),
  );
  const latest = { value: stateMachineArn, label: 'Latest revision' };
  const named = [
    ...(aliases.data ?? []).map(({ stateMachineAliasArn: arn }) => ({ value: arn, label: `Alias ${nameOf(arn)}` })),
    ...(versions.data ?? []).map(({ stateMachineVersionArn: arn }) => ({
      value: arn,
      label: `Version ${nameOf(arn)}`,
    })),
  ];
  return (
    <FormField label="Version or alias">
      <Select
        options={[latest, ...named]}
        selectedOption={[latest, ...named].find(({ value }) => value === target) ?? latest}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? stateMachineArn)}
      />
    </FormField>
  );
}

interface InputSourcesProps {
  stateMachineArn: string;
  skeleton: string | null;
  onChoose(text: string): void;
}

/** Inputs that were used before, those of recent executions, and what the definition reads. */
function InputSources({ stateMachineArn, skeleton, onChoose }: InputSourcesProps) {
  const recent = useQuery(ui<Page<ExecutionSummary>>('executions', { stateMachineArn, limit: 8 })).data?.items ?? [];
  const { times } = usePreferences();
  const remembered = useMemo(() => rememberedInputs(stateMachineArn), [stateMachineArn]);
  const choose = async (id: string) => {
    const [kind, key = ''] = [id.slice(0, id.indexOf(' ')), id.slice(id.indexOf(' ') + 1)];
    if (kind === 'skeleton') onChoose(skeleton ?? '{}');
    else if (kind === 'remembered') onChoose(remembered[Number(key)]?.text ?? '{}');
    else if (kind === 'execution') {
      const { input = '{}' } = await call<{ input?: string }>('stepfunctions', 'DescribeExecution', {
        executionArn: key,
      });
      onChoose(pretty(input));
    }
  };
  const items = [
    {
      id: 'skeleton ',
      text: 'What the definition reads',
      disabled: skeleton === null,
      disabledReason: 'The definition names no member of its input',
    },
    {
      text: 'Your last inputs',
      items: remembered.map(({ text, usedMillis }, index) => ({
        id: `remembered ${index}`,
        text: text.replace(/\s+/g, ' ').slice(0, 60),
        secondaryText: timeText(usedMillis, times),
      })),
    },
    {
      text: 'Recent executions',
      items: recent.map(({ arn, name, status }) => ({
        id: `execution ${arn}`,
        text: name,
        secondaryText: status.toLowerCase(),
      })),
    },
  ].filter((item) => !item.items || item.items.length > 0);
  return (
    <ButtonDropdown items={items} onItemClick={({ detail }) => void choose(detail.id).catch(flashError)}>
      Fill in
    </ButtonDropdown>
  );
}

function Result({ result }: { result: SyncResult }) {
  const { executionArn, status, output, error, cause, startDate, stopDate } = result;
  return (
    <SpaceBetween size="s">
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Execution', value: <Link href={links.execution(executionArn)}>{nameOf(executionArn)}</Link> },
          { label: 'Status', value: <StatusBadge status={status} /> },
          { label: 'Duration', value: durationText((stopDate - startDate) * 1000) },
          { label: 'Error', value: error ?? '–' },
        ]}
      />
      {cause && <Box>{cause}</Box>}
      {output !== undefined && <JsonView text={output} label="Output" maxHeight={240} />}
    </SpaceBetween>
  );
}

function skeletonText(definition: string | undefined): string | null {
  try {
    const skeleton = skeletonOf(JSON.parse(definition ?? ''));
    return skeleton === null ? null : JSON.stringify(skeleton, null, 2);
  } catch {
    return null;
  }
}
