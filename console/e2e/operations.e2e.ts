import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeFindings,
  binary,
  closeBrowser,
  createStateMachine,
  type Server,
  screenshot,
  serve,
  visit,
} from './harness';

const examples = resolve(import.meta.dirname, '../../examples');
let server: Server;
let machine: string;

beforeAll(async () => {
  server = await serve();
  // Functions, state machines and schedules of a whole project.
  execFileSync(binary(), ['up', resolve(examples, 'rolling-restart')], {
    env: { ...process.env, STEPWRIGHT_SERVER: server.url },
    stdio: 'pipe',
  });
  machine = await createStateMachine(server, 'approval', {
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token', question: 'Go on?' } },
        End: true,
      },
    },
  });
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

test('a schedule is made, run, paused and deleted', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/schedules');
  await page.getByRole('link', { name: /RollingRestartNightly/ }).waitFor();
  await page.getByRole('button', { name: 'Create schedule' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('every-morning');
  await dialog.getByRole('combobox', { name: 'Schedule expression' }).fill('cron(0 25 * * ? *)');
  await dialog.getByRole('alert').filter({ hasText: 'Invalid Schedule Expression' }).waitFor();
  await dialog.getByRole('combobox', { name: 'Schedule expression' }).fill('cron(15 6 ? * MON *)');
  await dialog.getByText('Next times:').waitFor();
  await dialog.getByRole('combobox', { name: 'Target' }).fill(machine);
  await screenshot(page, 'schedule-create');
  await page.getByTestId('confirm').click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'every-morning' }).click();
  await page.getByRole('heading', { name: 'Next times' }).waitFor();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByTestId('confirm').click();
  await page.getByText('by hand').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByTestId('confirm').click();
  await page.getByText('It is paused.').waitFor();
  await screenshot(page, 'schedule');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByPlaceholder('every-morning').fill('every-morning');
  await page.getByTestId('confirm').click();
  await page.waitForURL('**/console/schedules');
  await page.getByRole('link', { name: /RollingRestartNightly/ }).waitFor();
  expect(await page.getByRole('link', { name: 'every-morning' }).count()).toBe(0);
  await visitor.leave();
});

test('a rule is made with a target, and its pattern is tested', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/rules');
  await page.getByRole('button', { name: 'Create rule' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('when-it-fails');
  await dialog.getByRole('combobox', { name: 'Target ARN' }).fill(machine);
  await page.getByTestId('confirm').click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'when-it-fails' }).click();
  await page.getByRole('link', { name: 'approval' }).waitFor();
  await screenshot(page, 'rule');
  await page.getByRole('link', { name: 'Test this pattern' }).click();
  const verdict = page.getByTestId('verdict');
  await verdict.getByText('The pattern matches the event.').waitFor();
  await page.getByRole('button', { name: 'Take a sample event' }).click();
  await page.getByRole('option', { name: 'An EC2 instance stopped' }).click();
  await verdict.getByText('does not match').waitFor();
  await page.getByRole('rowheader', { name: 'source' }).waitFor();
  await screenshot(page, 'pattern-tester');
  await visitor.leave();
});

test('a function is called, and its log is read', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/functions');
  await page.getByRole('link', { name: /StartupCheckFunction/ }).click();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  // Nothing answers for AWS here, so the function says so; that it ran is what counts.
  await page.getByText(/Function error|Succeeded/).waitFor();
  await screenshot(page, 'function');
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page.getByRole('log', { name: 'Log lines' }).getByText('REPORT').first().waitFor();
  await page.getByRole('tab', { name: 'Configuration' }).click();
  await page.getByRole('heading', { name: 'Versions' }).waitFor();
  await visitor.leave();
});

test('a task that waits is answered from the inbox, and the audit log says by whom', async () => {
  const { executionArn } = await server.call<{ executionArn: string }>('StartExecution', {
    stateMachineArn: machine,
    name: 'waits',
    input: '{"order":"o-42"}',
  });
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/tasks');
  await page.getByRole('button', { name: 'Succeed Ask' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Go on?').waitFor();
  await screenshot(page, 'task-answer');
  await page.getByTestId('confirm').click();
  await page.getByText('Nobody is waited for').waitFor();
  const { status } = await server.call<{ status: string }>('DescribeExecution', { executionArn });
  expect(status).toBe('SUCCEEDED');
  await visitor.go('/console/audit?filter=SendTaskSuccess');
  await page.getByRole('link', { name: executionArn }).waitFor();
  await screenshot(page, 'audit');
  await visitor.leave();
});

test('health shows what the server does, and no page has faults for axe', async () => {
  for (const theme of ['light', 'dark'] as const) {
    const visitor = await visit(server, { theme });
    for (const path of ['schedules', 'rules', 'pattern-tester', 'functions', 'tasks', 'audit', 'health']) {
      await visitor.go(`/console/${path}`);
      await visitor.page.waitForLoadState('networkidle').catch(() => {});
      await screenshot(visitor.page, `${path}-${theme}`);
      expect(await axeFindings(visitor.page), `${path} ${theme}`).toEqual([]);
    }
    await visitor.leave();
  }
});
