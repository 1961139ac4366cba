import { expect, test } from 'vitest';
import type { ActionCatalog } from '../../../api/types';
import { searchResources } from './resource-search';

const catalog: ActionCatalog = {
  services: [
    {
      service: 'ec2',
      title: 'Amazon EC2',
      category: 'compute',
      operations: ['describeInstances', 'describeImages', 'rebootInstances'],
    },
    { service: 'ssm', title: 'AWS Systems Manager', category: 'management', operations: ['describeInstancePatches'] },
  ],
  optimized: [{ resource: 'lambda:invoke', service: 'lambda', operation: 'invoke', patterns: ['requestResponse'] }],
};
const functions = [{ name: 'startup-check', arn: 'arn:aws:lambda:us-east-1:123456789012:function:startup-check' }];
const machines = [{ name: 'check-all', arn: 'arn:aws:states:us-east-1:123456789012:stateMachine:check-all' }];
const search = (text: string) => searchResources(text, catalog, functions, [], machines);

test('all words have to be there, in the name of the service or of the action', () => {
  const details = (text: string) => search(text).flatMap(({ found }) => found.map(({ detail }) => detail));
  expect(details('describe inst')).toEqual(['aws-sdk:ec2:describeInstances', 'aws-sdk:ssm:describeInstancePatches']);
  expect(details('ec2:reboot')).toEqual(['aws-sdk:ec2:rebootInstances']);
  expect(details('systems patches')).toEqual(['aws-sdk:ssm:describeInstancePatches']);
  expect(details('nothing such')).toEqual([]);
});

test('functions and state machines of the server come with the parameter that names them', () => {
  expect(search('check').map(({ label }) => label)).toEqual([
    'Functions of this server',
    'State machines of this server',
  ]);
  expect(search('startup')[0]?.found[0]).toMatchObject({
    resource: 'arn:aws:states:::lambda:invoke',
    parameter: { name: 'FunctionName', value: functions[0]?.arn },
  });
  expect(search('check-all')[0]?.found[0]).toMatchObject({
    resource: 'arn:aws:states:::states:startExecution.sync:2',
    parameter: { name: 'StateMachineArn', value: machines[0]?.arn },
  });
});
