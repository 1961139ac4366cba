import { expect, test } from 'vitest';
import { ApiError } from '../../api/errors';
import { parse } from '../../asl/parse';
import type { State } from '../../asl/types';
import { initialSettings, problemsOf, refusalOf, requestOf, settingsOf, workOf } from './request';
import { handlingOf, stagesOf } from './stages';

const states = {
  Plain: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:ec2:rebootInstances', Arguments: {}, End: true },
  Job: { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync', Arguments: {}, End: true },
  Work: { Type: 'Task', Resource: 'arn:aws:states:us-east-1:123456789012:activity:w', End: true },
  Each: { Type: 'Map', ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } }, End: true },
  Note: { Type: 'Pass', End: true },
};
const text = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Plain', States: states });
const workflow = parse(text, 'json').workflow;
const state = (name: string) => workflow?.states.get(`/States/${name}`) as State;

test('what others end, and what has children, can only be mocked', () => {
  expect(Object.keys(states).map((name) => workOf(state(name)))).toEqual(['call', 'mock', 'mock', 'mock', 'none']);
});

test('a request says no more than what was filled in', () => {
  const settings = initialSettings(state('Plain'), [], 'arn:aws:iam::123456789012:role/r');
  expect(requestOf(state('Plain'), settings, null)).toEqual({
    definition: JSON.stringify({ QueryLanguage: 'JSONata', ...states.Plain }),
    roleArn: 'arn:aws:iam::123456789012:role/r',
    input: '{}',
    inspectionLevel: 'DEBUG',
  });
  // What belongs to a mock goes with a mock alone.
  const filled = { ...settings, context: '{}', retrierRetryCount: '1' };
  expect(requestOf(state('Plain'), filled, null)).not.toHaveProperty('context');
  expect(requestOf(state('Plain'), { ...filled, answer: 'error', error: 'E' }, text)).toMatchObject({
    definition: text,
    stateName: 'Plain',
    context: '{}',
    mock: { errorOutput: { error: 'E' } },
    stateConfiguration: { retrierRetryCount: 1 },
  });
  const map = { ...initialSettings(state('Each'), ['a'], ''), mapIterationFailureCount: '2', errorCausedByState: 'In' };
  expect(requestOf(state('Each'), map, null)).toMatchObject({
    variables: '{\n  "a": null\n}',
    mock: { result: '[]' },
    stateConfiguration: { mapIterationFailureCount: 2 },
  });
});

test('what is wrong is said of its field', () => {
  const settings = initialSettings(state('Each'), [], '');
  const wrong = { ...settings, input: '{', variables: '[]', result: 'x', mapIterationFailureCount: '-1' };
  expect(Object.keys(problemsOf(state('Each'), wrong))).toEqual([
    'input',
    'variables',
    'result',
    'mapIterationFailureCount',
  ]);
  expect(problemsOf(state('Note'), { ...wrong, input: '1', variables: '' })).toEqual({});
});

test('what the API refuses is said of its field', () => {
  const fieldOf = (name: string, message: string) => Object.keys(refusalOf(new ApiError(name, message, 400)))[0];
  const validation = (message: string) => fieldOf('ValidationException', message);
  expect(fieldOf('InvalidExecutionInput', "Invalid State Machine Execution Input: 'EOF'")).toBe('input');
  expect(validation("Mock result schema validation error: Required field 'Activities' is missing")).toBe('result');
  expect(validation("Invalid Context object provided: Field 'Map' is not allowed")).toBe('context');
  expect(validation("ErrorCausedByState 'X' does not exist in the state under test")).toBe('errorCausedByState');
  const constraint = "Value '-1' at 'stateConfiguration.retrierRetryCount' failed to satisfy constraint: …";
  expect(validation(`1 validation error detected: ${constraint}`)).toBe('retrierRetryCount');
  expect(fieldOf('InvalidDefinition', 'Invalid State Machine Definition')).toBeUndefined();
  expect(refusalOf(null)).toEqual({});
});

test('what was filled in before fits the state as it is now', () => {
  const kept = { input: '7', answer: 'call' } as const;
  expect(settingsOf(state('Job'), [], '', kept)).toMatchObject({ input: '7', answer: 'result' });
  expect(settingsOf(state('Plain'), [], '', kept)).toMatchObject({ input: '7', answer: 'call' });
});

test('stages come in the order of the data and know what they were made of', () => {
  const answer = {
    status: 'SUCCEEDED',
    output: '{"a":1}',
    inspectionData: {
      input: '{}',
      afterResultPath: '{"a":1}',
      result: '1',
      afterInputPath: '{}',
      variables: '{"v":1}',
    },
  } as const;
  const stages = stagesOf(answer, { input: '{ }' });
  expect(stages.map(({ id, before }) => [id, before?.title])).toEqual([
    ['input', undefined],
    ['afterInputPath', 'Input'],
    ['result', undefined],
    ['afterResultPath', 'Input'],
    ['output', 'After ResultPath'],
    ['variables', 'Variables before'],
  ]);
  expect(stagesOf({ status: 'FAILED' }, { input: '{ }', mock: { result: '1' } }).map(({ text }) => text)).toEqual([
    '{ }',
  ]);
});

test('an error says who takes it', () => {
  const of = (status: 'RETRIABLE' | 'CAUGHT_ERROR' | 'FAILED', errorDetails: object) =>
    handlingOf({ status, error: 'E', nextState: 'X', inspectionData: { errorDetails } }, [{ MaxAttempts: 2 }]);
  expect(of('RETRIABLE', { retryIndex: 0, retryBackoffIntervalSeconds: 3 })).toBe(
    'Retrier #1 would try again after 3 s.',
  );
  expect(of('CAUGHT_ERROR', { catchIndex: 1, retryIndex: 0 })).toContain(
    'Catcher #2 goes on with “X”. Retrier #1 has no',
  );
  expect(of('FAILED', {})).toContain('No retrier and no catcher');
  expect(handlingOf({ status: 'SUCCEEDED' }, [])).toBeNull();
});
