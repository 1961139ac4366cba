import { expect, test } from 'vitest';
import { parse } from '../../../asl/parse';
import { applyEdits } from '../../../asl/text';
import { renameMember } from './splices';

const json = `{ "StartAt": "A", "States": { "A": {
  "Type": "Task", "Resource": "r",
  "Parameters": { "First": 1, "Na/me": "x",  "Last": true },
  "End": true
} } }`;
const yaml = `StartAt: A
States:
  A:
    Type: Task # kept
    Resource: r
    Parameters:
      First: 1
      Na/me: x   # kept too
      Last: true
    End: true
`;

test('a member becomes an expression where it stands, and nothing else is touched', () => {
  const at = '/States/A/Parameters/Na~1me';
  const inJson = applyEdits(json, renameMember(parse(json, 'json'), at, 'Na/me.$', '$.x').edits);
  expect(inJson).toBe(json.replace('"Na/me": "x"', '"Na/me.$": "$.x"'));
  const inYaml = applyEdits(yaml, renameMember(parse(yaml, 'yaml'), at, 'Na/me.$', '$.x').edits);
  expect(parse(inYaml, 'yaml').workflow?.states.get('/States/A')?.value.Parameters).toEqual({
    First: 1,
    'Na/me.$': '$.x',
    Last: true,
  });
  expect(inYaml.split('\n').filter((line, index) => line !== yaml.split('\n')[index])).toHaveLength(1);
  expect(inYaml).toContain('# kept too');
});

test('a member that keeps its name changes its value alone', () => {
  const at = '/States/A/Parameters/First';
  expect(applyEdits(json, renameMember(parse(json, 'json'), at, 'First', '{% 1 %}').edits)).toBe(
    json.replace('"First": 1', '"First": "{% 1 %}"'),
  );
});
