import { expect, test } from 'vitest';
import { parse } from '../../asl/parse';
import { placeBehind } from './place';

const workflow = (definition: object) => {
  const parsed = parse(JSON.stringify(definition), 'json');
  if (!parsed.workflow) throw new Error('no workflow');
  return parsed.workflow;
};
const end = { Type: 'Pass', End: true };

test('without a selection it goes to the end of what ends well', () => {
  const choices = {
    StartAt: 'C',
    States: {
      C: { Type: 'Choice', Choices: [], Default: 'F' },
      F: { Type: 'Fail' },
      A: { Type: 'Pass', Next: 'B' },
      B: end,
    },
  };
  expect(placeBehind(workflow(choices), [])).toEqual({ kind: 'end', state: '/States/B' });
  expect(placeBehind(workflow({ StartAt: '', States: {} }), [])).toEqual({ kind: 'start', scope: '' });
});

test('behind what is selected, before what nothing can follow', () => {
  const states = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'S' }, S: { Type: 'Succeed' } } };
  expect(placeBehind(workflow(states), ['/States/A'])).toEqual({ kind: 'edge', transition: '/States/A/Next' });
  expect(placeBehind(workflow(states), ['/States/S'])).toEqual({ kind: 'edge', transition: '/States/A/Next' });
  const alone = { StartAt: 'F', States: { F: { Type: 'Fail' } } };
  expect(placeBehind(workflow(alone), ['/States/F'])).toEqual({ kind: 'start', scope: '' });
});

test('behind several of them is where they end well', () => {
  const states = {
    A: { Type: 'Choice', Choices: [{ Next: 'B' }], Default: 'F' },
    B: { Type: 'Pass', Next: 'C' },
    C: end,
    F: { Type: 'Fail' },
  };
  const all = ['A', 'B', 'F'].map((name) => `/States/${name}`);
  expect(placeBehind(workflow({ StartAt: 'A', States: states }), all)).toEqual({
    kind: 'edge',
    transition: '/States/B/Next',
  });
});

test('an empty Map is filled first', () => {
  const map = (States: object) =>
    workflow({ StartAt: 'M', States: { M: { Type: 'Map', ItemProcessor: { StartAt: 'A', States }, End: true } } });
  expect(placeBehind(map({}), ['/States/M'])).toEqual({ kind: 'start', scope: '/States/M/ItemProcessor' });
  expect(placeBehind(map({ A: end }), ['/States/M'])).toEqual({ kind: 'end', state: '/States/M' });
});
