/** The example of a rolling restart, with its functions, watched while it runs and looked at when it has failed. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeAws, fakeAws, targetGroup } from './fake-aws';
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

const servers = ['i-1', 'i-2', 'i-bad'];
let aws: FakeAws;
let server: Server;
let machine: string;

beforeAll(async () => {
  aws = await fakeAws(targetGroup(servers));
  server = await serve('--endpoint-url', aws.url);
  await promisify(execFile)(binary(), ['up', resolve(import.meta.dirname, '../../examples/rolling-restart')], {
    env: { ...process.env, STEPWRIGHT_SERVER: server.url },
    timeout: 30_000,
  });
  const { stateMachines } = await server.call<{ stateMachines: { stateMachineArn: string }[] }>(
    'ListStateMachines',
    {},
  );
  const [deployed] = stateMachines;
  const { definition } = await server.call<{ definition: string }>('DescribeStateMachine', { ...deployed });
  // The same workflow, which waits for a second where it waits for a minute.
  const fast = definition.replace(/"(Seconds|IntervalSeconds)":\s*\d+/g, '"$1": 1');
  machine = await createStateMachine(server, 'rolling-restart', fast);
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
  await aws.close();
});

test('it is watched live until it fails; the failure leads to where it came from, and is scrubbed back through', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  const started = await server.call<{ executionArn: string }>('StartExecution', {
    stateMachineArn: machine,
    input: JSON.stringify({
      targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1',
      maxOutOfService: 2,
      alarmNames: [],
      ruleNames: ['web'],
      startupCheck: { simulate: { neverStart: ['i-bad'], slowStart: { 'i-2': 1 } } },
    }),
  });
  const { executionArn } = started;
  await visitor.go(`/console/executions/${encodeURIComponent(executionArn)}`);
  const graph = page.getByTestId('graph');
  const node = (name: RegExp) => graph.getByRole('button', { name }).first();
  await page.getByRole('button', { name: 'Fit to view' }).click();
  // Colours change without a reload: running, waiting for a retry, caught, failed.
  await node(/^RestartTargets\b.*running/i).waitFor();
  await node(/^StartupCheck\b.*retry/i).waitFor();
  await node(/^RestartTargets\b.*caught/i).waitFor();
  await page.getByTestId('execution-status').getByText('Failed').waitFor();
  await node(/^EnableMonitoring\b.*succeeded/i).waitFor();
  await node(/^RestartFailed\b.*failed/i).waitFor();

  // Failure first, and where it began.
  const banner = page.getByTestId('failure');
  await banner.getByText('Execution failed in RestartFailed: InstanceNotYetStartedException').waitFor();
  await banner.getByText('i-bad has not started').waitFor();
  await banner.getByText('It was tried 4 times.').waitFor();
  await banner.getByRole('button', { name: 'RestartTargets › Item 2 › StartupCheck' }).click();
  await page.getByTestId('step-panel').getByRole('heading', { name: 'StartupCheck' }).waitFor();
  await page.getByTestId('frame-picker').getByText('Item 2 of 3').waitFor();
  await page.getByRole('tab', { name: 'Retries (3)' }).click();
  expect(await page.getByTestId('attempts').getByRole('listitem').count()).toBe(4);

  // The timeline opens the item that failed: attempts, waits between them, the selection of the graph.
  await page.getByRole('button', { name: 'Timeline', exact: true }).click();
  const row = page.getByRole('row', { name: /StartupCheck.*Failed, 4 attempts/ });
  await row.waitFor();
  expect(await row.getAttribute('aria-selected')).toBe('true');
  expect(await row.locator('[data-kind=retryWait]').count()).toBe(3);
  expect(
    await page
      .getByRole('row', { name: /LetItBoot/ })
      .locator('[data-kind=wait]')
      .count(),
  ).toBeGreaterThan(0);
  expect(await axeFindings(page)).toEqual([]);
  await screenshot(page, 'rolling-restart-timeline');
  for (const view of ['Table', 'Events']) {
    await page.getByRole('button', { name: view, exact: true }).click();
    await page.getByTestId(`view-${view.toLowerCase()}`).getByText('StartupCheck').first().waitFor();
    await page.getByTestId('step-panel').getByRole('heading', { name: 'StartupCheck' }).waitFor();
  }

  // Back through the failure: graph, variables and data of then.
  const { events } = await server.call<{ events: { id: number; type: string }[] }>('GetExecutionHistory', {
    executionArn,
    maxResults: 1000,
  });
  const idOf = (type: string, after = 0) => events.find((event) => event.type === type && event.id > after)?.id ?? 0;
  const mapFailed = idOf('MapStateFailed');
  await page.getByRole('button', { name: 'Graph', exact: true }).click();
  await page.getByTestId('frame-picker').getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('button', { name: 'Fit to view' }).click();
  await node(/^RestartTargets\b/).click();
  await page.getByRole('tab', { name: 'Variables' }).click();
  const variables = page.getByTestId('variables');
  await variables.getByRole('listitem').filter({ hasText: '$hasFailed' }).getByText('true').waitFor();
  const slider = page.getByRole('slider', { name: 'Event that is shown' });
  await slider.fill(String(mapFailed));
  await variables.getByRole('listitem').filter({ hasText: '$hasFailed' }).getByText('false').waitFor();
  await node(/^RestartTargets\b.*failed/i).waitFor();
  await node(/^RaiseAlarm\b(?!.*succeeded)/i).waitFor();
  await screenshot(page, 'rolling-restart-past');
  await slider.fill(String(idOf('LambdaFunctionFailed') || idOf('TaskFailed')));
  await node(/^StartupCheck\b.*retry/i).waitFor();
  await node(/^RestartTargets\b.*running/i).waitFor();
  await page.getByRole('button', { name: 'Latest' }).click();
  await node(/^RestartFailed\b.*failed/i).waitFor();

  // In the Studio, with the data of this run.
  await page
    .getByRole('button', { name: 'Open in Studio' })
    .or(page.getByRole('link', { name: 'Open in Studio' }))
    .click();
  await page.waitForURL(
    (url) => url.pathname.includes('/console/studio/') && url.searchParams.get('run') === executionArn,
  );
  await page.getByTestId('studio').waitFor();
  await visitor.leave();
}, 60_000);
