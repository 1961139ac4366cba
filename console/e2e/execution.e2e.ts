import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeFindings,
  closeBrowser,
  createStateMachine,
  runToEnd,
  type Server,
  screenshot,
  serve,
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

const pageOf = (arn: string, search = '') => `/console/executions/${encodeURIComponent(arn)}${search}`;

/** A Task that the test itself answers. */
async function withWorker(name: string) {
  const { activityArn } = await server.call<{ activityArn: string }>('CreateActivity', { name });
  const arn = await createStateMachine(server, name, {
    StartAt: 'Prepare',
    States: {
      Prepare: { Type: 'Pass', Result: { order: 12 }, Assign: { ticket: 'T-1' }, Next: 'Work' },
      Work: {
        Type: 'Task',
        Resource: activityArn,
        Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['Wrong'], Next: 'Clean up', ResultPath: '$.error' }],
        ResultPath: '$.result',
        Next: 'Good?',
      },
      'Good?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.result.good', BooleanEquals: true, Next: 'Done' }],
        Default: 'Bad',
      },
      'Clean up': { Type: 'Pass', Next: 'Done' },
      Bad: { Type: 'Fail', Error: 'NotGood', Cause: '{"errorMessage":"The result is not good","errorType":"NotGood"}' },
      Done: { Type: 'Succeed' },
    },
  });
  const take = async () => (await server.call<{ taskToken: string }>('GetActivityTask', { activityArn })).taskToken;
  const { executionArn } = await server.call<{ executionArn: string }>('StartExecution', {
    stateMachineArn: arn,
    input: '{"from":"test"}',
  });
  return { arn, executionArn, take };
}

test('a run is watched live, and scrubbed back through its retry', async () => {
  const { executionArn, take } = await withWorker('live');
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn));
  const node = (name: RegExp) => page.getByTestId('graph').getByRole('button', { name });
  await node(/^Prepare\b.*succeeded/).waitFor();
  await node(/^Work\b.*running/i).waitFor();

  // The worker fails, the state waits for its next attempt, which succeeds: without a reload.
  await server.call('SendTaskFailure', { taskToken: await take(), error: 'Flaky', cause: 'the line broke' });
  await node(/^Work\b.*(retr|tr(y|ies))/i).waitFor();
  await server.call('SendTaskSuccess', { taskToken: await take(), output: '{"good":true}' });
  await page.getByTestId('execution-status').getByText('Succeeded').waitFor();
  await node(/^Done\b.*succeeded/).waitFor();
  await node(/^Bad\b(?!.*(failed|running))/).waitFor();

  // One selection for all views; retries with their times and errors.
  await node(/^Work\b/).click();
  await page.getByRole('tab', { name: 'Retries (1)' }).click();
  const attempts = page.getByTestId('attempts').getByRole('listitem');
  expect(await attempts.count()).toBe(2);
  expect(await attempts.first().textContent()).toMatch(/Flaky.*the line broke/);
  await page
    .getByRole('radio', { name: 'Timeline' })
    .or(page.getByRole('button', { name: 'Timeline' }))
    .first()
    .click();
  const row = page.getByRole('row', { name: /Work/ });
  await row.waitFor();
  expect(await row.getAttribute('aria-selected')).toBe('true');
  expect(await row.locator('[data-kind=retryWait]').count()).toBe(1);
  await screenshot(page, 'execution-timeline');
  expect(await axeFindings(page)).toEqual([]);

  // Back in time: graph, status and data of then. TaskFailed of an activity is ActivityFailed.
  const { events } = await server.call<{ events: { id: number; type: string }[] }>('GetExecutionHistory', {
    executionArn,
  });
  const failed = events.find(({ type }) => type === 'ActivityFailed')?.id ?? 0;
  await page.getByRole('button', { name: 'Graph' }).click();
  const slider = page.getByRole('slider', { name: 'Event that is shown' });
  await slider.fill(String(failed));
  await node(/^Work\b.*(retr|tr(y|ies))/i).waitFor();
  await page.getByTestId('step-status').getByText('Waits to try again').waitFor();
  await page.getByRole('tab', { name: 'Data', exact: true }).click();
  await page.getByTestId('step-error').getByText('Flaky').waitFor();
  await page.getByRole('button', { name: 'Output' }).click();
  await page.getByText('It still runs.').waitFor();
  await page.getByRole('tab', { name: 'Variables' }).click();
  await page.getByTestId('variables').getByText('"T-1"').waitFor();
  await slider.press('Home');
  await page.getByText('had not begun').waitFor();
  // The URL says it all: a reload shows the same moment.
  await page.waitForURL(/at=1(&|$)/);
  await page.reload();
  await page.getByText('had not begun').waitFor();
  await page.getByRole('button', { name: 'Latest' }).click();
  await page.getByTestId('step-status').getByText('Succeeded').waitFor();
  await visitor.leave();
});

