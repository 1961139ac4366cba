import { describe, expect, test } from 'vitest';
import { convert } from './convert';
import { diagnosticsToProblems } from './diagnostics';
import { compareWorkflows } from './diff';
import { parse } from './parse';
import type { Workflow } from './types';
import { variablesBefore } from './variables';

const definition = `{
  "StartAt": "First",
  "States": {
    "First": { "Type": "Pass", "Assign": { "count": 1, "path.$": "$.x" }, "Next": "a/b" },
    "a/b": { "Type": "Choice", "Choices": [ { "Variable": "$.x", "IsNull": true, "Assign": { "rule": 1 }, "Next": "Each" } ], "Default": "Last" },
    "Each": { "Type": "Map", "ItemProcessor": { "StartAt": "In", "States": {
      "In": { "Type": "Pass", "Assign": { "inner": 1 }, "Next": "Out" }, "Out": { "Type": "Pass", "End": true } } },
      "Assign": { "mapped": 1 }, "Next": "a/b" },
    "Last": { "Type": "Pass", "Assign": { "last": 1 }, "End": true }
  }
}`;

function workflow(text: string): Workflow {
  const { workflow } = parse(text, 'json');
  if (!workflow) throw new Error(text);
  return workflow;
}

test('variables are those that may be assigned before', () => {
  const names = (path: string) => variablesBefore(workflow(definition), path).map(({ name }) => name);
  expect(names('/States/First')).toEqual([]);
  expect(names('/States/a~1b')).toEqual(['count', 'mapped', 'path', 'rule']);
  expect(names('/States/Each/ItemProcessor/States/Out')).toEqual(['count', 'inner', 'mapped', 'path', 'rule']);
  expect(names('/States/Last')).toEqual(['count', 'mapped', 'path', 'rule']);
});

test('diagnostics of the engine find their place', () => {
  const parsed = parse(definition, 'json');
  const at = (location?: string) => {
    const [problem] = diagnosticsToProblems(parsed, [{ severity: 'ERROR', code: 'X', message: 'x', location }]);
    return [problem?.pointer, problem?.state, definition.slice(problem?.from, problem?.to)];
  };
  expect(at('/States/First/Next')).toEqual(['/States/First/Next', '/States/First', '"a/b"']);
  expect(at('/States/a/b/Choices[0]/IsNull')).toEqual(['/States/a~1b/Choices/0/IsNull', '/States/a~1b', 'true']);
  expect(at('/States/a/b/Choices[0]')).toEqual(['/States/a~1b/Choices/0', '/States/a~1b', '{']);
  expect(at('/States/Each/Label')).toEqual(['/States/Each', '/States/Each', '"Each"']);
  expect(at()).toEqual(['', undefined, '"StartAt"']);

  // A parameter's name without its place.
  const task = parse('{"StartAt":"A","States":{"A":{"Parameters":{"List":[{"Bad":1},{"Bad.$":"$.b"}]}}}}', 'json');
  const wrong = { severity: 'ERROR', code: 'X', location: '/States/A/Parameters' } as const;
  const message = 'The field "Bad" is not supported by Step Functions';
  const pointers = diagnosticsToProblems(task, [
    { ...wrong, message },
    { ...wrong, message },
    { ...wrong, message: message.replace('Bad', 'Gone') },
  ]).map(({ pointer }) => pointer);
  expect(pointers).toEqual([
    '/States/A/Parameters/List/0/Bad',
    '/States/A/Parameters/List/1/Bad.$',
    '/States/A/Parameters',
  ]);
});

test('workflows are compared state by state', () => {
  const after = definition
    .replace('"count": 1', '"count": 2')
    .replace('"Last": {', '"Later": {')
    .replace('"Default": "Last"', '"Default": "Later"')
    .replace('"End": true } } }', '"Next": "New" }, "New": { "Type": "Succeed" } } }');
  const found = compareWorkflows(workflow(definition), workflow(after));
  expect(found.map(({ kind, name, fields }) => [kind, name, fields.join()])).toEqual([
    ['changed', 'First', 'Assign'],
    ['changed', 'a/b', 'Default'],
    ['changed', 'Out', 'End,Next'],
    ['added', 'New', ''],
    ['changed', 'Last → Later', 'name'],
  ]);
  const back = compareWorkflows(workflow(after), workflow(definition));
  expect(back.filter(({ kind }) => kind !== 'changed').map(({ kind, name }) => [kind, name])).toEqual([
    ['removed', 'New'],
  ]);
});

describe('a definition in the other language', () => {
  const json = `{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Wait",
      "Seconds": \${Seconds},
      "Comment": "\${Comment}",
      "Assign": { "x": "{% $states.input.a %}", "y": "one\\ntwo", "z": [], "e": {} },
      "Next": "No: 1"
    },
    "No: 1": { "Type": "Succeed" }
  }
}
`;
  test('means the same, there and back', () => {
    const yaml = convert(json, 'json', 'yaml');
    expect(yaml).toBe(`StartAt: A
States:
  A:
    Type: Wait
    Seconds: \${Seconds}
    Comment: "\${Comment}"
    Assign:
      x: "{% $states.input.a %}"
      y: |-
        one
        two
      z: []
      e: {}
    Next: "No: 1"
  "No: 1":
    Type: Succeed
`);
    const back = convert(yaml, 'yaml', 'json');
    expect(parse(back, 'json').workflow?.value).toEqual(parse(json, 'json').workflow?.value);
    expect(back).toContain('"Seconds": ${Seconds},');
    expect(back).toContain('"Comment": "${Comment}",');
  });

  test('is refused when it is broken, with the line', () => {
    expect(() => convert('{\n  "a": }', 'json', 'yaml')).toThrow('Line 2: A value is expected');
  });
});
