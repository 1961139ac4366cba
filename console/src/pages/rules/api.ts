import { queryOptions } from '@tanstack/react-query';
import { all } from '../../api/aws';
import { aws, awsAll } from '../../api/queries';

export interface Rule {
  Name: string;
  Arn: string;
  EventBusName: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  State: 'ENABLED' | 'DISABLED';
  Description?: string;
  RoleArn?: string;
}

export interface Target {
  Id: string;
  Arn: string;
  RoleArn?: string;
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
  [member: string]: unknown;
}

export const busesQuery = awsAll<{ Name: string; Arn: string }>('events', 'ListEventBuses', 'EventBuses');

/** Rules of all buses. */
export const rulesQuery = queryOptions({
  queryKey: ['aws', 'events', 'ListRules', 'of all buses'],
  queryFn: async ({ signal }) => {
    const buses = await all<{ Name: string }>('events', 'ListEventBuses', 'EventBuses', {}, signal);
    const lists = buses.map(({ Name }) => all<Rule>('events', 'ListRules', 'Rules', { EventBusName: Name }, signal));
    return (await Promise.all(lists)).flat();
  },
});

export const ruleQuery = (bus: string, name: string) =>
  aws<Rule>('events', 'DescribeRule', { EventBusName: bus, Name: name });

export const targetsQuery = (bus: string, name: string) =>
  awsAll<Target>('events', 'ListTargetsByRule', 'Targets', { EventBusName: bus, Rule: name });

/** Where the last part of an ARN says what it is: `…:stateMachine:Nightly`. */
export function kindOf(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  if (service === 'states' && resource.startsWith('stateMachine:')) return 'Step Functions state machine';
  if (service === 'lambda') return 'Lambda function';
  if (service === 'events') return resource.startsWith('api-destination') ? 'API destination' : 'Event bus';
  const names: Record<string, string> = {
    sqs: 'SQS queue',
    sns: 'SNS topic',
    logs: 'CloudWatch log group',
    kinesis: 'Kinesis stream',
    ecs: 'ECS cluster',
  };
  return names[service] ?? service;
}
