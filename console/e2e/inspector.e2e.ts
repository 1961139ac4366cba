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
beforeAll(async () => {
  server = await serve();
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const definition = {
  StartAt: 'List instances',
  States: {
    'List instances': {
      Type: 'Task',
      QueryLanguage: 'JSONata',
      Resource: 'arn:aws:states:::aws-sdk:ec2:describeInstances',
      Next: 'Any?',
    },
    'Any?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.state', StringEquals: 'running', Next: 'Done' }],
      Default: 'Stopped',
    },
    Stopped: { Type: 'Fail', QueryLanguage: 'JSONata', Error: 'NotRunning' },
    Done: { Type: 'Succeed' },
  },
};

async function open(state: string, theme: 'light' | 'dark' = 'light'): Promise<Visitor> {
  const arn = await createStateMachine(server, `inspected-${theme}-${Date.now()}`, definition);
  const visitor = await visit(server, { theme, viewport: { width: 1440, height: 1400 } });
  const search = new URLSearchParams({ state: `/States/${state}` });
  await visitor.go(`/console/studio/${encodeURIComponent(arn)}?${search}`);
  await visitor.page.getByRole('heading', { name: state, level: 2 }).waitFor();
  return visitor;
}

const inspector = (page: Page) => page.getByTestId('inspector');
const tab = (page: Page, name: string) => inspector(page).getByRole('tab', { name }).click();
const expression = (page: Page, field: string) => inspector(page).locator(`[data-at$="${field}"] .cm-content`);

/** The state as its Definition tab writes it. */
async function written(page: Page): Promise<Record<string, unknown>> {
  await tab(page, 'Definition');
  const lines = inspector(page).getByRole('tabpanel').locator('.cm-line');
  await lines.first().waitFor();
  return JSON.parse((await lines.allTextContents()).join('\n'));
}

/** Chooses in one of Cloudscape's selects. */
async function choose(page: Page, field: string | RegExp, option: string | RegExp) {
  await inspector(page).getByRole('button', { name: field }).click();
  await page.getByRole('option', { name: option }).click();
}

