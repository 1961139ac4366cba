import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { beforeAll, expect, test } from 'vitest';
import { queries } from '../../api/queries';
import type { ActionCatalog, ActionShape } from '../../api/types';
import type { Language } from '../../asl/types';
import { createStudioStore } from '../store';
import { complete } from './completion';

const catalog: ActionCatalog = {
  services: [
    { service: 'ec2', title: 'Amazon EC2', category: 'compute', operations: ['describeInstances', 'rebootInstances'] },
    { service: 'sns', title: 'Amazon SNS', category: 'messaging', operations: ['publish'] },
  ],
  optimized: [
    {
      resource: 'sns:publish',
      service: 'sns',
      operation: 'publish',
      patterns: ['requestResponse', 'waitForTaskToken'],
    },
  ],
};
const reboot: ActionShape = {
  service: 'ec2',
  operation: 'rebootInstances',
  reference: '',
  isWrite: true,
  errors: ['Ec2.Ec2Exception'],
  shapes: { Tag: { type: 'structure', required: [], members: { Key: { shape: { type: 'string' } } } } },
  input: {
    type: 'structure',
    required: ['InstanceIds'],
    members: {
      DryRun: { shape: { type: 'boolean' } },
      InstanceIds: { shape: { type: 'list', member: { type: 'string' } } },
      Mode: { shape: { type: 'string', enum: ['SOFT', 'HARD'] } },
      Tags: { shape: { type: 'list', member: { ref: 'Tag' } } },
    },
  },
};

beforeAll(() => {
  queries.setQueryData(['ui', 'catalog/actions', {}], catalog);
  queries.setQueryData(['ui', 'catalog/actions/ec2/rebootInstances', {}], reboot);
});

/** What is offered at `|`, with `rest` around it that can be read. */
async function offered(marked: string, language: Language = 'json') {
  const pos = marked.indexOf('|');
  const text = marked.replace('|', '');
  const store = createStudioStore(text, language);
  const state = EditorState.create({ doc: text });
  const result = await complete(store, null, new CompletionContext(state, pos, true));
  return result?.options.map(({ label }) => label) ?? [];
}

const task = (inside: string, more = '') => `{
  "StartAt": "A",
  "States": {
    "Set": { "Type": "Pass", "Assign": { "name.$": "$.x" }, "Next": "A" },
    "A": { "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances", ${inside} },
    "B": { "Type": "Map", "ItemProcessor": { "StartAt": "In", "States": { "In": { "Type": "Pass", "End": true } } }, "End": true }
  }${more}
}`;

test('states of the scope', async () => {
  expect(await offered(task('"Next": "|"'))).toEqual(['Set', 'B']);
  expect(await offered(task('"End": true').replace('"StartAt": "In"', '"StartAt": "|"'))).toEqual(['In']);
});

test('resources: integrations and services, then the actions of one', async () => {
  const resource = (typed: string) =>
    task('"End": true').replace('"arn:aws:states:::aws-sdk:ec2:rebootInstances"', typed);
  expect(await offered(resource('"|"'))).toEqual([
    'arn:aws:states:::sns:publish',
    'arn:aws:states:::sns:publish.waitForTaskToken',
    'arn:aws:states:::aws-sdk:ec2:',
    'arn:aws:states:::aws-sdk:sns:',
  ]);
  expect(await offered(resource('"arn:aws:states:::aws-sdk:ec2:|"'))).toEqual([
    'arn:aws:states:::aws-sdk:ec2:describeInstances',
    'arn:aws:states:::aws-sdk:ec2:rebootInstances',
  ]);
});

test('parameters of the action, required ones first, and what they take', async () => {
  expect(await offered(task('"Parameters": {"|"}'))).toEqual(['InstanceIds', 'DryRun', 'Mode', 'Tags']);
  expect(await offered(task('"Parameters": {"DryRun": true, "Tags": [{"|": ""}]}, "End": true'))).toEqual(['Key']);
  expect(await offered(task('"Parameters": {"Mode": "|"}, "End": true'))).toEqual(['SOFT', 'HARD']);
  expect(await offered(task('"Retry": [{"ErrorEquals": ["|"]}], "End": true'))).toContain('Ec2.Ec2Exception');
});

test('fields that are not there yet, of the query language', async () => {
  const fields = await offered(task('"Next": "B", "|": 1'));
  expect(fields).toContain('ResultPath');
  expect(fields).not.toContain('Resource');
  expect(fields).not.toContain('Arguments');
  expect(await offered(task('"Retry": [{"|": 1}], "End": true'))).toContain('BackoffRate');
  const inJsonata = task('"|": 1', ', "QueryLanguage": "JSONata"');
  expect(await offered(inJsonata)).toContain('Arguments');
});

test('expressions', async () => {
  expect(await offered(task('"Parameters": {"a.$": "$na|"}, "End": true'))).toContain('$name');
  expect(await offered(task('"Parameters": {"a.$": "States.|"}, "End": true'))).toContain('States.Format(');
  const inJsonata = task('"Output": "{% $|', ', "QueryLanguage": "JSONata"');
  expect(await offered(inJsonata)).toEqual(expect.arrayContaining(['$states', '$partition(', '$uuid(']));
});

test('in YAML too', async () => {
  const yaml = 'StartAt: A\nStates:\n  A:\n    Type: Task\n    Next: |\n  B:\n    Type: Succeed\n';
  expect(await offered(yaml, 'yaml')).toEqual(['B']);
  expect(await offered(yaml.replace('|', 'B\n    Ret|'), 'yaml')).toContain('Retry');
  expect(await offered(yaml.replace('Task', '|'), 'yaml')).toContain('Parallel');
});