test('failure first; stopped, redriven, started again', async () => {
  const { executionArn, take } = await withWorker('fails');
  await server.call('SendTaskSuccess', { taskToken: await take(), output: '{"good":false}' });
  const visitor = await visit(server, { theme: 'dark' });
  const { page } = visitor;
  await visitor.go(pageOf(executionArn));
  const banner = page.getByTestId('failure');
  await banner.getByText('Execution failed in Bad: NotGood').waitFor();
  expect(await banner.textContent()).toContain('The result is not good');
  await banner.getByRole('button', { name: 'Show step' }).click();
  await page.getByTestId('step-panel').getByRole('heading', { name: 'Bad' }).waitFor();
  for (const view of ['Graph', 'Table', 'Events']) {
    await page.getByRole('button', { name: view, exact: true }).click();
    await page.getByTestId(`view-${view.toLowerCase()}`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await screenshot(page, `execution-${view.toLowerCase()}-dark`);
  }
  await page.getByRole('button', { name: 'Event 2, PassStateEntered' }).click();
  await page.getByText('"stateEnteredEventDetails"').or(page.getByText('stateEnteredEventDetails')).first().waitFor();

  await page.getByRole('button', { name: 'New execution' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Start execution' }).click();
  await page.waitForURL((url) => !url.href.includes(encodeURIComponent(executionArn)));
  await page.getByTestId('execution-status').getByText('Running').waitFor();
  await page.getByRole('tab', { name: 'Input and output' }).click();
  await page.getByText('"test"').waitFor();

  const again = decodeURIComponent(page.url().split('/executions/')[1]?.split('?')[0] ?? '');
  await page.getByRole('button', { name: 'Stop execution' }).click();
  await dialog.getByLabel('Error').fill('Enough');
  expect(await dialog.getByTestId('copy-cli').getAttribute('data-command')).toMatch(
    /^aws stepfunctions stop-execution --execution-arn \S+ --error Enough --endpoint-url http/,
  );
  await dialog.getByTestId('confirm').click();
  await page.getByTestId('execution-status').getByText('Aborted').waitFor();
  await banner.getByText('Execution aborted while Work ran: Enough').waitFor();

  await page.getByRole('button', { name: 'Redrive' }).click();
  await dialog.getByTestId('confirm').click();
  await page.getByTestId('execution-status').getByText('Running').waitFor();
  await server.call('SendTaskFailure', { taskToken: await take(), error: 'Wrong' });
  await page.getByTestId('execution-status').getByText('Succeeded').waitFor();
  await page
    .getByTestId('graph')
    .getByRole('button', { name: /^Work\b.*caught/i })
    .waitFor();
  expect(await server.call('DescribeExecution', { executionArn: again })).toMatchObject({
    status: 'SUCCEEDED',
    redriveCount: 1,
  });
  await visitor.leave();
});

test('10,000 items: the failed one is found, and shown alone', async () => {
  const arn = await createStateMachine(server, 'many', {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 50,
        End: true,
        ItemProcessor: {
          StartAt: 'Look',
          States: {
            Look: {
              Type: 'Choice',
              Choices: [{ Variable: '$.host', StringEquals: 'host-9000', Next: 'Broken' }],
              Default: 'Fine',
            },
            Broken: { Type: 'Fail', Error: 'HostIsDown', Cause: 'no answer' },
            Fine: { Type: 'Pass', End: true },
          },
        },
      },
    },
  });
  const items = Array.from({ length: 10_000 }, (_, index) => ({ host: `host-${index}` }));
  const { executionArn, status } = await runToEnd(server, arn, items);
  expect(status).toBe('FAILED');
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn));
  await page.getByTestId('failure').getByText('Each › Item 9000 › Broken').waitFor();
  await page
    .getByTestId('graph')
    .getByRole('button', { name: /^Each\b/ })
    .first()
    .click();
  const grid = page.getByRole('grid', { name: 'Items of Each' });
  // Failed first.
  const first = grid.getByRole('button').first();
  await page.waitForFunction(() => document.querySelector('[data-at="0"]')?.getAttribute('data-status') === 'failed');
  expect(await first.getAttribute('aria-label')).toMatch(/^Item 9000, Failed, .*at Broken: HostIsDown/);
  await screenshot(page, 'execution-items');
  expect(await axeFindings(page)).toEqual([]);
  // Searched by what it got.
  await page.getByRole('searchbox', { name: 'Search in the data of items' }).fill('host-4711"');
  await page.keyboard.press('Enter');
  await page.getByText('1 of the items hold it.').waitFor();
  await grid.getByRole('button', { name: /^Item 4711,/ }).waitFor();
  await page.getByRole('searchbox', { name: 'Search in the data of items' }).fill('');
  await first.click();
  const picker = page.getByTestId('frame-picker');
  await picker.getByText('Item 9000 of 10,000').waitFor();
  await page
    .getByTestId('graph')
    .getByRole('button', { name: /^Broken\b.*failed/ })
    .waitFor();
  await page
    .getByTestId('graph')
    .getByRole('button', { name: /^Fine\b(?!.*succeeded)/ })
    .waitFor();
  await picker.getByRole('button', { name: 'Before Item 9000' }).click();
  await page
    .getByTestId('graph')
    .getByRole('button', { name: /^Fine\b.*succeeded/ })
    .waitFor();
  await picker.getByRole('button', { name: 'Next failed' }).click();
  await picker.getByText('Item 9000 of').waitFor();
  // By keyboard, far away.
  await first.focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Item 8') ?? false);
  await visitor.leave();
});

