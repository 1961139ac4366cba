import { expect, test } from 'vitest';
import { readResource } from '../model/resource';
import { duration, waits } from './retry';
import { errorSuggestions } from './suggestions';

test('waits follow interval, rate, limit and their defaults', () => {
  expect(waits({})).toEqual([1, 2, 4]);
  expect(waits({ IntervalSeconds: 2, MaxAttempts: 5, BackoffRate: 3, MaxDelaySeconds: 20 })).toEqual([
    2, 6, 18, 20, 20,
  ]);
  expect(waits({ MaxAttempts: 0 })).toEqual([]);
  expect(waits({ MaxAttempts: 99_999_999 }, 12)).toHaveLength(12);
  expect(waits({ IntervalSeconds: '{% $n %}' })).toBeNull();
  expect(waits('no retrier')).toBeNull();
});

test('durations are short', () => {
  expect([0.5, 59, 60, 90, 3600, 90_000].map(duration)).toEqual([
    '0.5 s',
    '59 s',
    '1 min',
    '1 min 30 s',
    '1 h',
    '1 d 1 h',
  ]);
});

test('errors are those of the state and of its action', () => {
  const ec2 = { errors: ['Ec2.Ec2Exception'] };
  const sdk = readResource('arn:aws:states:::aws-sdk:ec2:describeInstances');
  const names = errorSuggestions('Task', sdk, ec2 as never);
  expect(names).toEqual(expect.arrayContaining(['States.ALL', 'States.HeartbeatTimeout', 'Ec2.Ec2Exception']));
  expect(names).not.toContain('Lambda.ServiceException');
  expect(errorSuggestions('Task', readResource('arn:aws:states:::lambda:invoke'), null)).toContain(
    'Lambda.ServiceException',
  );
  const sqs = { errors: ['Sqs.QueueDoesNotExistException', 'Sqs.SqsException', 'Sqs.SdkClientException'] };
  expect(errorSuggestions('Task', readResource('arn:aws:states:::sqs:sendMessage'), sqs as never).slice(-3)).toEqual([
    'SQS.QueueDoesNotExistException',
    'SQS.AmazonSQSException',
    'SQS.SdkClientException',
  ]);
  expect(errorSuggestions('Parallel', null, null)).toContain('States.BranchFailed');
});
