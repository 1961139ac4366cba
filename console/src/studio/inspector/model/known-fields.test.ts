import { expect, test } from 'vitest';
import type { State } from '../../../asl/types';
import { strayFields, strayInState, strayOfWorkflow } from './known-fields';

const strays = (value: Record<string, unknown>, queryLanguage: 'JSONata' | 'JSONPath' = 'JSONata') =>
  strayFields({ type: value.Type, value, queryLanguage } as State);

test('fields of the other language are named with what takes their place', () => {
  expect(strays({ Type: 'Task', Resource: 'r', Parameters: {}, TimeoutSecondsPath: '$.t', End: true })).toEqual([
    { name: 'Parameters', why: 'JSONPath only; in JSONata it is Arguments' },
    { name: 'TimeoutSecondsPath', why: 'JSONPath only; in JSONata it is TimeoutSeconds' },
  ]);
  expect(strays({ Type: 'Task', Resource: 'r', Parameters: {}, TimeoutSecondsPath: '$.t' }, 'JSONPath')).toEqual([]);
});

test('what only a distributed Map has does nothing in an inline one', () => {
  const map = { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' } }, ItemReader: {}, Label: 'l' };
  expect(strays(map)).toEqual([]);
  expect(strays({ ...map, ItemProcessor: {} }).map(({ name }) => name)).toEqual(['ItemReader', 'Label']);
});

test('what no state has is named too', () => {
  expect(strays({ Type: 'Succeed', Next: 'A', Coment: 'typo' })).toEqual([
    { name: 'Next', why: 'The language has no such field here; it is kept' },
    { name: 'Coment', why: 'The language has no such field here; it is kept' },
  ]);
  const names = (found: { name: string }[]) => found.map(({ name }) => name);
  expect(names(strayOfWorkflow({ StartAt: 'A', States: {}, Timeout: 1 }, 'JSONata', true))).toEqual(['Timeout']);
  expect(names(strayInState({ ErrorEquals: [], Next: 'A', ResultPath: '$' }, 'JSONata', ['Catch', '0']))).toEqual([
    'ResultPath',
  ]);
});
