import Autosuggest from '@cloudscape-design/components/autosuggest';
import { useQuery } from '@tanstack/react-query';
import { awsAll } from '../../api/queries';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { functionsQuery } from '../functions/api';

const kinds: Record<string, string> = {
  sqs: 'SQS queue',
  sns: 'SNS topic',
  logs: 'CloudWatch log group',
  kinesis: 'Kinesis stream',
  ecs: 'ECS cluster',
  lambda: 'Lambda function',
  events: 'Event bus',
};

/** What an ARN is of, what it is called, and where this console shows it. */
export function targetOf(arn: string): { kind: string; name: string; href?: string } {
  const [, , service = '', , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  const [type = '', name = '', qualifier] = rest;
  if (service === 'states' && type === 'stateMachine') {
    const machine = qualifier ? arn.slice(0, arn.lastIndexOf(':')) : arn;
    return {
      kind: 'State machine',
      name: qualifier ? `${name}:${qualifier}` : name,
      href: links.stateMachine(machine),
    };
  }
  if (service === 'lambda' && type === 'function')
    return { kind: kinds.lambda ?? '', name: qualifier ? `${name}:${qualifier}` : name, href: links.function(name) };
  if (service === 'scheduler' && type === 'aws-sdk') return { kind: 'AWS API', name: `${name}:${qualifier}` };
  if (service === 'events' && resource.startsWith('api-destination'))
    return { kind: 'API destination', name: resource };
  return { kind: kinds[service] ?? service, name: resource || arn };
}

export function TargetLink({ arn }: { arn: string }) {
  const { name, href } = targetOf(arn);
  return <span title={arn}>{href ? <Link href={href}>{name}</Link> : name}</span>;
}

/** EventBridge wants a role where it starts executions; this server only keeps it. */
export const roleFor = (arn: string, account: string) =>
  arn.includes(':states:') ? `arn:aws:iam::${account}:role/events` : undefined;

const machinesQuery = awsAll<{ stateMachineArn: string; name: string }>(
  'stepfunctions',
  'ListStateMachines',
  'stateMachines',
  { maxResults: 1000 },
);

/** State machines and functions of this server, or any ARN. */
export function TargetPicker({ value, onChange }: { value: string; onChange(arn: string): void }) {
  const machines = useQuery(machinesQuery).data ?? [];
  const functions = useQuery(functionsQuery).data ?? [];
  const option = (arn: string, label: string) => ({ value: arn, description: label });
  return (
    <Autosuggest
      value={value}
      placeholder="arn:aws:…"
      options={[
        { label: 'State machines', options: machines.map((one) => option(one.stateMachineArn, one.name)) },
        { label: 'Functions', options: functions.map((one) => option(one.FunctionArn, one.FunctionName)) },
      ]}
      enteredTextLabel={(text) => `Use ${text}`}
      onChange={({ detail }) => onChange(detail.value)}
    />
  );
}
