/** The workflow as files of other tools: its own text, a SAM template, a Terraform resource. */
import { convert } from '../../asl/convert';
import { yaml } from '../../asl/yaml';
import { namesIn } from '../save/deployable';
import type { StudioState } from '../store';

export type Format = 'json' | 'yaml' | 'sam' | 'terraform';
type Source = Pick<StudioState, 'text' | 'language' | 'workflow' | 'config'>;

export interface ExportedFile {
  name: string;
  text: string;
}

/** Letters and digits, as logical IDs and Terraform's names need them. */
const identifier = (name: string, joint: string) => {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word) => (joint ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)));
  return joined.join(joint).replace(/^(?=\d)/, joint ? '_' : 'S') || (joint ? 'state_machine' : 'StateMachine');
};

export function exported(source: Source, format: Format): ExportedFile {
  const base = source.config.name || 'state-machine';
  const value = source.workflow?.value ?? {};
  switch (format) {
    case 'json':
    case 'yaml': {
      const text = source.workflow ? convert(source.text, source.language, format) : source.text;
      return { name: `${base}.asl.${source.workflow ? format : source.language}`, text };
    }
    case 'sam':
      return { name: 'template.yaml', text: sam(source, value) };
    case 'terraform':
      return { name: `${identifier(base, '_')}.tf`, text: terraform(source, value) };
  }
}

// Words such as `on` and `no` are quoted, for parsers of YAML 1.1 take them for true and false.
const yamlOf = (value: unknown) => yaml().stringify(value, { lineWidth: 0, version: '1.1' });

function sam({ text, config }: Source, definition: object): string {
  const { name, type, roleArn, logging, isTraced, tags, encryption } = config;
  const names = namesIn(text);
  const properties = {
    Name: name,
    Type: type,
    Role: roleArn,
    ...(names.length > 0 && {
      DefinitionSubstitutions: Object.fromEntries(names.map((one) => [one, config.substitutions[one] ?? ''])),
    }),
    ...(logging.level !== 'OFF' && {
      Logging: {
        Level: logging.level,
        IncludeExecutionData: logging.includeExecutionData,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: logging.logGroupArn } }],
      },
    }),
    ...(isTraced && { Tracing: { Enabled: true } }),
    ...(tags.length > 0 && { Tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) }),
    Definition: definition,
  };
  const template = yamlOf({
    AWSTemplateFormatVersion: '2010-09-09',
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: { [identifier(name, '')]: { Type: 'AWS::Serverless::StateMachine', Properties: properties } },
  });
  const note = '# AWS::Serverless::StateMachine has no encryption: set it by AWS::StepFunctions::StateMachine.\n';
  return encryption ? note + template : template;
}

function terraform({ text, config }: Source, definition: object): string {
  const { name, type, roleArn, logging, isTraced, tags, encryption, substitutions } = config;
  const names = namesIn(text);
  const variable = (one: string) => identifier(one, '_');
  const variables = names.map((one) => {
    const value = substitutions[one];
    return `variable ${quoted(variable(one))} {\n  type = string\n${value ? `  default = ${quoted(value)}\n` : ''}}\n\n`;
  });
  // In a heredoc ${ and %{ are Terraform's own; those of the definition's names become its variables.
  const json = JSON.stringify(definition, null, 2)
    .replaceAll('%{', '%%{')
    .replaceAll('${', () => '$${')
    .replace(/\$\$\{[ \t]*([^}]*?)[ \t]*\}/g, (whole, one) =>
      names.includes(one) ? `\${var.${variable(one)}}` : whole,
    );
  const blocks = [
    logging.level !== 'OFF' &&
      block('logging_configuration', {
        level: quoted(logging.level),
        include_execution_data: String(logging.includeExecutionData),
        log_destination: quoted(logging.logGroupArn),
      }),
    isTraced && block('tracing_configuration', { enabled: 'true' }),
    encryption &&
      block('encryption_configuration', {
        type: quoted('CUSTOMER_MANAGED_KMS_KEY'),
        kms_key_id: quoted(encryption.kmsKeyId),
        ...(encryption.kmsDataKeyReusePeriodSeconds !== null && {
          kms_data_key_reuse_period_seconds: String(encryption.kmsDataKeyReusePeriodSeconds),
        }),
      }),
    tags.length > 0 &&
      `  tags = {\n${tags.map(({ key, value }) => `    ${quoted(key)} = ${quoted(value)}\n`).join('')}  }\n`,
  ].filter(Boolean);
  return `${variables.join('')}resource "aws_sfn_state_machine" ${quoted(identifier(name, '_'))} {
  name       = ${quoted(name)}
  type       = ${quoted(type)}
  role_arn   = ${quoted(roleArn)}
  definition = <<JSON
${json}
JSON
${blocks.map((one) => `\n${one}`).join('')}}
`;
}

const block = (name: string, values: Record<string, string>) =>
  `  ${name} {\n${Object.entries(values)
    .map(([key, value]) => `    ${key} = ${value}\n`)
    .join('')}  }\n`;

/** A string of HCL. */
const quoted = (text: string) =>
  JSON.stringify(text)
    .replaceAll('${', () => '$${')
    .replaceAll('%{', '%%{');