test('parameters of an action: a nested list, an expression, a retrier and a catcher', async () => {
  const visitor = await open('List instances');
  const { page } = visitor;
  const panel = inspector(page);

  await panel.getByRole('button', { name: 'Add parameter' }).click();
  await page.getByLabel('Find a parameter').fill('filt');
  await page.getByRole('menuitem', { name: 'Filters' }).click();
  await panel.getByRole('button', { name: 'Add to Filters' }).click();
  const filter = panel.locator('[data-at$="/Filters/0"]');
  // What the model does not require is added; what is there already is not offered again.
  for (const [name, value] of [
    ['Name', 'tag:group'],
    ['Values', null],
  ] as const) {
    await filter.getByRole('button', { name: 'Add parameter' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
    if (value) await filter.getByLabel(name, { exact: true }).fill(value);
  }
  await filter.getByRole('button', { name: 'Add to Values' }).click();
  await filter.getByLabel('Values 1', { exact: true }).fill('web');
  await filter.getByRole('button', { name: 'Add to Values' }).click();
  await filter.getByRole('button', { name: 'Expression for Values 2' }).click();
  await expression(page, '/Values/1').fill('$states.input.group');

  await panel.getByRole('button', { name: 'Add parameter' }).last().click();
  await page.getByRole('menuitem', { name: 'MaxResults' }).click();
  await panel.getByLabel('MaxResults', { exact: true }).fill('3');
  await panel.getByLabel('State name', { exact: true }).fill('Find instances');
  expect(await panel.getByRole('link', { name: /DescribeInstances in AWS/ }).getAttribute('rel')).toContain(
    'noreferrer',
  );

  await tab(page, 'Errors');
  await panel.getByRole('button', { name: 'Add retrier' }).click();
  const retrier = panel.getByRole('region', { name: 'Retrier #1' });
  await retrier.getByRole('combobox', { name: 'Errors' }).fill('Ec2.Ec2Ex');
  await page.getByRole('option', { name: 'Ec2.Ec2Exception', exact: true }).click();
  await retrier.getByLabel('Max attempts', { exact: true }).fill('5');
  await retrier.getByLabel('Max delay, seconds', { exact: true }).fill('6');
  expect(await retrier.getByTestId('waits').textContent()).toBe('1 s, 2 s, 4 s, 6 s, 6 s · 19 s in all');
  await panel.getByRole('button', { name: 'Add catcher' }).click();
  await choose(page, /^Then go to/, 'Stopped');
  await screenshot(page, 'inspector-errors');

  const state = await written(page);
  expect(state).toEqual({
    Type: 'Task',
    QueryLanguage: 'JSONata',
    Resource: 'arn:aws:states:::aws-sdk:ec2:describeInstances',
    Arguments: {
      Filters: [{ Name: 'tag:group', Values: ['web', '{% $states.input.group %}'] }],
      MaxResults: 3,
    },
    Retry: [
      { ErrorEquals: ['Ec2.Ec2Exception'], IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 2, MaxDelaySeconds: 6 },
    ],
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Stopped' }],
    Next: 'Any?',
  });
  await page.getByText('Valid', { exact: true }).waitFor();
  await visitor.leave();
});

test('a rule of a Choice with And and Not, and its readable condition', async () => {
  const visitor = await open('Any?');
  const { page } = visitor;
  const rule = inspector(page).getByRole('region', { name: 'Rule #1' });
  await choose(page, /^Kind of rule 1/, 'All of (And)');
  await choose(page, /^Kind of rule 1.2/, 'Not');
  await rule.getByRole('textbox', { name: 'Variable of rule 1.2.1' }).fill('$.tries');
  await rule
    .getByRole('button', { name: /Operator/ })
    .last()
    .click();
  await page.getByRole('option', { name: /^NumericGreaterThan / }).click();
  await rule.getByRole('button', { name: 'Expression for value of rule 1.2.1' }).click();
  await rule.getByRole('textbox', { name: 'Value of rule 1.2.1' }).fill('$.limit');
  await rule.getByText('$.state == "running" and not ($.tries > $.limit)').waitFor();
  await screenshot(page, 'inspector-choice');
  expect((await written(page)).Choices).toEqual([
    {
      And: [
        { Variable: '$.state', StringEquals: 'running' },
        { Not: { Variable: '$.tries', NumericGreaterThanPath: '$.limit' } },
      ],
      Next: 'Done',
    },
  ]);
  await visitor.leave();
});

test('nothing that is typed is lost, and one history undoes it', async () => {
  const visitor = await open('Stopped');
  const { page } = visitor;
  const panel = inspector(page);
  await panel.getByLabel('State name', { exact: true }).fill('Done');
  await panel.getByText('Another state has this name').waitFor();
  await panel.getByLabel('State name', { exact: true }).fill('Is stopped');
  await panel.getByRole('button', { name: 'Expression for Error' }).click();
  await expression(page, '/Error').fill('"E" & $states.input.code');
  expect(await written(page)).toEqual({
    Type: 'Fail',
    QueryLanguage: 'JSONata',
    Error: '{% "E" & $states.input.code %}',
  });

  // Text that cannot be read stays where it is typed, and the document keeps what it had.
  const text = panel.getByRole('textbox', { name: 'Definition of the state' });
  await text.fill('{ "Type": "Fail", "Error": ');
  await panel.getByText('keeps the last text that could be read').waitFor();
  await text.fill('{ "Type": "Fail", "Error": "Whole again" }');
  await tab(page, 'Form');
  expect(await panel.getByRole('textbox', { name: 'Error', exact: true }).inputValue()).toBe('Whole again');

  const undo = page.getByRole('button', { name: /^Undo/ });
  while (await undo.isEnabled()) await undo.click();
  await panel.getByRole('heading', { name: 'Stopped', level: 2 }).waitFor();
  expect(await written(page)).toEqual(definition.States.Stopped);
  await visitor.leave();
});

test('a problem leads to its state, its field and its line', async () => {
  const States = {
    First: { Type: 'Pass', Next: 'Ask' },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:ssm:sendCommand',
      Parameters: { DocumentName: 'AWS-RunShellScript', Targets: [{ Key: 'tag:group', Value: ['web'] }] },
      TimeoutSeconds: 10,
      HeartbeatSeconds: 20,
      End: true,
    },
  };
  const arn = await createStateMachine(server, 'with-problems', {
    StartAt: 'First',
    States: { First: { Type: 'Succeed' } },
  });
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(`/console/studio/${encodeURIComponent(arn)}?mode=code`);
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(JSON.stringify({ StartAt: 'First', States }, null, 2));
  await page.locator('.cm-lintRange', { hasText: '"Value"' }).waitFor();
  await page.getByRole('button', { name: 'Design', exact: true }).click();
  await page.getByTestId('graph-node').filter({ hasText: 'First' }).click();
  await page.getByRole('button', { name: /^Problems/ }).click();
  const list = page.getByRole('region', { name: 'Problems' });
  await list.getByRole('button', { name: /"Value" is not supported/ }).click();
  await inspector(page).getByRole('heading', { name: 'Ask', level: 2 }).waitFor();
  const field = (end: string) => inspector(page).locator(`[data-at$="${end}"]`);
  await field('/Targets/0/Value').getByText('is not supported').waitFor();
  await field('/HeartbeatSeconds').getByText('must be smaller than TimeoutSeconds').waitFor();
  await screenshot(page, 'inspector-problems');
  await inspector(page).getByRole('button', { name: 'Remove Value' }).click();
  await inspector(page).getByLabel('Heartbeat, s', { exact: true }).fill('5');
  await page.getByText('Valid', { exact: true }).waitFor();
  await visitor.leave();
});

test.each(['light', 'dark'] as const)('the inspector is accessible in the %s theme', async (theme) => {
  const visitor = await open('List instances', theme);
  const { page } = visitor;
  for (const name of ['Errors', 'Variables', 'I/O', 'Definition', 'Form']) {
    await tab(page, name);
    if (name === 'Errors') await inspector(page).getByRole('button', { name: 'Add retrier' }).click();
    if (name === 'Definition') await inspector(page).locator('.cm-line').first().waitFor();
    expect(await axeFindings(page, '[data-testid=inspector]')).toEqual([]);
  }
  await screenshot(page, `inspector-${theme}`);
  await visitor.leave();
});

test('data of a run: the input that a state got, and its paths in expressions', async () => {
  const arn = await createStateMachine(server, 'with-data', {
    QueryLanguage: 'JSONata',
    StartAt: 'Count',
    States: {
      Count: { Type: 'Pass', Assign: { total: '{% $count($states.input.hosts) %}' }, Next: 'Shape' },
      Shape: { Type: 'Pass', Output: '{% $total %}', End: true },
    },
  });
  const { executionArn } = await runToEnd(server, arn, { hosts: ['web-1', 'web-2'] });
  const visitor = await visit(server);
  const { page } = visitor;
  const search = new URLSearchParams({ state: '/States/Shape', run: executionArn });
  await visitor.go(`/console/studio/${encodeURIComponent(arn)}?${search}`);
  await tab(page, 'I/O');
  await inspector(page).getByRole('button', { name: 'Input in the run' }).click();
  await inspector(page).getByText('web-2').waitFor();
  await expression(page, '/Output').fill('');
  await expression(page, '/Output').pressSequentially('$states.input.');
  await page.locator('.cm-tooltip-autocomplete').getByText('hosts').waitFor();
  await screenshot(page, 'inspector-run');
  await page.keyboard.press('Enter');
  await expression(page, '/Output').pressSequentially(' & $tot');
  await page.locator('.cm-tooltip-autocomplete').getByText('$total').click();
  expect((await written(page)).Output).toBe('{% $states.input.hosts & $total %}');
  await visitor.leave();
});
