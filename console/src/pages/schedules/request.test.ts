import { expect, test } from 'vitest';
import type { Schedule } from './api';
import { formOf, requestOf } from './request';

test('a schedule that is saved as it was read asks for the same, with what the form does not know', () => {
  const schedule: Schedule = {
    Arn: 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly',
    CreationDate: 1,
    Name: 'nightly',
    GroupName: 'default',
    ScheduleExpression: 'rate(1 day)',
    ScheduleExpressionTimezone: 'UTC',
    StartDate: 1_795_000_000,
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
    State: 'DISABLED',
    ActionAfterCompletion: 'NONE',
    KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
    Target: {
      Arn: 'arn:aws:sqs:us-east-1:123456789012:q',
      RoleArn: 'arn:aws:iam::123456789012:role/x',
      Input: '{}',
      SqsParameters: { MessageGroupId: 'g' },
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    },
  };
  const { Arn: _arn, CreationDate: _created, ...asked } = schedule;
  const request = (change: object) =>
    JSON.parse(JSON.stringify(requestOf({ ...formOf(schedule), ...change }, schedule, '1')));
  expect(request({})).toEqual(asked);
  const changed = request({ window: '', start: 'soon', attempts: '', age: '', input: '' });
  expect(changed).toMatchObject({ FlexibleTimeWindow: { Mode: 'OFF' }, StartDate: 'soon', KmsKeyArn: asked.KmsKeyArn });
  expect(changed.Target).toEqual({
    Arn: asked.Target.Arn,
    RoleArn: asked.Target.RoleArn,
    SqsParameters: { MessageGroupId: 'g' },
  });
});
