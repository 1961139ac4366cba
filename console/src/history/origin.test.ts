import { expect, test } from 'vitest';
import { parse } from '../asl/parse';
import { fold } from './fold';
import { originOf } from './origin';

test('a Fail state that raises a caught error again leads to the step where it came up', () => {
  const definition = {
    StartAt: 'Work',
    States: {
      Work: { Type: 'Task', Resource: 'x', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Clean up' }], End: true },
      'Clean up': { Type: 'Pass', Next: 'Give up' },
      'Give up': { Type: 'Fail', ErrorPath: '$.Error' },
    },
  };
  const { workflow } = parse(JSON.stringify(definition), 'json');
  const types: [type: string, more?: object][] = [
    ['ExecutionStarted'],
    ['TaskStateEntered', { name: 'Work' }],
    ['TaskScheduled'],
    ['TaskFailed', { error: 'Broken' }],
    ['TaskStateExited', { name: 'Work' }],
    ['PassStateEntered', { name: 'Clean up' }],
    ['PassStateExited', { name: 'Clean up' }],
    ['FailStateEntered', { name: 'Give up' }],
    ['ExecutionFailed', { error: 'Broken' }],
  ];
  const events = types.map(([type, more], index) => ({ id: index + 1, prev: index, type, at: index, ...more }));
  expect(originOf(fold(workflow, events))?.name).toBe('Work');
  const other = events.map((event) => (event.type === 'ExecutionFailed' ? { ...event, error: 'Other' } : event));
  expect(originOf(fold(workflow, other))).toBeNull();
});
