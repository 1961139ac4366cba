import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, createStateMachine, runToEnd, type Server, screenshot, serve, visit } from './harness';

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
  // One call is held back, so that there is something to wait for.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/', async (route) => {
    const isHeld = /bulk-1/.test(route.request().postData() ?? '');
    if (isHeld && route.request().headers()['x-amz-target']?.endsWith('StopExecution')) await held;
    await route.continue();
  });
  await page.getByTestId('confirm').click();
  await page.getByText('2 of 3', { exact: true }).waitFor();
  await page.getByText('Stopping 3 executions').first().waitFor();
  letGo();
  await page.getByText('Stopped 3 of 3 executions').waitFor();
  // What does not match any more has left the list by itself.
  await page.getByText('No matches').waitFor();

  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await page.getByLabel('Find executions').fill('bulk');
  await page.keyboard.press('Enter');
  await page.waitForURL(/name=bulk/);
  await page.getByRole('gridcell', { name: 'Maintenance' }).first().waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'bulk-0' }).click();
  await page.waitForURL('**/console/executions/*bulk-0*');
  await page.goBack();
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
  // Whoever starts the alias gets the second version a quarter of the time.
  await server.call('UpdateStateMachine', {
    stateMachineArn: gate,
    roleArn: 'arn:aws:iam::123456789012:role/other',
    publish: true,
  });
  await page.reload();
  await page.getByRole('radio', { name: 'Select alias prod' }).check();
  await page.getByRole('button', { name: 'Edit' }).last().click();
  await page.getByRole('button', { name: /^Second version/ }).click();
  await page.getByRole('option', { name: 'Version 2' }).click();
  await page.getByLabel('Its weight in percent').fill('125');
  expect(await page.getByTestId('confirm').isDisabled()).toBe(true);
  await page.getByLabel('Its weight in percent').fill('25');
  await page.getByTestId('confirm').click();
  await page.getByRole('cell', { name: 'Version 1 (75%), Version 2 (25%)' }).waitFor();
  await page.getByRole('radio', { name: 'Select alias prod' }).check();
  await page.getByRole('button', { name: 'Start execution' }).last().click();
  expect(await page.getByTestId('copy-cli').getAttribute('data-command')).toContain(
    `--state-machine-arn ${gate}:prod `,
  );
  await page.getByRole('button', { name: 'Cancel' }).click();
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

test('the start dialog knows the last inputs, and shows what an Express workflow answers', async () => {
  const echo = await createStateMachine(
    server,
    'echo',
    { StartAt: 'P', States: { P: { Type: 'Pass', Parameters: { 'said.$': '$.word' }, End: true } } },
    { type: 'EXPRESS', publish: true },
  );
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(`/console/state-machines/${encodeURIComponent(echo)}`);
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  const dialog = page.getByRole('dialog');
  const input = dialog.getByRole('textbox', { name: 'Input' });
  await expect.poll(() => input.innerText()).toContain('"word": ""');
  await input.fill('{"word": 1,}');
  await dialog.getByText(/This is not JSON/).waitFor();
  expect(await dialog.getByTestId('confirm').isDisabled()).toBe(true);
  await input.fill('{"word": "hello"}');
  await dialog.getByRole('button', { name: /^Version or alias/ }).click();
  await page.getByRole('option', { name: 'Version 1' }).click();
  expect(await dialog.getByTestId('copy-cli').getAttribute('data-command')).toContain(
    `aws stepfunctions start-sync-execution --state-machine-arn ${echo}:1 --input '{"word": "hello"}'`,
  );
  await dialog.getByTestId('confirm').click();
  await dialog.getByRole('tree', { name: 'Output' }).getByText('"hello"').waitFor();
  await dialog.getByText('Succeeded').waitFor();
  await screenshot(page, 'start-express');
  await input.fill('{"word": "again"}');
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  await expect.poll(() => input.innerText()).toContain('again');
  await dialog.getByRole('button', { name: 'Fill in' }).click();
  await page.getByRole('menuitem', { name: /"hello"/ }).click();
  await expect.poll(() => input.innerText()).toContain('hello');
  await visitor.leave();
});

test('a state machine is copied to a new one; a dialog of a menu gives the focus back; what failed is in view', async () => {
  const states = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`Step ${index}`, { Type: 'Pass', Next: `Step ${index + 1}` }]),
  );
  const definition = { StartAt: 'Step 0', States: { ...states, 'Step 20': { Type: 'Fail', Error: 'TooLong' } } };
  const arn = await createStateMachine(server, 'long-way', definition);
  const { executionArn } = await runToEnd(server, arn);
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(`/console/executions/${encodeURIComponent(executionArn)}`);
  const failed = page.locator('[data-state="/States/Step 20"]');
  await expect
    .poll(async () => {
      const [graph, node] = [await page.getByTestId('workflow-graph').boundingBox(), await failed.boundingBox()];
      return graph && node && node.y >= graph.y && node.y + node.height <= graph.y + graph.height;
    })
    .toBe(true);
  await visitor.go(`/console/state-machines/${encodeURIComponent(arn)}`);
  const actions = page.getByRole('button', { name: 'Actions' }).first();
  await actions.click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('textbox').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => actions.evaluate((button) => button === document.activeElement)).toBe(true);
  await actions.click();
  await page.getByRole('menuitem', { name: 'Copy to new' }).click();
  await page.getByText('long-way-copy').first().waitFor();
  await page.locator('[data-state="/States/Step 0"]').waitFor();
  await visitor.leave();
});

test('a state machine is deleted by who types its name', async () => {
  const arn = await createStateMachine(server, 'short-lived', { StartAt: 'P', States: { P: { Type: 'Succeed' } } });
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(`/console/state-machines/${encodeURIComponent(arn)}`);
  await page.getByRole('button', { name: 'Actions' }).first().click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('short');
  expect(await dialog.getByTestId('confirm').isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('short-lived');
  expect(await dialog.getByTestId('copy-cli').getAttribute('data-command')).toContain('delete-state-machine');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/state-machines');
  await page.getByRole('link', { name: 'gate' }).waitFor();
  await expect.poll(() => page.getByRole('link', { name: 'short-lived' }).count()).toBe(0);
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
  await dialog.getByText('Nothing was lost').waitFor();
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
  // What is typed at once goes where it belongs.
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.type('gate');
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
  await page.getByRole('heading', { level: 1, name: /Executions/ }).waitFor();
  await visitor.leave();
});
