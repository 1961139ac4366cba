import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parse } from '../../asl/parse';
import { newConfig } from '../config/config';
import { exported } from './formats';

const text = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Say %{it}',
  States: {
    'Say %{it}': {
      Type: 'Task',
      Resource: 'arn:aws:states:::sns:publish',
      Arguments: { TopicArn: '${Topic::Arn}', Message: "{% '$' & '{no name' %}", Subject: 'on' },
      End: true,
    },
  },
});
const config = {
  ...newConfig('2 patch-report'),
  substitutions: { 'Topic::Arn': 'arn:x' },
  tags: [{ key: 'team"s', value: '${x}' }],
  logging: { level: 'ALL' as const, includeExecutionData: true, logGroupArn: 'arn:aws:logs:g:*' },
};
const source = { text, language: 'json' as const, workflow: parse(text, 'json').workflow, config };

test('a SAM template holds the definition and its substitutions', () => {
  const { name, text } = exported(source, 'sam');
  expect(name).toBe('template.yaml');
  const template = parseYaml(text, { version: '1.1' });
  const { Type, Properties } = template.Resources.S2PatchReport;
  expect(Type).toBe('AWS::Serverless::StateMachine');
  expect(Properties.Definition).toEqual(JSON.parse(source.text));
  expect(Properties.DefinitionSubstitutions).toEqual({ 'Topic::Arn': 'arn:x' });
  expect(Properties.Logging.Destinations).toEqual([{ CloudWatchLogsLogGroup: { LogGroupArn: 'arn:aws:logs:g:*' } }]);
});

test('a Terraform resource escapes what Terraform would take for its own', () => {
  const { name, text } = exported(source, 'terraform');
  expect(name).toBe('_2_patch_report.tf');
  expect(text).toContain('"TopicArn": "${var.topic_arn}"');
  expect(text).toContain('variable "topic_arn" {\n  type = string\n  default = "arn:x"\n}');
  expect(text).toContain('"Say %%{it}": {');
  expect(text).toContain('"team\\"s" = "$${x}"');
  expect(text).toContain('include_execution_data = true');
});

test('a definition is exported as it was written, or turned into the other language', () => {
  expect(exported(source, 'json')).toEqual({ name: '2 patch-report.asl.json', text });
  expect(parseYaml(exported(source, 'yaml').text)).toEqual(JSON.parse(text));
});
