import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeFindings,
  closeBrowser,
  createStateMachine,
  runToEnd,
  type Server,
  screenshot,
  serve,
  type Visitor,
  visit,
} from './harness';

let server: Server;
let target: string;
let machine: string;
let executionName: string;

beforeAll(async () => {
  server = await serve();
  target = await createStateMachine(server, 'target', { StartAt: 'A', States: { A: { Type: 'Succeed' } } });
  machine = await createStateMachine(server, 'patch-report', {
    QueryLanguage: 'JSONata',
    StartAt: 'Prepare',
    States: {
      Prepare: { Type: 'Pass', Assign: { region: 'eu-west-1' }, Output: { ids: ['i-1', 'i-2'] }, Next: 'Each' },
      Each: {
        Type: 'Map',
        Items: '{% $states.input.ids %}',
        ItemSelector: { id: '{% $states.context.Map.Item.Value %}', region: '{% $region %}' },
        ItemProcessor: {
          StartAt: 'Look',
          States: {
            Look: {
              Type: 'Pass',
              Output: '{% $merge([$states.input, {"seen": true, "in": $region}]) %}',
              End: true,
            },
          },
        },
        Next: 'Report',
      },
      Report: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution',
        Arguments: { StateMachineArn: target, Input: { report: '{% $states.input %}' } },
        Output: '{% {"arn": $states.result.ExecutionArn} %}',
        Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 2, IntervalSeconds: 7 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Sorry' }],
        End: true,
      },
      Sorry: { Type: 'Fail', Error: 'Patch.Failed' },
    },
  });
  const { executionArn } = await runToEnd(server, machine, { from: 'a past run' }, 'past-run');
  executionName = executionArn.split(':').pop() ?? '';
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

async function open({ page }: Visitor, state: string) {
  await page.goto(`${server.url}/console/studio/${encodeURIComponent(machine)}?state=${encodeURIComponent(state)}`);
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.getByTestId('test-state').waitFor();
}

const editor = (page: Page, label: string) =>
  page.getByTestId('test-state').getByRole('textbox', { name: label, exact: true });

/** Replaces what an editor holds. */
async function fill(page: Page, label: string, text: string) {
  await editor(page, label).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

const stage = (page: Page, id: string) => page.getByTestId(`stage-${id}`);
const start = (page: Page) => page.getByTestId('start-test').click();
const status = (page: Page) => page.getByTestId('test-status');
const executions = async () =>
  (await server.call<{ executions: unknown[] }>('ListExecutions', { stateMachineArn: target })).executions.length;

test('a task is mocked, retried, caught, and called only when somebody says so', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await open(visitor, '/States/Report');
  await fill(page, 'Input', '{"n": 1');
  await page.getByText('This is not JSON').waitFor();
  await fill(page, 'Input', '{"n": 1}');

  await page.getByRole('button', { name: 'Mocked error' }).click();
  await page.getByRole('textbox', { name: 'Error', exact: true }).fill('States.Timeout');
  await page.getByLabel('Retries so far').fill('1');
  await start(page);
  await page.getByText('Retrier #1 would try again after 14 s.').waitFor();
  await page.getByLabel('Retries so far').fill('2');
  await start(page);
  await page.getByText('Catcher #1 goes on with “Sorry”. Retrier #1 has no attempt left (MaxAttempts 2).').waitFor();
  await screenshot(page, 'test-state-caught');

  await page.getByRole('button', { name: 'Mocked result' }).click();
  await fill(page, 'Result', '{"ExecutionArn": 7}');
  await start(page);
  await page.getByText("Field 'ExecutionArn' must be a string").first().waitFor();
  expect(await editor(page, 'Result').getAttribute('aria-describedby')).not.toBeNull();
  await fill(page, 'Result', '{"ExecutionArn": "arn:mocked", "StartDate": "2026-01-01T00:00:00Z"}');
  await start(page);
  await status(page).getByText('Succeeded').waitFor();
  expect(await stage(page, 'output').textContent()).toContain('arn:mocked');
  expect(await stage(page, 'afterArguments').textContent()).toContain('StateMachineArn');

  const before = await executions();
  await page.getByRole('button', { name: 'Real call' }).click();
  await page.getByText('Really calls states:startExecution').waitFor();
  await start(page);
  await page.getByText('It may change things').waitFor();
  expect(await executions()).toBe(before);
  await page.getByTestId('confirm').click();
  await status(page).getByText('Succeeded').waitFor();
  await stage(page, 'output').getByText(':execution:target:').first().waitFor();
  expect(await executions()).toBe(before + 1);
  const command = (await page.getByTestId('copy-cli').first().getAttribute('data-command')) ?? '';
  expect(command).toContain('aws stepfunctions test-state --definition');
  expect(command).toContain('--state-name Report');

  // What was filled in is there the next time.
  await open(visitor, '/States/Report');
  expect(await editor(page, 'Input').textContent()).toBe('{"n": 1}');
  await visitor.leave(/status of 400/);
});

test('a state inside of a Map gets the data of a past execution, a Map takes a mock', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await open(visitor, '/States/Each/ItemProcessor/States/Look');
  await page.getByTestId('use-past').click();
  await page.getByLabel('Past execution').click();
  await page.getByRole('option', { name: new RegExp(executionName) }).click();
  await page.getByLabel('When it entered “Look”').click();
  await page.getByRole('option', { name: /Item 1 › Look/ }).click();
  await page.getByText('are those of then').waitFor();
  await start(page);
  await status(page).getByText('Succeeded').waitFor();
  const output = await stage(page, 'output').textContent();
  expect(output).toContain('seen');
  expect(await stage(page, 'input').textContent()).toContain('i-2');
  expect(await stage(page, 'variables').textContent()).toContain('same as Variables before');
  await screenshot(page, 'test-state-past');
  expect(await axeFindings(page)).toEqual([]);
  await visitor.leave();

  const dark = await visit(server, { theme: 'dark' });
  await open(dark, '/States/Each');
  await dark.page.getByText('A test of a Map state needs a mock.').waitFor();
  await fill(dark.page, 'Input', '{"ids": ["i-7"]}');
  await fill(dark.page, 'Variables as JSON', '{"region": "here"}');
  await fill(dark.page, 'Result', '[{"id": "i-7", "seen": true}]');
  await start(dark.page);
  await status(dark.page).getByText('Succeeded').waitFor();
  await status(dark.page).getByText('Next state Report').waitFor();
  expect(await stage(dark.page, 'afterItemSelector').textContent()).toContain('here');
  await dark.page.getByRole('button', { name: 'Values' }).click();
  await screenshot(dark.page, 'test-state-map-dark');
  expect(await axeFindings(dark.page)).toEqual([]);
  await dark.leave();
});

