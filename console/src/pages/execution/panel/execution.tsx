import { millisOf } from '../../../api/aws';
import { Link } from '../../../app/Link';
import { links, nameOf } from '../../../app/links';
import { CopyableArn } from '../../../shared/Copy';
import { JsonView } from '../../../shared/JsonView';
import { Duration, Time } from '../../../shared/Time';
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
  const { stateMachineArn, stateMachineVersionArn, stateMachineAliasArn, mapRunArn, traceHeader } = description;
  const machine = stateMachineArn.replace(/\/[^/]*$/, '');
  const start = live.startMillis ?? millisOf(description.startDate);
  const facts: [string, React.ReactNode][] = [
    ['Execution ARN', <CopyableArn key="arn" arn={arn} label="Execution ARN" />],
    [
      'State machine',
      <span key="machine">
        <Link href={links.stateMachine(machine)}>{nameOf(machine)}</Link>
      </span>,
    ],
    ['Started', <Time key="start" millis={start} />],
    ['Ended', live.stopMillis === null ? '–' : <Time key="end" millis={live.stopMillis} />],
    ['Duration', <Duration key="duration" startMillis={start} stopMillis={live.stopMillis} />],
    ['Events', live.events.length.toLocaleString('en')],
    ['State transitions', live.visits.length.toLocaleString('en')],
    ['Redrives', String(live.redrives.length)],
  ];
  if (stateMachineVersionArn) facts.splice(2, 0, ['Version', nameOf(stateMachineVersionArn)]);
  if (stateMachineAliasArn) facts.splice(2, 0, ['Alias', nameOf(stateMachineAliasArn)]);
  if (description.redriveDate)
    facts.push(['Last redrive', <Time key="redrive" millis={millisOf(description.redriveDate)} />]);
  if (mapRunArn)
    facts.push([
      'Map Run',
      <Link key="map" href={links.mapRun(mapRunArn)}>
        {nameOf(mapRunArn)}
      </Link>,
    ]);
  if (traceHeader) facts.push(['Trace header', traceHeader]);
  if (description.redriveStatusReason && live.status !== 'RUNNING' && live.status !== 'SUCCEEDED')
    facts.push(['Redrive', description.redriveStatusReason]);
  return (
    <dl className={styles.pairs}>
      {facts.map(([name, value]) => (
        <div key={name} style={name === 'Execution ARN' ? { gridColumn: '1 / -1' } : undefined}>
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
