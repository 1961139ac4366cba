import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parse } from './parse';
import type { Language, Parsed } from './types';

const root = resolve(import.meta.dirname, '../../..');

const order = `{
  "StartAt": "Check",
  "States": {
    "Check": {
      "Type": "Choice",
      "Choices": [
        { "And": [ { "Variable": "$.a", "NumericLessThanEquals": 3 }, { "Not": { "Variable": "$.b", "IsPresent": true } } ], "Next": "Each" },
        { "Variable": "$.c", "StringEqualsPath": "$.d", "Next": "Gone" }
      ],
      "Default": "Stop"
    },
    "Each": {
      "Type": "Map",
      "QueryLanguage": "JSONata",
      "ItemProcessor": { "StartAt": "Work", "States": { "Work": { "Type": "Task", "Resource": "r", "End": true,
        "Catch": [ { "ErrorEquals": ["A", "B"], "Next": "Work" } ] } } },
      "Next": "Stop"
    },
    "Stop": { "Type": "Succeed" }
  }
}`;

function transitions(parsed: Parsed) {
  const states = [...(parsed.workflow?.states.values() ?? [])];
  return states.flatMap((state) =>
    state.transitions.map(({ kind, to, label, pointer }) => `${pointer} ${kind} -> ${to}: ${label}`),
  );
}

describe('a definition', () => {
  const yaml = stringify(JSON.parse(order));
  test.each([
    ['json', order],
    ['yaml', yaml],
  ] as [Language, string][])('in %s becomes scopes, states and transitions', (language, text) => {
    const parsed = parse(text, language);
    expect(parsed.problems).toEqual([]);
    expect(parsed.workflow?.value).toEqual(JSON.parse(order));
    expect([...(parsed.workflow?.scopes.keys() ?? [])]).toEqual(['', '/States/Each/ItemProcessor']);
    expect(transitions(parsed)).toEqual([
      '/States/Check/Choices/0/Next choice -> /States/Each: $.a <= 3 and not ($.b is present)',
      '/States/Check/Choices/1/Next choice -> null: $.c == $.d',
      '/States/Check/Default default -> /States/Stop: Default',
      '/States/Each/Next next -> /States/Stop: ',
      '/States/Each/ItemProcessor/States/Work/Catch/0/Next catch -> /States/Each/ItemProcessor/States/Work: A, B',
    ]);
    const work = parsed.workflow?.states.get('/States/Each/ItemProcessor/States/Work');
    expect(work).toMatchObject({ name: 'Work', type: 'Task', queryLanguage: 'JSONPath', isEnd: true });
    const within = text.indexOf('ErrorEquals');
    expect(parsed.stateAt(within)).toBe(work?.path);
    expect(parsed.stateAt(text.indexOf('Gone'))).toBe('/States/Check');
    const range = parsed.rangeOf('/States/Check/Choices/1/Next');
    expect(text.slice(range?.from, range?.to).replaceAll('"', '')).toBe('Gone');
    const key = parsed.rangeOf('/States/Each', 'key');
    expect(text.slice(key?.from, key?.to).replaceAll('"', '')).toBe('Each');
  });

  test('takes names that objects of JavaScript have of their own', () => {
    const text =
      '{"StartAt":"__proto__","States":{"__proto__":{"Type":"Pass","Next":"constructor"},"constructor":{"Type":"Succeed"}}}';
    const { workflow } = parse(text, 'json');
    expect([...(workflow?.states.keys() ?? [])]).toEqual(['/States/__proto__', '/States/constructor']);
    expect(JSON.stringify(workflow?.value)).toBe(text);
    expect(workflow?.states.get('/States/__proto__')?.transitions[0]?.to).toBe('/States/constructor');
    expect(parse('{"StartAt":"toString","States":{}}', 'json').workflow?.scopes.get('')?.start).toBeNull();
  });

  test.each([
    ['{"States": []}', 0],
    [
      '{"States": {"A": null, "B": 3, "C": {"Type": "Nothing"}, "D": {"Type": "Map"}, "E": {"Type": "Parallel", "Branches": [1]}}}',
      5,
    ],
    ['{"StartAt": 1, "States": {"A": {"Type": "Choice", "Choices": {"x": 1}}}}', 1],
  ])('draws what is there of %s', (text, states) => {
    expect(parse(text, 'json').workflow?.states.size).toBe(states);
  });
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['json', '{"States": {"A": {"Type": "Pass" "End": true}}}', '"End"', 'comma'],
    ['json', '{"States": {"A": {"Type": "Pass",}}}', '}', 'comma too many'],
    ['json', '{"States": {"A": {"Type": }}}', '}', 'value is expected'],
    ['json', '{"States": {"A": {"Type": "Pass}}}', '"Pass}}}', 'closing quote'],
    ['json', '[1, 2]', '[1', 'is an object'],
    ['yaml', 'States:\n  A: {Type: Pass\n  B: 1', '', 'no YAML'],
    ['yaml', 'States: {}\n---\nStates: {}', '---', 'one document'],
    ['yaml', 'States: &a\n  A: *a', '', 'inside of what it names'],
  ] as [Language, string, string, string][])('%s: %s', (language, text, at, message) => {
    const { workflow, problems } = parse(text, language);
    expect(workflow).toBeNull();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(text.slice(problems[0]?.from)).toMatch(new RegExp(`^${at.replace(/[[{}\]]/g, '\\$&')}`));
  });

  test.each([
    ['json', '{"States": {"A": {"Type": "Pass", "Type": "Wait"}}}', 'twice'],
    ['json', '{"States": {"A": {"Type": "Wait" /* why */}}}', 'no comments'],
    ['yaml', 'States:\n  A:\n    Type: Pass\n    Type: Wait\n', 'twice'],
  ] as [Language, string, string][])('but still drawn: %s %s', (language, text, message) => {
    const { workflow, problems } = parse(text, language);
    expect(workflow?.states.get('/States/A')?.type).toBe('Wait');
    expect(problems[0]).toMatchObject({ state: '/States/A', severity: 'error' });
    expect(problems[0]?.message).toContain(message);
  });
});

