import { expect, test } from 'vitest';
import { skeletonOf } from './skeleton';

test('JSONPath: what is read before the input is replaced', () => {
  const definition = {
    StartAt: 'Any?',
    States: {
      'Any?': {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.order.total', NumericGreaterThan: 10 },
              { Variable: '$.isUrgent', BooleanEquals: true },
            ],
            Next: 'Get',
          },
        ],
        Default: 'Wait',
      },
      Wait: { Type: 'Wait', TimestampPath: '$.at', Next: 'Get' },
      Get: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: {
          'Payload.$': "States.Format('{} {}', $.order.id, $.tags[0])",
          'Name.$': '$$.Execution.Input.name',
        },
        ResultPath: '$.got',
        Next: 'Each',
      },
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: { StartAt: 'X', States: { X: { Type: 'Pass', InputPath: '$.sku' } } },
        Next: 'After',
      },
      After: { Type: 'Pass', InputPath: '$.notOfTheInput', End: true },
    },
  };
  expect(skeletonOf(definition)).toEqual({
    order: { total: 0, id: '' },
    isUrgent: false,
    at: '2030-01-01T00:00:00Z',
    tags: [],
    items: [],
    name: '',
  });
});

test('JSONata: the input of states that see it', () => {
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Pass',
        Assign: { who: '{% $states.input.user.name & $count($states.input.parts) %}' },
        Next: 'Each',
      },
      Each: { Type: 'Map', Items: '{% $states.input.instances %}', Output: '{% $states.result.x %}', Next: 'Last' },
      Last: {
        Type: 'Task',
        Arguments: { A: '{% $states.input.other %}', B: '{% $states.context.Execution.Input.id %}' },
      },
    },
  };
  expect(skeletonOf(definition)).toEqual({ user: { name: '' }, parts: [], instances: [], id: '' });
});

test('nothing to tell, and nothing that makes it fail', () => {
  for (const definition of [null, [], {}, { StartAt: 'A', States: { A: null } }, { StartAt: '__proto__', States: [] }])
    expect(skeletonOf(definition)).toBeNull();
});
