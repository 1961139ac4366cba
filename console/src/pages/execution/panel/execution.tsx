import { millisOf } from '../../../api/aws';
import { nameOf } from '../../../app/links';
import { CopyableArn } from '../../../shared/Copy';
import { JsonView } from '../../../shared/JsonView';
import { Time } from '../../../shared/Time';
import { useModel } from '../model';
import styles from './panel.module.css';
import { Tabs } from './tabs';
import { VariablesTab } from './variables';

/** What is known of the execution as a whole. */
export function ExecutionTabs() {
  const { tab, setTab, definition } = useModel();
  const tabs = [
    { id: 'details', label: 'Details', content: <Details /> },
    { id: 'io', label: 'Input and output', content: <InputOutput /> },
    {
      id: 'definition',
      label: 'Definition',
      content: <JsonView text={definition} label="Definition" maxHeight={620} />,
    },
    { id: 'variables', label: 'Variables', content: <VariablesTab visit={null} /> },
  ];
  return <Tabs label="Execution" tabs={tabs} active={tab} onChange={setTab} />;
}

function Details() {
  const { arn, description, live } = useModel();
  const { stateMachineArn, stateMachineVersionArn, stateMachineAliasArn, traceHeader } = description;
  const facts: [string, React.ReactNode][] = [
    ['Execution ARN', <CopyableArn key="arn" arn={arn} label="Execution ARN" />],
    ['State machine ARN', <CopyableArn key="machine" arn={stateMachineArn} label="State machine ARN" />],
  ];
  if (stateMachineAliasArn) facts.push(['Alias', nameOf(stateMachineAliasArn)]);
  if (stateMachineVersionArn) facts.push(['Version', nameOf(stateMachineVersionArn)]);
  facts.push(['State transitions', live.visits.length.toLocaleString('en')]);
  if (description.redriveDate)
    facts.push(['Last redrive', <Time key="redrive" millis={millisOf(description.redriveDate)} />]);
  if (traceHeader) facts.push(['Trace header', traceHeader]);
  if (description.redriveStatusReason && live.status !== 'RUNNING' && live.status !== 'SUCCEEDED')
    facts.push(['Redrive', description.redriveStatusReason]);
  return (
    <dl className={styles.pairs}>
      {facts.map(([name, value]) => (
        <div key={name} style={name.endsWith('ARN') ? { gridColumn: '1 / -1' } : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function InputOutput() {
  const { description, live } = useModel();
  const { input, output } = description;
  return (
    <>
      <h3 className={styles.heading}>Input</h3>
      {input === undefined ? (
        <div className={styles.note}>It is not shown.</div>
      ) : (
        <JsonView text={input} label="Execution input" maxHeight={300} />
      )}
      <h3 className={styles.heading}>Output</h3>
      {output === undefined ? (
        <div className={styles.note}>
          {live.status === 'RUNNING' ? 'It still runs.' : 'The execution ended without an output.'}
        </div>
      ) : (
        <JsonView text={output} label="Execution output" maxHeight={300} />
      )}
    </>
  );
}
