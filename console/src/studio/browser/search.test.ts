import { expect, test } from 'vitest';
import { actionEntries, flowEntries, mostUsed, patternEntries } from './entries';
import { indexOf, isOneOff, search } from './search';

const catalog = {
  services: [
    {
      service: 'ec2',
      title: 'Amazon EC2',
      category: 'compute',
      operations: ['rebootInstances', 'describeInstances', 'describeInstanceTypes'],
    },
    {
      service: 'rds',
      title: 'Amazon RDS',
      category: 'database',
      operations: ['describeDBInstances', 'rebootDBInstance'],
    },
    { service: 'ssm', title: 'AWS Systems Manager', category: 'management', operations: ['describeInstancePatches'] },
    { service: 'sns', title: 'Amazon SNS', category: 'messaging', operations: ['publish', 'publishBatch'] },
    { service: 'iot', title: 'AWS IoT', category: 'iot', operations: ['publish'] },
  ],
  optimized: [
    { resource: 'sns:publish', service: 'sns', operation: 'publish', patterns: ['requestResponse' as const] },
  ],
};
const index = indexOf([...flowEntries, ...patternEntries, ...actionEntries(catalog)], mostUsed);
const first = (query: string) => search(index, query)[0]?.id;

test.each([
  ['reboot instance', 'aws-sdk:ec2:rebootInstances'],
  ['instances ec2', 'aws-sdk:ec2:describeInstances'],
  ['describeInstances', 'aws-sdk:ec2:describeInstances'],
  ['desc inst pat', 'aws-sdk:ssm:describeInstancePatches'],
  ['systems manager patches', 'aws-sdk:ssm:describeInstancePatches'],
  ['publish', 'sns:publish'],
  ['rebot instances', 'aws-sdk:ec2:rebootInstances'],
  ['publsih', 'sns:publish'],
  ['arn:aws:states:::aws-sdk:ec2:rebootInstances', 'aws-sdk:ec2:rebootInstances'],
  ['map', 'flow:Map'],
  ['wait', 'flow:Wait'],
  ['saga', 'pattern:saga'],
])('%s finds %s first', (query, id) => {
  expect(first(query)).toBe(id);
});

test('what is nothing finds nothing, and a short word is no slip of another', () => {
  expect(search(index, 'zzzzzz')).toEqual([]);
  expect(search(index, '  ')).toEqual([]);
  expect(search(index, 'xyz')).toEqual([]);
});

test('one slip of a finger', () => {
  for (const word of ['publsh', 'publishh', 'pubkish', 'pulbish']) expect(isOneOff(word, 'publish')).toBe(true);
  for (const word of ['pubi', 'hsilbup', 'pblsh']) expect(isOneOff(word, 'publish')).toBe(false);
});

test('20,000 actions are searched within a key stroke', () => {
  const operations = Array.from({ length: 20_000 }, (_, number) => `describeThing${number}`);
  const many = indexOf(
    actionEntries({ services: [{ service: 's', title: 'S', category: 'c', operations }], optimized: [] }),
  );
  const start = performance.now();
  expect(search(many, 'describe thing1999')).not.toEqual([]);
  expect(performance.now() - start).toBeLessThan(500);
});
