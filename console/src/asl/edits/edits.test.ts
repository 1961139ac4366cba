import { describe, expect, test } from 'vitest';
import { parse } from '../parse';
import { applyEdits } from '../text';
import type { Change, Language, Parsed, Place } from '../types';
import * as edits from '.';

const json = `{
  "Comment": "Restarts",
  "StartAt": "List",
  "States": {
    "List": { "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances", "Next": "Any?" },
    "Any?": {
      "Type": "Choice",
      "Choices": [
        { "Variable": "$.count", "NumericGreaterThan": 0, "Next": "Each" }
      ],
      "Default": "Done"
    },
    "Each": {
      "Type": "Map",
      "ItemProcessor": {
        "StartAt": "Reboot",
        "States": {
          "Reboot": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances",
            "Retry": [ { "ErrorEquals": ["States.ALL"] } ],
            "Next": "Wait"
          },
          "Wait": { "Type": "Wait", "Seconds": 60, "End": true }
        }
      },
      "Catch": [
        {
          "ErrorEquals": ["States.ALL"],
          "Next": "Alarm"
        }
      ],
      "Next": "Done"
    },
    "Alarm": {
      "Type": "Pass",
      "Next": "Done"
    },
    "Done": { "Type": "Succeed" }
  }
}
`;

const yaml = `# Restarts what is old.
Comment: Restarts
StartAt: List
States:
  # All of them
  List: # first
    Type: Task
    Resource: arn:aws:states:::aws-sdk:ec2:describeInstances
    Next: Any?

  # Are there any?
  Any?:
    Type: Choice
    Choices:
      - Variable: $.count # of instances
        NumericGreaterThan: 0
        Next: Each
    Default: Done
  Each:
    Type: Map
    ItemProcessor:
      StartAt: Reboot
      States:
        Reboot:
          Type: Task
          Resource: 'arn:aws:states:::aws-sdk:ec2:rebootInstances'
          Retry: [{ErrorEquals: [States.ALL]}]
          Next: Wait
        Wait: {Type: Wait, Seconds: 60, End: true}
    Catch:
      - ErrorEquals: [States.ALL]
        Next: Alarm
    Next: Done
  Alarm:
    Type: Pass
    Next: Done
  Done: {Type: Succeed} # the end
`;

const both: [Language, string][] = [
  ['json', json],
  ['yaml', yaml],
];

function run(text: string, language: Language, command: (parsed: Parsed) => Change) {
  const change = command(parse(text, language));
  const after = applyEdits(text, change.edits);
  return { change, after, parsed: parse(after, language) };
}

/** Lines that are only in one of two texts, as a diff shows them. */
function difference(before: string, after: string): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const lines = (sign: string, lines: string[]) => lines.map((line) => `${sign} ${line}\n`).join('');
  return `\n${lines('-', a.slice(start, a.length - end))}${lines('+', b.slice(start, b.length - end))}`;
}

function edge(transition: string): Place {
  return { kind: 'edge', transition };
}

describe('what an edit does to the lines', () => {
  const commands: Record<string, (parsed: Parsed) => Change> = {
    'a field is replaced': (parsed) => edits.setField(parsed, '/States/Each/ItemProcessor/States/Wait/Seconds', 5),
    'a field is added in its place': (parsed) => edits.setField(parsed, '/States/Alarm/Comment', 'tells: all'),
    'a field is removed': (parsed) => edits.setField(parsed, '/States/Each/Catch', undefined),
    'parents are made': (parsed) => edits.setField(parsed, '/States/List/Parameters/Filters/0/Name', 'vpc'),
    'a state is inserted on an edge': (parsed) =>
      edits.insertState(parsed, edge('/States/Alarm/Next'), 'Pause', { Type: 'Wait', Seconds: 3 }),
    'a state is inserted at the start': (parsed) =>
      edits.insertState(parsed, { kind: 'start', scope: '' }, 'Begin', { Type: 'Pass' }),
    'a state is inserted before the end': (parsed) =>
      edits.insertState(parsed, { kind: 'end', state: '/States/Each/ItemProcessor/States/Wait' }, 'Check', {
        Type: 'Pass',
      }),
    'a state is deleted': (parsed) => edits.deleteStates(parsed, ['/States/Any?']),
    'a retrier is added': (parsed) =>
      edits.insertItem(parsed, '/States/Each/ItemProcessor/States/Reboot/Retry', 0, {
        ErrorEquals: ['A'],
        MaxAttempts: 3,
      }),
    'a rule is added': (parsed) =>
      edits.insertItem(parsed, '/States/Any?/Choices', 1, { Variable: '$.x', IsPresent: true, Next: 'Done' }),
    'the last catcher is removed': (parsed) => edits.removeItem(parsed, '/States/Each/Catch', 0),
    'a state is renamed': (parsed) => edits.renameState(parsed, '/States/Each', 'For each'),
  };
  for (const [name, command] of Object.entries(commands))
    for (const [language, text] of both)
      test(`${name}, ${language}`, () => {
        expect(difference(text, run(text, language, command).after)).toMatchSnapshot();
      });
});