test('every type of state shows the stages of its data, in both query languages', async () => {
  const items = { StartAt: 'Item', States: { Item: { Type: 'Pass', End: true } } };
  const path = await createStateMachine(server, 'every-type-path', {
    StartAt: 'Note',
    States: {
      Note: { Type: 'Pass', InputPath: '$.in', Parameters: { 'b.$': '$.a' }, ResultPath: '$.r', Next: 'Pause' },
      Pause: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Branch' },
      Branch: { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: 1, Next: 'Both' }], Default: 'Stop' },
      Both: { Type: 'Parallel', Branches: [items], ResultSelector: { 'all.$': '$' }, ResultPath: '$.r', Next: 'Rows' },
      Rows: {
        Type: 'Map',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
          Parameters: { Bucket: 'b', Key: 'k' },
        },
        ItemSelector: { 'row.$': '$$.Map.Item.Value' },
        ItemBatcher: { MaxItemsPerBatch: 2 },
        ToleratedFailureCount: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Row',
          States: { Row: { Type: 'Pass', End: true } },
        },
        Next: 'Done',
      },
      Done: { Type: 'Succeed', OutputPath: '$.a' },
      Stop: { Type: 'Fail', Error: 'Patch.Failed', CausePath: '$.why' },
    },
  });
  const jsonata = await createStateMachine(server, 'every-type-jsonata', {
    QueryLanguage: 'JSONata',
    StartAt: 'Note',
    States: {
      Note: { Type: 'Pass', Assign: { v: '{% $states.input.a %}' }, Output: { b: 2 }, Next: 'Pause' },
      Pause: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'Branch' },
      Branch: { Type: 'Choice', Choices: [{ Condition: '{% $v = 1 %}', Next: 'Both' }], Default: 'Stop' },
      Both: {
        Type: 'Parallel',
        Arguments: { x: 1 },
        Branches: [items],
        Output: '{% $states.result[0] %}',
        Next: 'Ask',
      },
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        Arguments: { QueueUrl: 'q', MessageBody: '{% $states.context.Task.Token %}' },
        Next: 'List',
      },
      List: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sfn:listActivities', Arguments: {}, Next: 'Done' },
      Done: { Type: 'Succeed', Output: '{% $states.input.a %}' },
      Stop: { Type: 'Fail', Error: '{% "E" & $states.input.a %}', Cause: 'c' },
    },
  });
  const visitor = await visit(server);
  const { page } = visitor;
  const open = (machine: string) => visitor.go(`/console/studio/${encodeURIComponent(machine)}`);
  const choose = async (state: string) => {
    await page.keyboard.press('Escape');
    await page.getByTestId('test-state').waitFor({ state: 'detached' });
    await page.locator('.sw-node-body', { hasText: state }).first().click();
    await page.getByRole('button', { name: 'Test state' }).click();
    await page.getByTestId('test-state').waitFor();
  };
  const input = '{"a": 1, "seconds": 900, "in": {"a": 7}, "why": "because"}';
  const test = async (state: string, given: Record<string, string> = {}) => {
    await choose(state);
    for (const [label, text] of Object.entries({ Input: input, ...given })) await fill(page, label, text);
    await start(page);
    await status(page).waitFor();
    const ids = await page
      .locator('[data-testid^=stage-]')
      .evaluateAll((stages) => stages.map((stage) => stage.getAttribute('data-testid')?.replace('stage-', '')));
    return `${(await status(page).innerText()).split('\n')[0]}: ${ids.join(' ')}`;
  };
  const end = 'afterResultSelector afterResultPath output';
  await open(path);
  expect(await test('Note')).toBe(`Succeeded: input afterInputPath afterParameters ${end}`);
  expect(await test('Pause')).toBe('Succeeded: input afterInputPath output');
  expect(await test('Branch')).toBe('Succeeded: input afterInputPath output');
  expect(await status(page).innerText()).toContain('Both');
  expect(await test('Both', { Result: '[5]' })).toBe(`Succeeded: input result ${end}`);
  const rows = { Result: '[]', 'Data of the item reader': 'n,m\n1,2\n3,4' };
  const read = 'input afterInputPath afterItemSelector afterItemBatcher result';
  expect(await test('Rows', rows)).toBe(`Succeeded: ${read} ${end}`);
  expect(await stage(page, 'afterItemBatcher').innerText()).toContain('"3"');
  await screenshot(page, 'test-state-reader');
  await page.getByLabel('Failed items').fill('2');
  await page.getByText('of what was filled in before').waitFor();
  await start(page);
  await page.getByText('States.ExceedToleratedFailureThreshold').waitFor();
  expect(await test('Done')).toBe('Succeeded: input afterInputPath output');
  expect(await test('Stop')).toBe('Failed: input afterInputPath');
  await page.getByText('because', { exact: true }).waitFor();

  await open(jsonata);
  expect(await test('Note')).toBe('Succeeded: input output variables');
  expect(await test('Pause')).toBe('Succeeded: input output variables');
  const one = { 'Variables as JSON': '{"v": 1}' };
  expect(await test('Branch', one)).toBe('Succeeded: input output variables');
  expect(await test('Both', { Result: '[5]', ...one })).toBe('Succeeded: input result output variables');
  const token = { Result: '"yes"', 'Context object as JSON': '{"Task": {"Token": "told"}, "Oops": {}}' };
  await choose('Ask');
  await page.getByRole('button', { name: 'Context object' }).click();
  await fill(page, 'Context object as JSON', token['Context object as JSON']);
  await start(page);
  await page.getByText("Field 'Oops' is not allowed").first().waitFor();
  const fixed = { ...token, 'Context object as JSON': '{"Task": {"Token": "told"}}' };
  expect(await test('Ask', fixed)).toBe('Succeeded: input afterArguments result output variables');
  expect(await stage(page, 'afterArguments').innerText()).toContain('told');
  // A real call that only reads is made without a question.
  expect(await test('List')).toBe('Succeeded: input afterArguments result output variables');
  expect(await test('Stop')).toBe('Failed: input variables');
  await visitor.leave(/status of 400/);
});

test('the panel opens while the server is away, and what was typed is tested when it is back', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  const loaded = page.waitForResponse((answer) => /assets\/teststate-.*js$/.test(answer.url()));
  await visitor.go(`/console/studio/${encodeURIComponent(machine)}?state=%2FStates%2FPrepare`);
  await (await loaded).finished();
  await page.waitForLoadState('load');
  await server.kill();
  await page.getByRole('button', { name: 'Test state' }).click();
  await fill(page, 'Input', '{"typed": true}');
  await start(page);
  await page.getByText('The server does not answer. Nothing was lost').waitFor();
  await server.start();
  await start(page);
  await status(page).getByText('Succeeded').waitFor();
  expect(await stage(page, 'input').innerText()).toContain('typed');
  await visitor.leave(/Failed to load resource|ERR_|status of 5/);
});
