/** Schedules of EventBridge Scheduler and rules with a timetable, as `Stepwright.ListSchedules` shows them. */
import { queryOptions } from '@tanstack/react-query';
import { all, call } from '../../api/aws';
import { aws, awsAll } from '../../api/queries';
import type { ExecutionStatus } from '../../api/types';
import { sendUi } from '../../api/ui';

export type Missed = 'CATCH_UP' | 'ONLY_LAST' | 'SKIP';
export type Overlap = 'ALLOW' | 'SKIP' | 'QUEUE' | 'CANCEL_RUNNING';

/** Times are seconds since 1970, as AWS's JSON has them. */
export interface Scheduled {
  Arn: string;
  Kind: 'SCHEDULE' | 'RULE';
  /** `GROUP/NAME` of a schedule, `BUS/NAME` or `NAME` of a rule. */
  Name: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  State: 'ENABLED' | 'DISABLED';
  StartDate?: number;
  EndDate?: number;
  MaximumWindowInMinutes?: number;
  Next: number[];
  Results: Firing[];
  /** Executions that it started and that run. */
  Running: string[];
  Missed: Missed;
  Overlap: Overlap;
  Queued: number;
}

export interface Firing {
  Occurrence: number;
  At: number;
  Status: 'DELIVERING' | 'DELIVERED' | 'FAILED' | 'SKIPPED';
  IsManual: boolean;
  Attempts: number;
  Reason?: string;
  ExecutionArn?: string;
  ExecutionStatus?: ExecutionStatus;
}

/** As GetSchedule answers it. */
export interface Schedule {
  Arn: string;
  Name: string;
  GroupName: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  Description?: string;
  State?: 'ENABLED' | 'DISABLED';
  StartDate?: number;
  EndDate?: number;
  FlexibleTimeWindow: { Mode: 'OFF' | 'FLEXIBLE'; MaximumWindowInMinutes?: number };
  Target: ScheduleTarget;
  ActionAfterCompletion?: 'NONE' | 'DELETE';
  LastModificationDate?: number;
  [member: string]: unknown;
}

export interface ScheduleTarget {
  Arn: string;
  RoleArn: string;
  Input?: string;
  RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
  DeadLetterConfig?: { Arn?: string };
  [member: string]: unknown;
}

export const schedulesQuery = queryOptions({
  ...awsAll<Scheduled>('stepwright', 'ListSchedules', 'Schedules'),
  refetchInterval: 5_000,
});

/** The target's ARN, by the schedule's. */
export const targetsQuery = queryOptions({
  queryKey: ['aws', 'scheduler', 'ListSchedules', 'targets'],
  queryFn: async ({ signal }) => {
    const own = await all<{ Arn: string; Target: { Arn: string } }>(
      'scheduler',
      'ListSchedules',
      'Schedules',
      {},
      signal,
    );
    return new Map(own.map(({ Arn, Target }) => [Arn, Target.Arn]));
  },
});

export const groupsQuery = awsAll<{ Name: string }>('scheduler', 'ListScheduleGroups', 'ScheduleGroups');

export const scheduleQuery = (group: string, name: string) =>
  aws<Schedule>('scheduler', 'GetSchedule', { Name: name, GroupName: group });

export const scheduledQuery = (arn: string) =>
  queryOptions({ ...aws<Scheduled>('stepwright', 'DescribeSchedule', { Arn: arn }), refetchInterval: 3_000 });

/** When an expression would be due. */
export const previewQuery = (expression: string, timezone: string, isRule: boolean) =>
  queryOptions({
    queryKey: ['ui', 'schedules/preview', expression, timezone, isRule],
    queryFn: () => sendUi<{ nextMillis: number[] }>('POST', 'schedules/preview', { expression, timezone, isRule }),
    retry: false,
  });

/** Answers when it is known what came of it, or after ten seconds that it is on its way. */
export const runNow = (arn: string) =>
  call<{ Results?: Firing[]; IsQueued: boolean }>('stepwright', 'RunSchedule', { Arn: arn });

export const setState = (arn: string, state: Scheduled['State']) =>
  call('stepwright', 'SetScheduleState', { Arn: arn, State: state });

/** `default/Nightly` is the group `default` and the name `Nightly`; a rule's bus is left out when it is the default one. */
export function partsOf(name: string): { group: string; name: string } {
  const slash = name.indexOf('/');
  return { group: slash < 0 ? 'default' : name.slice(0, slash), name: name.slice(slash + 1) };
}

/** The newest first. */
export const lastResults = ({ Results }: Scheduled) => [...Results].sort((a, b) => b.At - a.At);