describe('into nothing', () => {
  const start: Place = { kind: 'start', scope: '' };
  const first = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
  test.each([
    ['json', '{}'],
    ['json', '{\n  "StartAt": "",\n  "States": {}\n}\n'],
    ['json', '{ "States": {} }'],
    ['yaml', 'StartAt: ""\nStates: {}\n'],
    ['yaml', 'States:\n'],
    ['yaml', '{}\n'],
  ] as [Language, string][])('the first state: %s %j', (language, text) => {
    const { parsed, after } = run(text, language, (parsed) => edits.insertState(parsed, start, 'A', { Type: 'Pass' }));
    expect(parsed.workflow?.value).toEqual(first);
    expect(after.endsWith('\n')).toBe(text.endsWith('\n'));
  });

  test.each([
    ['json', '{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true}}}'],
    ['yaml', 'StartAt: M\nStates:\n  M: {Type: Map, End: true}\n'],
  ] as [Language, string][])('a Map that has no processor yet: %s', (language, text) => {
    const scope = '/States/M/ItemProcessor';
    const { parsed } = run(text, language, (parsed) =>
      edits.insertState(parsed, { kind: 'start', scope }, 'A', { Type: 'Pass' }),
    );
    expect(parsed.workflow?.states.get('/States/M')?.value.ItemProcessor).toEqual({
      ProcessorConfig: { Mode: 'INLINE' },
      ...first,
    });
  });

  test('branches are added, filled and removed, and their states are followed', () => {
    const text = JSON.stringify(
      { StartAt: 'P', States: { P: { Type: 'Parallel', Branches: [first], End: true } } },
      null,
      2,
    );
    const added = run(text, 'json', (parsed) => edits.addBranch(parsed, '/States/P'));
    const place: Place = { kind: 'start', scope: '/States/P/Branches/1' };
    const filled = run(added.after, 'json', (parsed) => edits.insertState(parsed, place, 'A', { Type: 'Pass' }));
    expect(filled.change.select).toEqual(['/States/P/Branches/1/States/A (1)']);
    const { change, parsed } = run(filled.after, 'json', (parsed) => edits.removeBranch(parsed, '/States/P', 0));
    expect([...(change.moved ?? [])]).toEqual([
      ['/States/P/Branches/1/States/A (1)', '/States/P/Branches/0/States/A (1)'],
    ]);
    expect([...(parsed.workflow?.states.keys() ?? [])]).toEqual(['/States/P', '/States/P/Branches/0/States/A (1)']);
  });
});

describe('what cannot be done is refused in a sentence', () => {
  const refused: [string, Language, string, (parsed: Parsed) => Change, string][] = [
    [
      'a broken text',
      'json',
      '{"States": {',
      (parsed) => edits.setField(parsed, '/Comment', 'x'),
      'Repair it in Code mode',
    ],
    [
      'behind a Fail',
      'json',
      '{"States": {"F": {"Type": "Fail"}}}',
      (parsed) => edits.insertState(parsed, { kind: 'end', state: '/States/F' }, 'A', {}),
      'Nothing can follow a Fail',
    ],
    [
      'a name that is taken',
      'json',
      json,
      (parsed) => edits.renameState(parsed, '/States/Each', 'Wait'),
      'named Wait already',
    ],
    ['no name', 'json', json, (parsed) => edits.renameState(parsed, '/States/Each', ' '), 'needs a name'],
    [
      'into itself',
      'json',
      json,
      (parsed) => edits.moveStates(parsed, ['/States/Each'], edge('/States/Each/ItemProcessor/States/Reboot/Next')),
      'into itself',
    ],
    [
      'no states on the clipboard',
      'json',
      json,
      (parsed) => edits.pasteStates(parsed, edge('/States/Alarm/Next'), 'Hello'),
      'is no state',
    ],
    [
      'raw text that cannot be read',
      'json',
      json,
      (parsed) => edits.setRaw(parsed, '/States/Alarm', '{\n "Type": }'),
      'Line 2: A value is expected',
    ],
    [
      'inside of an alias',
      'yaml',
      'States:\n  A: &a {Type: Pass}\n  B: *a\n',
      (parsed) => edits.setField(parsed, '/States/B/Comment', 'x'),
      'alias',
    ],
    [
      'what an alias shares',
      'yaml',
      'States:\n  A: &a {Type: Pass}\n  B: *a\n',
      (parsed) => edits.setField(parsed, '/States/A/Comment', 'x'),
      'alias',
    ],
  ];
  test.each(refused)('%s', (_, language, text, command, message) => {
    expect(() => run(text, language, command)).toThrow(edits.EditRefused);
    expect(() => run(text, language, command)).toThrow(message);
  });
});

describe('a field that gets another name', () => {
  const json =
    '{ "StartAt": "A", "States": { "A": {\n  "Type": "Task",\n  "Parameters": { "First": 1, "Na/me": "x",  "Last": true } } } }';
  const yaml = `StartAt: A
States:
  A:
    Type: Task # kept
    Parameters:
      First: 1
      'Na/me': "x"   # kept too
      Last: true
`;
  const at = '/States/A/Parameters/Na~1me';
  test('stays where it is, in its quotes, and nothing else is touched', () => {
    const inJson = edits.renameField(parse(json, 'json'), at, 'Na/me.$', '$.x');
    expect(applyEdits(json, inJson.edits)).toBe(json.replace('"Na/me": "x"', '"Na/me.$": "$.x"'));
    const inYaml = edits.renameField(parse(yaml, 'yaml'), at, 'Na/me.$', '$.x');
    expect(applyEdits(yaml, inYaml.edits)).toBe(yaml.replace(`'Na/me': "x"`, () => `'Na/me.$': "$.x"`));
    const same = edits.renameField(parse(json, 'json'), '/States/A/Parameters/First', 'First', '{% 1 %}');
    expect(applyEdits(json, same.edits)).toBe(json.replace('"First": 1', '"First": "{% 1 %}"'));
  });
  test('does not take one that is there', () => {
    expect(() => edits.renameField(parse(json, 'json'), at, 'Last', 1)).toThrow('There is a field Last already');
  });
});
