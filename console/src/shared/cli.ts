/** A call of an API as the command that makes it. */

import type { Service } from '../api/aws';
import { infoQuery, queries } from '../api/queries';

/** In single quotes unless it is plainly harmless. */
export function shellQuote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** botocore's name of a member or an operation on the command line: `stateMachineArn` is `state-machine-arn`. */
export function kebab(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/** The exact command, for a POSIX shell: `aws stepfunctions start-execution … --endpoint-url ORIGIN`. */
export function cli(service: Service, operation: string, input: object): string {
  const region = queries.getQueryData(infoQuery.queryKey)?.region;
  return command(service, operation, input, location.origin, region);
}

export function command(service: Service, operation: string, input: object, origin: string, region?: string): string {
  const members = Object.entries(input).filter(([, value]) => value !== undefined);
  if (service === 'stepwright') {
    // Ours alone: the AWS CLI does not know it.
    return [
      `curl ${shellQuote(`${origin}/`)}`,
      `-H 'Content-Type: application/x-amz-json-1.0'`,
      `-H 'X-Amz-Target: Stepwright.${operation}'`,
      `-d ${shellQuote(JSON.stringify(input))}`,
    ].join(' ');
  }
  const options = [...memberOptions(service, operation, members)];
  options.push(`--endpoint-url ${shellQuote(origin)}`);
  if (region) options.push(`--region ${shellQuote(region)}`);
  const outfile = service === 'lambda' && operation === 'Invoke' ? ' /dev/stdout' : '';
  return `aws ${service} ${kebab(operation)} ${options.join(' ')}${outfile}`;
}

/** Where the CLI has an option of its own by that name. */
const renamed: Record<string, string> = { 'SendTaskSuccess.output': 'task-output' };

function* memberOptions(service: Service, operation: string, members: [string, unknown][]) {
  // The CLI reads such a text as the name of a file: only a whole request keeps it as it is.
  const isFileName = ([, value]: [string, unknown]) => typeof value === 'string' && /^(fileb?|https?):\/\//.test(value);
  if (members.some(isFileName)) {
    yield `--cli-input-json ${shellQuote(JSON.stringify(Object.fromEntries(members)))}`;
    return;
  }
  for (const [name, value] of members) {
    const option = `--${renamed[`${operation}.${name}`] ?? kebab(name)}`;
    if (typeof value === 'boolean') yield value ? option : `--no-${kebab(name)}`;
    else if (typeof value === 'string' && value.startsWith('-')) yield `${option}=${shellQuote(value)}`;
    else yield `${option} ${shellQuote(typeof value === 'string' ? value : JSON.stringify(value))}`;
  }
  if (service === 'lambda' && operation === 'Invoke') yield '--cli-binary-format raw-in-base64-out';
}
