import { expect, test } from 'vitest';
import { readCause } from './read-cause';

test('what functions, jobs and executions say in their cause', () => {
  const python = { errorMessage: 'no host', errorType: 'HostError', stackTrace: ['  File "app.py"\n', '    raise\n'] };
  expect(readCause(JSON.stringify(python), 'HostError')).toEqual({
    message: 'no host',
    trace: ['  File "app.py"', '    raise'],
  });
  const node = { errorType: 'TypeError', errorMessage: 'x is undefined', trace: ['TypeError: x', ' at y.js'] };
  expect(readCause(JSON.stringify(node), 'Other')?.message).toBe('TypeError: x is undefined');
  const execution = { Error: 'NoStock', Cause: 'none left', ExecutionArn: 'arn:x', Status: 'FAILED' };
  expect(readCause(JSON.stringify(execution), 'States.TaskFailed')).toMatchObject({
    message: 'NoStock: none left',
    executionArn: 'arn:x',
  });
  expect(readCause(JSON.stringify({ StoppedReason: 'out of memory' }))?.message).toBe('out of memory');
  for (const other of ['the line broke', '{"a":1}', 'null', '[]', '{']) expect(readCause(other)).toBeNull();
});
