import { queryOptions } from '@tanstack/react-query';
import { all, call } from '../../api/aws';
import { ApiError } from '../../api/errors';
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

/** AWS refuses targets one by one, in an answer that is a success. */
export async function putTargets(rule: Pick<Rule, 'Name' | 'EventBusName'>, targets: Target[]) {
  const input = { Rule: rule.Name, EventBusName: rule.EventBusName, Targets: targets };
  const answer = await call<{ FailedEntries?: { ErrorCode: string; ErrorMessage: string }[] }>(
    'events',
    'PutTargets',
    input,
  );
  const failed = answer.FailedEntries?.[0];
  if (failed) throw new ApiError(failed.ErrorCode, failed.ErrorMessage, 400);
}