test('a Map Run is shown, its limits changed, its children listed', async () => {
  const arn = await createStateMachine(server, 'distributed', {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 2,
        ToleratedFailureCount: 1,
        End: true,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Odd?',
          States: {
            'Odd?': { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 1, Next: 'Odd' }], Default: 'Rest' },
            Odd: { Type: 'Fail', Error: 'IsOdd' },
            Rest: { Type: 'Wait', Seconds: 600, End: true },
          },
        },
      },
    },
  });
  const { executionArn } = await server.call<{ executionArn: string }>('StartExecution', {
    stateMachineArn: arn,
    input: '[1,2,3,4]',
  });
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn, '?state=/States/Each'));
  await page.getByRole('link', { name: 'Open the Map Run' }).click();
  const items = page.getByRole('region', { name: 'Items' });
  await items.getByText('1 of 4').waitFor();
  await page
    .getByRole('link', { name: /^[0-9a-f-]{36}$/ })
    .nth(2)
    .waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await screenshot(page, 'map-run');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Concurrency limit').fill('many');
  expect(await page.getByTestId('confirm').isDisabled()).toBe(true);
  await page.getByLabel('Concurrency limit').fill('3');
  await page.getByTestId('confirm').click();
  await page.getByText('The Map Run was changed.').waitFor();
  await page.getByText('Running', { exact: true }).nth(2).waitFor();
  await visitor.leave();
});

test('what is not there, and names that look like markup', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf('arn:aws:states:us-east-1:123456789012:execution:gone:gone'));
  await page.getByText('There is no such execution').waitFor();
  const evil = '<img src=x onerror=alert(1)>';
  const arn = await createStateMachine(server, 'markup', {
    StartAt: evil,
    States: { [evil]: { Type: 'Fail', Error: evil, Cause: '</script><b>bold</b>' } },
  });
  const { executionArn } = await runToEnd(server, arn, { [evil]: evil });
  await visitor.go(pageOf(executionArn, '?view=timeline'));
  await page.getByTestId('failure').getByText(evil).first().waitFor();
  await page.getByRole('row', { name: evil }).waitFor();
  expect(await page.locator('img[src=x]').count()).toBe(0);
  // The definition of then stays when the machine is gone.
  await server.call('DeleteStateMachine', { stateMachineArn: arn });
  await visitor.go(pageOf(executionArn));
  await page.getByTestId('graph').getByRole('button', { name: evil }).first().waitFor();
  await visitor.leave(/400|404/);
});

