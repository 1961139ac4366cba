import { expect, test } from 'vitest';
import { hrefOf, shortArn } from './entries';

const of = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;

test('what has a page is linked, the rest is text', () => {
  expect(hrefOf(of('events', 'rule/hourly'))).toBe('/console/rules/default/hourly');
  expect(hrefOf(of('events', 'rule/shop/big'))).toBe('/console/rules/shop/big');
  expect(hrefOf(of('scheduler', 'schedule/reports/nightly'))).toBe('/console/schedules/reports/nightly');
  expect(hrefOf(of('lambda', 'function:ask:live'))).toBe('/console/functions/ask');
  expect(hrefOf(of('states', 'execution:m:e'))).toContain('/console/executions/arn%3A');
  expect(hrefOf(of('states', 'stateMachine:m:3'))).toBeUndefined();
  expect(hrefOf('arn:aws:iam::123456789012:role/x')).toBeUndefined();
  expect(hrefOf('127.0.0.1')).toBeUndefined();
  expect([of('states', 'stateMachine:m'), 'stack'].map(shortArn)).toEqual(['stateMachine:m', 'stack']);
});
