/** What the form of a schedule holds, and the request that it makes. Pure. */
import type { Schedule } from './api';
import { localZone } from './timeIn';

export interface Form {
  name: string;
  group: string;
  expression: string;
  zone: string;
  target: string;
  input: string;
  isEnabled: boolean;
  description: string;
  role: string;
  start: string;
  end: string;
  window: string;
  queue: string;
  attempts: string;
  age: string;
  isDeletedAfter: boolean;
}

export function formOf(schedule?: Schedule): Form {
  const { RetryPolicy, DeadLetterConfig, ...target } = schedule?.Target ?? { Arn: '', RoleArn: '', Input: '{}' };
  const number = (value?: number) => (value === undefined ? '' : String(value));
  return {
    name: schedule?.Name ?? '',
    group: schedule?.GroupName ?? 'default',
    expression: schedule?.ScheduleExpression ?? 'cron(0 7 ? * MON-FRI *)',
    zone: schedule ? (schedule.ScheduleExpressionTimezone ?? 'UTC') : localZone(),
    target: target.Arn,
    input: target.Input ?? '',
    isEnabled: schedule?.State !== 'DISABLED',
    description: schedule?.Description ?? '',
    role: target.RoleArn,
    start: dateText(schedule?.StartDate),
    end: dateText(schedule?.EndDate),
    window: number(schedule?.FlexibleTimeWindow.MaximumWindowInMinutes),
    queue: DeadLetterConfig?.Arn ?? '',
    attempts: number(RetryPolicy?.MaximumRetryAttempts),
    age: number(RetryPolicy?.MaximumEventAgeInSeconds),
    isDeletedAfter: schedule?.ActionAfterCompletion === 'DELETE',
  };
}

/** UpdateSchedule replaces the whole, so what the form does not know of the schedule goes along. */
export function requestOf(form: Form, schedule: Schedule | undefined, account: string) {
  const {
    Arn: _arn,
    CreationDate: _created,
    LastModificationDate: _modified,
    ...kept
  }: Partial<Schedule> = schedule ?? {};
  const retry = {
    ...(form.attempts ? { MaximumRetryAttempts: Number(form.attempts) } : {}),
    ...(form.age ? { MaximumEventAgeInSeconds: Number(form.age) } : {}),
  };
  return {
    ...kept,
    Name: form.name,
    GroupName: form.group,
    ScheduleExpression: form.expression,
    ScheduleExpressionTimezone: form.zone || undefined,
    State: form.isEnabled ? 'ENABLED' : 'DISABLED',
    Description: form.description || undefined,
    StartDate: secondsOf(form.start),
    EndDate: secondsOf(form.end),
    FlexibleTimeWindow: form.window
      ? { Mode: 'FLEXIBLE', MaximumWindowInMinutes: Number(form.window) }
      : { Mode: 'OFF' },
    ActionAfterCompletion: form.isDeletedAfter ? 'DELETE' : 'NONE',
    Target: {
      ...schedule?.Target,
      Arn: form.target,
      RoleArn: form.role || `arn:aws:iam::${account}:role/schedules`,
      Input: form.input || undefined,
      RetryPolicy: Object.keys(retry).length > 0 ? retry : undefined,
      DeadLetterConfig: form.queue ? { Arn: form.queue } : undefined,
    },
  };
}

const dateText = (seconds?: number) =>
  seconds === undefined ? '' : new Date(seconds * 1000).toISOString().slice(0, 19);

/** What is no date is sent as it is, for the server to refuse by name. */
function secondsOf(text: string): number | string | undefined {
  const millis = Date.parse(`${text}Z`);
  return text === '' ? undefined : Number.isNaN(millis) ? text : millis / 1000;
}