test('a server that is killed in the middle is told of; the run goes on without a gap', async () => {
  const { executionArn, take } = await withWorker('killed');
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn));
  const node = (name: RegExp) => page.getByTestId('graph').getByRole('button', { name });
  await node(/^Work\b.*running/i).waitFor();
  const taskToken = await take();
  await server.kill();
  await page.getByText('The server does not answer', { exact: true }).waitFor();
  await node(/^Work\b.*running/i).waitFor();
  await server.start();
  await server.call('SendTaskSuccess', { taskToken, output: '{"good":true}' });
  await page.getByText('The server does not answer', { exact: true }).waitFor({ state: 'detached' });
  await page.getByTestId('execution-status').getByText('Succeeded').waitFor();
  const { events } = await server.call<{ events: object[] }>('GetExecutionHistory', { executionArn });
  await page.getByText(`${events.length} / ${events.length}`).waitFor();
  await visitor.leave(/Failed to load resource|ERR_/);
});

test('paused and resumed', async () => {
  const { executionArn, take } = await withWorker('paused');
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn));
  const status = page.getByTestId('execution-status');
  const choose = async (action: string) => {
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('menuitem', { name: action }).click();
    await page.getByRole('dialog').getByTestId('confirm').click();
  };
  await choose('Pause');
  await status.getByText('Paused').waitFor();
  await server.call('SendTaskSuccess', { taskToken: await take(), output: '{"good":true}' });
  await choose('Resume');
  await status.getByText('Succeeded').waitFor();
  await visitor.leave();
});

test('executions that start executions lead to each other', async () => {
  const child = await createStateMachine(server, 'child', {
    StartAt: 'No',
    States: { No: { Type: 'Fail', Error: 'ChildBroke', Cause: 'no stock' } },
  });
  const parent = await createStateMachine(server, 'parent', {
    StartAt: 'Start child',
    States: {
      'Start child': {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Parameters: {
          StateMachineArn: child,
          Input: { 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id' },
        },
        End: true,
      },
    },
  });
  const { executionArn } = await runToEnd(server, parent);
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn));
  const banner = page.getByTestId('failure');
  await banner.getByText('ChildBroke: no stock').waitFor();
  await banner.getByRole('button', { name: 'Show step' }).click();
  await page.getByTestId('step-status').getByRole('link').waitFor();
  await banner.getByRole('link', { name: 'Open the execution that failed' }).click();
  await banner.getByText('Execution failed in No: ChildBroke').waitFor();
  const started = page
    .getByTestId('execution-header')
    .getByRole('definition')
    .filter({ hasText: /^[0-9a-f-]{36}$/ });
  await started.getByRole('link').click();
  await banner.getByText('Execution failed in Start child').waitFor();
  await visitor.leave();
});

test('payloads of many KB are folded, searched, downloaded; Express executions say why they are not here', async () => {
  const arn = await createStateMachine(server, 'large', {
    StartAt: 'Keep',
    States: { Keep: { Type: 'Pass', End: true } },
  });
  const rows = Array.from({ length: 4_000 }, (_, id) => ({ id, text: 'x'.repeat(60), name: `row ${id}` }));
  const { executionArn } = await runToEnd(server, arn, { rows });
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go(pageOf(executionArn, '?state=/States/Keep'));
  const panel = page.getByTestId('step-panel');
  await panel.getByText('4,000 items').waitFor();
  await panel.getByRole('searchbox', { name: 'Find in Keep input' }).fill('row 3999');
  await panel.getByText('"row 3999"').waitFor();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe('Keep-input.json');
  expect(JSON.parse(readFileSync(await saved.path(), 'utf8')).rows).toHaveLength(4_000);

  const quick = await createStateMachine(
    server,
    'quick',
    { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
    {
      type: 'EXPRESS',
    },
  );
  const express = await server.call<{ executionArn: string }>('StartExecution', { stateMachineArn: quick });
  await visitor.go(pageOf(express.executionArn));
  await page.getByText('Express executions leave no history').waitFor();
  await screenshot(page, 'execution-express');
  await visitor.leave(/400|404/);
});
