import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeFindings,
  binary,
  closeBrowser,
  createStateMachine,
  type Server,
  screenshot,
  serve,
  type Visitor,
  visit,
} from './harness';

const examples = resolve(import.meta.dirname, '../../examples');
let server: Server;
let machine: string;

beforeAll(async () => {
  server = await serve();
  // Functions, state machines and schedules of a whole project.
  await promisify(execFile)(binary(), ['up', resolve(examples, 'rolling-restart')], {
    env: { ...process.env, STEPWRIGHT_SERVER: server.url },
  });
  machine = await createStateMachine(server, 'nightly-report', {
    StartAt: 'Report',
    States: { Report: { Type: 'Pass', End: true } },
  });
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

/** A page of its own for each scenario, so that one that fails leaves none behind. */
async function visiting(scenario: (page: Page, go: Visitor['go']) => Promise<void>, expected?: RegExp) {
  const visitor = await visit(server);
  await scenario(visitor.page, visitor.go);
  await visitor.leave(expected);
}

const command = (page: Page) => page.getByRole('dialog').getByTestId('copy-cli').getAttribute('data-command');

test('a schedule is made with a preview, run, paused, changed and deleted', () =>
  visiting(async (page, go) => {
    await go('/console/schedules');
    await page.getByRole('link', { name: /RollingRestartNightly/ }).waitFor();
    await page.getByRole('button', { name: 'Create schedule' }).click();
    const dialog = page.getByRole('dialog');
    const expression = dialog.getByLabel('Schedule expression');
    await dialog.getByLabel('Name', { exact: true }).fill('every-monday');
    await expression.fill('cron(0 25 * * ? *)');
    await dialog.getByText('Invalid Schedule Expression').waitFor();
    await expression.fill('cron(15 6 ? * MON *)');
    await dialog.getByLabel('Time zone').fill('Asia/Tokyo');
    await dialog.getByTestId('next-times').getByText('06:15:00 Asia/Tokyo').first().waitFor();
    await dialog.getByLabel('Target').fill(machine);
    expect(await command(page)).toContain('aws scheduler create-schedule --name every-monday');
    await screenshot(page, 'schedule-create');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByTestId('confirm').click();
    await page.getByRole('heading', { name: 'every-monday', level: 1 }).waitFor();
    const times = page.getByRole('table', { name: 'Next times' });
    await times.getByRole('row').nth(10).waitFor();
    expect(await times.getByText(/^Mon, .* 06:15:00$/).count()).toBe(10);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByTestId('confirm').click();
    const results = page.getByRole('table', { name: 'Last results' });
    await results.getByRole('link', { name: 'Succeeded' }).waitFor();
    await results.getByText('by hand').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByTestId('confirm').click();
    await page.getByText('Paused').waitFor();
    await screenshot(page, 'schedule');
    await page.getByRole('button', { name: 'Edit' }).click();
    await expression.fill('rate(2 hours)');
    await page.getByTestId('confirm').click();
    await page.getByText('Every 2 hours').waitFor();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByPlaceholder('every-monday').fill('every-monday');
    await page.getByTestId('confirm').click();
    await page.getByRole('link', { name: /RollingRestartNightly/ }).waitFor();
    await page.getByRole('link', { name: 'every-monday' }).waitFor({ state: 'detached' });
  }, /schedules\/preview/));

test('a rule is made, given a transformer, disabled and deleted', () =>
  visiting(async (page, go) => {
    await go('/console/rules');
    await page.getByRole('button', { name: 'Create rule' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('when-it-fails');
    await dialog.getByLabel('Target', { exact: true }).fill(machine);
    await page.getByTestId('confirm').click();
    const targets = page.getByRole('table', { name: 'Targets' });
    await targets.getByRole('link', { name: 'nightly-report' }).waitFor();
    await targets.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('Input', { exact: true }).click();
    await page.getByRole('option', { name: 'An input transformer' }).click();
    await page.getByTestId('confirm').click();
    await targets.getByText('{"status": <status>}').waitFor();
    await screenshot(page, 'rule');
    await page.getByRole('button', { name: 'Disable' }).click();
    expect(await command(page)).toContain('aws events disable-rule --name when-it-fails');
    await page.getByTestId('confirm').click();
    await page.getByText('Disabled').waitFor();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByPlaceholder('when-it-fails').fill('when-it-fails');
    await page.getByTestId('confirm').click();
    await page.getByText('No rules').waitFor();
  }));

test('the tester says which part of a pattern an event does not meet, and sends it', () =>
  visiting(async (page, go) => {
    await server.call('AWSEvents.PutRule', {
      Name: 'big-orders',
      EventPattern: '{"source":["shop.orders"],"detail":{"total":[{"numeric":[">=",100]}]}}',
    });
    await go('/console/pattern-tester?rule=big-orders&bus=default');
    const verdict = page.getByTestId('verdict');
    await verdict.getByText('2 fields differ').waitFor();
    await page.getByRole('button', { name: 'Take a sample event' }).click();
    await page.getByRole('option', { name: 'An event of an application' }).click();
    await verdict.getByText('one field differs').waitFor();
    await page.getByRole('rowheader', { name: 'detail.total' }).waitFor();
    await screenshot(page, 'pattern-tester');
    await page
      .getByRole('textbox', { name: 'Event', exact: true })
      .fill('{"source":"shop.orders","detail":{"total":100}}');
    await verdict.getByText('The pattern matches the event.').waitFor();
    await page.getByRole('textbox', { name: 'Event pattern' }).fill('{"source":"shop.orders"}');
    await verdict.getByText('Event pattern is not valid').waitFor();
  }, /rules\/match/));

test('a function is called with a saved event, its log is read, its environment is hidden until asked for', () =>
  visiting(async (page, go) => {
    await go('/console/functions');
    const link = page.getByRole('link', { name: /StartupCheckFunction/ });
    const name = (await link.textContent()) ?? '';
    await fetch(`${server.url}/2015-03-31/functions/${name}/configuration`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Environment: { Variables: { API_KEY: 'very-secret' } } }),
    });
    await link.click();
    await page.getByRole('textbox', { name: 'Payload' }).fill('{"instanceId": "i-0abc"}');
    await page.getByLabel('Event name').fill('one instance');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    // Nothing answers for AWS here, so the function says so; that it ran is what counts.
    await page.getByRole('log', { name: 'Log tail' }).getByText('REPORT RequestId').waitFor();
    await page.getByText('Billed Duration', { exact: true }).waitFor();
    await screenshot(page, 'function');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Logs' }).click();
    const lines = page.getByRole('log', { name: 'Log lines' });
    await lines.getByText(/^REPORT/).waitFor();
    await page.getByLabel('Find in lines').fill('START');
    await lines.getByText(/^REPORT/).waitFor({ state: 'detached' });
    await lines.getByText(/^START/).waitFor();
    await page.reload();
    await lines.getByText(/^START/).waitFor();
    await page.getByRole('tab', { name: 'Test' }).click();
    await page.getByRole('button', { name: 'Saved event' }).click();
    await page.getByRole('option', { name: 'one instance' }).click();
    await page.getByRole('textbox', { name: 'Payload' }).getByText('i-0abc').waitFor();
    await page.getByRole('tab', { name: 'Configuration' }).click();
    const variables = page.getByRole('table', { name: 'Environment variables' });
    await variables.getByText('API_KEY').waitFor();
    expect(await variables.getByText('very-secret').count()).toBe(0);
    await variables.getByRole('button', { name: 'Show API_KEY' }).click();
    await variables.getByText('very-secret').waitFor();
  }));

test('tasks that wait are answered from the inbox, and the audit log says so', () =>
  visiting(async (page, go) => {
    const { activityArn } = await server.call<{ activityArn: string }>('CreateActivity', { name: 'packing' });
    const approval = await createStateMachine(server, 'approval', {
      StartAt: 'Ask',
      States: {
        Ask: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.waitForTaskToken',
          Parameters: { StateMachineArn: machine, Input: { 'token.$': '$$.Task.Token', question: 'Go on?' } },
          Next: 'Pack',
        },
        Pack: { Type: 'Task', Resource: activityArn, End: true },
      },
    });
    const { executionArn } = await server.call<{ executionArn: string }>('StartExecution', {
      stateMachineArn: approval,
      name: 'order-42',
      input: '{"order":"<b>o-42</b>"}',
    });
    await go('/console/tasks');
    await page.getByRole('button', { name: 'Succeed Ask of order-42' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Go on?').waitFor();
    await dialog.getByRole('textbox', { name: 'Output' }).fill('{"approved": tru');
    await dialog.getByText('This is not JSON').waitFor();
    await dialog.getByRole('textbox', { name: 'Output' }).fill('{"approved": true}');
    expect(await command(page)).toContain(`--task-output '{"approved": true}'`);
    await screenshot(page, 'task-answer');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByTestId('confirm').click();
    await page.getByText('Activity packing').waitFor();
    await page.getByRole('button', { name: 'Fail Pack of order-42' }).click();
    await dialog.getByLabel('Error').fill('OutOfStock');
    await page.getByTestId('confirm').click();
    await page.getByText('No open tasks').waitFor();
    const ended = await server.call('DescribeExecution', { executionArn });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'OutOfStock' });
    await go('/console/audit');
    await page.getByRole('button', { name: 'Operation' }).click();
    await page.getByRole('option', { name: 'SendTaskFailure' }).click();
    await page.getByRole('link', { name: 'execution:approval:order-42' }).waitFor();
    expect(await page.getByRole('grid', { name: 'Audit log' }).getByRole('row').count()).toBe(2);
    expect(page.url()).toContain('operation=SendTaskFailure');
    await screenshot(page, 'audit');
  }));

test('health draws what the server does', () =>
  visiting(async (page, go) => {
    for (let count = 0; count < 50; count += 1) await server.call('ListActivities', {});
    await go('/console/health');
    await page.getByText('Ready', { exact: true }).waitFor();
    for (const title of ['Requests', 'Executions', 'State transitions', 'Commit latency', 'Queues'])
      await page.getByRole('heading', { name: new RegExp(`^${title}`) }).waitFor();
    // Two looks make a line.
    await page.locator('svg path[clip-path*=chart-area]').first().waitFor({ state: 'attached' });
    await page.getByRole('rowheader', { name: 'ListActivities', exact: true }).waitFor();
    await screenshot(page, 'health');
  }));