test.each([
  ['json', '{"States": {"${Name}": {"Type": "Wait", "Seconds": ${Seconds}, "Comment": "in ${AWS::Region}"}}}'],
  ['yaml', 'States:\n  ${Name}: {Type: Wait, Seconds: ${Seconds}, Comment: "in ${AWS::Region}"}\n'],
] as [Language, string][])('substitutions are no errors in %s', (language, text) => {
  const { workflow, problems } = parse(text, language);
  expect(problems).toEqual([]);
  expect(workflow?.states.get('/States/${Name}')?.value).toEqual({
    Type: 'Wait',
    Seconds: '${Seconds}',
    Comment: 'in ${AWS::Region}',
  });
});

test('anchors, aliases and merge keys of YAML', () => {
  const text = `States:
  A: &task
    Type: Task
    Resource: r
    Retry: &retry [{ErrorEquals: [X]}]
    End: true
  B: {<<: *task, Next: A, End: false}
  C: {Type: Task, Retry: *retry}
`;
  const { workflow, problems, root } = parse(text, 'yaml');
  expect(problems).toEqual([]);
  expect(workflow?.states.get('/States/B')?.value).toEqual({
    Type: 'Task',
    Resource: 'r',
    Retry: [{ ErrorEquals: ['X'] }],
    Next: 'A',
    End: false,
  });
  expect(workflow?.states.get('/States/C')?.value.Retry).toEqual([{ ErrorEquals: ['X'] }]);
  expect(root?.index.get('States')?.value.index.get('C')?.value.index.get('Retry')?.value.isShared).toBe(true);
});

test('the examples are read', () => {
  for (const name of readdirSync(resolve(root, 'examples'))) {
    for (const file of readdirSync(resolve(root, 'examples', name, 'statemachine'))) {
      const text = readFileSync(resolve(root, 'examples', name, 'statemachine', file), 'utf8');
      const parsed = parse(text, file.endsWith('.json') ? 'json' : 'yaml');
      expect(parsed.problems, `${name}/${file}`).toEqual([]);
      expect(parsed.workflow?.states.size, `${name}/${file}`).toBeGreaterThan(1);
    }
  }
});

test('nothing throws, whatever the text', () => {
  const bits = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\n  ',
    '- ',
    '&a ',
    '*a',
    '<<',
    '${A}',
    'States',
    'Type',
    '\\',
    '#',
    '|',
    '\t',
    '---',
    '!x ',
  );
  const text = fc.oneof(
    fc.string(),
    fc.constant('/*'),
    fc.array(fc.oneof(bits, fc.string({ maxLength: 3 }))).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom<Language>('json', 'yaml'), (text, language) => {
      const parsed = parse(text, language);
      if (!parsed.workflow) expect(parsed.problems.length).toBeGreaterThan(0);
      for (const { from, to } of parsed.problems) expect(0 <= from && from <= to && to <= text.length).toBe(true);
      parsed.stateAt(text.length / 2);
    }),
    { numRuns: 2000 },
  );
  for (const language of ['json', 'yaml'] as const) parse('['.repeat(100_000), language);
}, 30_000);

test('2,000 states are read within a frame or a few', () => {
  const States: Record<string, unknown> = {};
  for (let index = 0; index < 2000; index += 1) {
    const Arguments = { FunctionName: 'f', Payload: { text: 'x'.repeat(250), list: [1, 2, 3] } };
    States[`State ${index}`] = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments,
      Next: `State ${index + 1}`,
    };
  }
  const text = JSON.stringify({ StartAt: 'State 0', States }, null, 2);
  // Of the processor, for others may be using it too.
  const cost = (text: string, language: Language) => {
    parse('', language);
    const start = process.cpuUsage();
    expect(parse(text, language).workflow?.states.size).toBe(2000);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  parse(text, 'json');
  expect(cost(text, 'json'), `${text.length} characters`).toBeLessThan(600);
  // YAML is read once, and then what was changed.
  const yaml = stringify({ StartAt: 'State 0', States });
  const first = cost(yaml, 'yaml');
  const edited = yaml.replace('text: xxx', 'text: xxxx');
  expect(edited).not.toBe(yaml);
  expect(cost(edited, 'yaml')).toBeLessThan(first / 3);
}, 30_000);
