import { expect, test } from 'vitest';
import { command, kebab, shellQuote } from './cli';

const origin = 'http://127.0.0.1:8083';

test('an option that the CLI has for itself goes by another name', () => {
  const text = command('stepfunctions', 'SendTaskSuccess', { taskToken: 'T', output: '{}' }, 'http://x');
  expect(text).toBe(`aws stepfunctions send-task-success --task-token T --task-output '{}' --endpoint-url http://x`);
});

test('commands are those that the AWS CLI takes', () => {
  const input = { stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:a', input: '{"it":"isn\'t"}' };
  expect(command('stepfunctions', 'StartExecution', input, origin, 'us-east-1')).toBe(
    "aws stepfunctions start-execution --state-machine-arn arn:aws:states:us-east-1:123456789012:stateMachine:a --input '{\"it\":\"isn'\\''t\"}' --endpoint-url http://127.0.0.1:8083 --region us-east-1",
  );
  expect(
    command('stepfunctions', 'TagResource', { resourceArn: 'a', tags: [{ key: 'k', value: 'v w' }] }, origin),
  ).toBe(
    `aws stepfunctions tag-resource --resource-arn a --tags '[{"key":"k","value":"v w"}]' --endpoint-url http://127.0.0.1:8083`,
  );
  expect(command('stepfunctions', 'TestState', { revealSecrets: false, name: '-x', note: undefined }, origin)).toBe(
    `aws stepfunctions test-state --no-reveal-secrets --name='-x' --endpoint-url http://127.0.0.1:8083`,
  );
});

test('a text that the CLI would take for a file goes as a whole request', () => {
  expect(command('stepfunctions', 'StopExecution', { executionArn: 'a', cause: 'file://secret' }, origin)).toBe(
    `aws stepfunctions stop-execution --cli-input-json '{"executionArn":"a","cause":"file://secret"}' --endpoint-url http://127.0.0.1:8083`,
  );
});

test('what AWS has not goes by curl', () => {
  expect(command('stepwright', 'RunSchedule', { Name: 'x' }, origin)).toBe(
    `curl http://127.0.0.1:8083/ -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: Stepwright.RunSchedule' -d '{"Name":"x"}'`,
  );
});

test('quotes and names', () => {
  expect(shellQuote('')).toBe("''");
  expect(shellQuote('a$(b)`c`\n!')).toBe("'a$(b)`c`\n!'");
  expect(kebab('publishVersion')).toBe('publish-version');
  expect(kebab('CreateStateMachineAlias')).toBe('create-state-machine-alias');
  expect(kebab('DestinationArn')).toBe('destination-arn');
});
