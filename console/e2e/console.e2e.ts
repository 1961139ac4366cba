import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, createStateMachine, runToEnd, type Server, serve, visit } from './harness';

const markup = '<img src=x onerror="document.title=1"> & <b>bold</b>';
let server: Server;
/** Fails unless its input says that it may wait. */
let gate: string;

beforeAll(async () => {
  server = await serve();
  gate = await createStateMachine(
    server,
    'gate',
    {
      Comment: markup,
      StartAt: 'Wait?',
      States: {
        'Wait?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.order.seconds', NumericGreaterThan: 0, Next: 'Wait' }],
          Default: 'Fail',
        },
        Wait: { Type: 'Wait', SecondsPath: '$.order.seconds', End: true },
        Fail: { Type: 'Fail', Error: markup, Cause: 'not asked for' },
      },
    },
    { tags: [{ key: 'team', value: 'ops' }] },
  );
  await createStateMachine(server, 'other', { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } });
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const machinePath = () => `/console/state-machines/${encodeURIComponent(gate)}`;

test('a state machine is found, started with what its definition reads, and its run is seen without a reload', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/state-machines');
  await page.getByLabel('Find state machines').fill('gat');
  await page.waitForURL(/text=gat/);
  expect(await page.getByRole('row').count()).toBe(2);
  await page.getByRole('radio', { name: 'Select gate' }).check();
  await page.getByRole('button', { name: 'Start execution' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name – optional').fill('a b');
  await dialog.getByText('A name cannot have a space.').waitFor();
  expect(await dialog.getByTestId('confirm').isDisabled()).toBe(true);
  await dialog.getByLabel('Name – optional').fill('first');
  await dialog.getByRole('button', { name: 'Fill in' }).click();
  await page.getByRole('menuitem', { name: 'What the definition reads' }).click();
  const input = dialog.getByRole('textbox', { name: 'Input' });
  await expect.poll(() => input.innerText()).toContain('"seconds": 0');
  await input.fill('{"order": {"seconds": 3000}}');
  const command = await dialog.getByTestId('copy-cli').getAttribute('data-command');
  expect(command).toBe(
    `aws stepfunctions start-execution --state-machine-arn ${gate} --name first --input '{"order": {"seconds": 3000}}' --endpoint-url ${server.url} --region us-east-1`,
  );
  await dialog.getByTestId('confirm').click();
  await page.waitForURL('**/console/executions/*first*');

  await visitor.go('/console/state-machines?tag=team%3Dops');
  const row = page.getByRole('row', { name: /gate/ });
  await row.getByRole('link', { name: 'first: Running' }).waitFor();
  await runToEnd(server, gate, { order: { seconds: 0 } }, 'second');
  await row.getByRole('link', { name: 'second: Failed' }).waitFor();
  await visitor.leave();
});

test('executions are filtered by the URL, stopped and redriven many at a time; markup is text', async () => {
  for (let index = 0; index < 3; index += 1) {
    await server.call('StartExecution', {
      stateMachineArn: gate,
      name: `bulk-${index}`,
      input: '{"order":{"seconds":3000}}',
    });
  }
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(`${machinePath()}?status=RUNNING&name=bulk`);
  await page.getByRole('link', { name: 'bulk-2' }).waitFor();
  expect(await page.getByRole('link', { name: 'first' }).count()).toBe(0);
  expect(await page.getByText(markup, { exact: true }).count()).toBe(1);

  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  const actions = page.getByRole('region').or(page.locator('body')).getByRole('button', { name: 'Actions' });
  await actions.last().click();
  await page.getByRole('menuitem', { name: 'Stop' }).click();
  await page.getByLabel('Error – optional').fill('Maintenance');
  await page.getByTestId('confirm').click();
  await page.getByText('Stopped 3 of 3 executions').waitFor();
  // What does not match any more has left the list by itself.
  await page.getByText('No matches').waitFor();

  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await page.getByLabel('Find executions').fill('bulk');
  await page.keyboard.press('Enter');
  await page.waitForURL(/name=bulk/);
  await page.getByRole('gridcell', { name: 'Maintenance' }).first().waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'bulk-0' }).waitFor();
  expect(await page.getByRole('link', { name: 'second' }).count()).toBe(0);
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await actions.last().click();
  await page.getByRole('menuitem', { name: 'Redrive' }).click();
  await page.getByTestId('confirm').click();
  await page.getByText('Redriven 3 of 3 executions').waitFor();
  await expect.poll(() => page.getByText('redriven 1×').count()).toBe(3);

  await visitor.go('/console/executions?status=FAILED');
  await page.getByRole('gridcell', { name: markup }).waitFor();
  expect(await page.title()).toBe('Executions – Stepwright');
  await visitor.leave();
});

test('versions, aliases and tags are made where AWS has them', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(`${machinePath()}?tab=versions`);
  await page.getByRole('button', { name: 'Publish version' }).first().click();
  await page.getByLabel('Description – optional').fill(markup);
  await page.getByTestId('confirm').click();
  await page.getByRole('cell', { name: markup }).waitFor();
  await page.getByRole('tab', { name: 'Aliases' }).click();
  await page.getByRole('button', { name: 'Create alias' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('prod');
  await page.getByRole('button', { name: /^Version/ }).click();
  await page.getByRole('option', { name: 'Version 1' }).click();
  await page.getByTestId('confirm').click();
  await page.getByRole('cell', { name: 'Version 1 (100%)' }).waitFor();
  await page.getByRole('tab', { name: 'Tags' }).click();
  await page.getByRole('button', { name: 'Add tag' }).click();
  await page.getByLabel('Key').last().fill('env');
  await page.getByLabel('Value').last().fill('prod');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Tags saved').waitFor();
  const { tags } = await server.call<{ tags: object[] }>('ListTagsForResource', { resourceArn: gate });
  expect(tags).toContainEqual({ key: 'env', value: 'prod' });
  await visitor.leave();
});

test('a server that goes away is told of, and what was typed stays', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(machinePath());
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Input' }).fill('{"order": {"seconds": 1}}');
  await server.kill();
  await dialog.getByTestId('confirm').click();
  await dialog.getByText('ServerDoesNotAnswer').waitFor();
  await page.getByText('The server does not answer', { exact: true }).waitFor();
  await server.start();
  await page.getByText('The server does not answer', { exact: true }).waitFor({ state: 'detached' });
  expect(await dialog.getByRole('textbox', { name: 'Input' }).innerText()).toContain('"seconds": 1');
  await dialog.getByTestId('confirm').click();
  await page.waitForURL('**/console/executions/**');
  await visitor.leave(/Failed to load resource|ERR_/);
});

test('the palette goes to pages, state machines and ARNs, by keyboard alone', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/activities');
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: /Search pages/ });
  await field.fill('gate');
  await page.getByRole('option', { name: /gate Standard/ }).waitFor();
  await field.fill(gate);
  await page.getByRole('option', { name: 'gate State machine' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${machinePath()}`);
  await page.keyboard.press('/');
  await field.fill('dark');
  await page.keyboard.press('Enter');
  await page.locator('body.awsui-dark-mode').waitFor();
  await page.keyboard.press('/');
  await field.fill('executions');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/executions');
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Executions');
  await visitor.leave();
});
