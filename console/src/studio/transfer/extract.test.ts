import { expect, test } from 'vitest';
import { parse } from '../../asl/parse';
import { newConfig } from '../config/config';
import { definitionsIn } from './extract';
import { exported } from './formats';

const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Say %{it}',
  States: { 'Say %{it}': { Type: 'Pass', Output: "{% '$' & '{no name' %}", Comment: 'on', End: true } },
};
const text = JSON.stringify(definition);
const source = { text, language: 'json' as const, workflow: parse(text, 'json').workflow, config: newConfig('one') };

test.each(['sam', 'terraform'] as const)('what is exported for %s comes back', (format) => {
  const [found, ...others] = definitionsIn(exported(source, format).text);
  expect(others).toEqual([]);
  expect(found?.name).toBe('one');
  expect(JSON.parse(found?.text ?? '')).toEqual(definition);
});

test('CloudFormation has definitions as strings too, and substitutions', () => {
  const template = `
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Far: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: far.json } }
  Near:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {"StartAt": "\${Name}", "States": {}}
      DefinitionSubstitutions: { Name: A, Arn: !GetAtt Queue.Arn, Ref: { Ref: Queue } }
`;
  expect(definitionsIn(template)).toEqual([
    {
      name: 'Near',
      text: '{"StartAt": "${Name}", "States": {}}\n',
      substitutions: { Name: 'A' },
    },
  ]);
});

test('Terraform has definitions as values too', () => {
  const [found, ...others] = definitionsIn(`
resource "aws_sns_topic" "reports" {}
resource "aws_sfn_state_machine" "main" {
  name = "\${var.prefix}-main" # by stage
  definition = jsonencode({
    StartAt = "A" // first
    "States" : { A = { Type = "Task", Resource = aws_lambda_function.f.arn, TimeoutSeconds = 5, End = true } }
  })
}
resource "aws_sfn_state_machine" "computed" { definition = templatefile("a.json", {}) }
`);
  expect(others).toEqual([]);
  expect(found?.name).toBe('main');
  expect(JSON.parse(found?.text ?? '')).toEqual({
    StartAt: 'A',
    States: { A: { Type: 'Task', Resource: '${aws_lambda_function.f.arn}', TimeoutSeconds: 5, End: true } },
  });
});
