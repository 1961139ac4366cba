/** Every route in both themes: axe finds nothing, the page has no fault, and a screenshot is kept to be looked at. */
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
/** By the name of the screenshot. A new view joins here. */
const routes: Record<string, string> = {
  'state-machines': '/console/state-machines',
  executions: '/console/executions?status=SUCCEEDED,FAILED',
  activities: '/console/activities?activity=approve',
  'not-found': '/console/nowhere',
};

beforeAll(async () => {
  server = await serve();
  const arn = await createStateMachine(
    server,
    'sample',
    {
      Comment: 'Shows a choice',
      QueryLanguage: 'JSONata',
      StartAt: 'Fine?',
      States: {
        'Fine?': {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.isFine %}', Next: 'Done' }],
          Default: 'Failed',
        },
        Done: { Type: 'Succeed' },
        Failed: { Type: 'Fail', Error: 'Not.Fine', Cause: 'The input says so.' },
      },
    },
    { tags: [{ key: 'team', value: 'platform' }], publish: true },
  );
  const { executionArn } = await runToEnd(server, arn, { isFine: true });
  await runToEnd(server, arn, { isFine: false });
  await server.call('CreateActivity', { name: 'approve' });
  const machine = `/console/state-machines/${encodeURIComponent(arn)}`;
  for (const tab of ['executions', 'definition', 'versions', 'aliases', 'triggers', 'configuration', 'tags', 'cli'])
    routes[`state-machine-${tab}`] = `${machine}?tab=${tab}`;
  routes.execution = `/console/executions/${encodeURIComponent(executionArn)}`;
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

test.each(['light', 'dark'] as const)(
  'no view has a fault in the %s theme',
  async (theme) => {
    const visitor = await visit(server, { theme });
    const findings: string[] = [];
    for (const [name, path] of Object.entries(routes)) {
      await visitor.go(path);
      await settled(visitor.page);
      await screenshot(visitor.page, `${name}-${theme}`);
      findings.push(...(await axeFindings(visitor.page)).map((finding) => `${name}: ${finding}`));
    }
    expect(findings).toEqual([]);
    await visitor.leave();
  },
  120_000,
);

/** Nothing is being loaded any more. */
async function settled(page: import('playwright-core').Page) {
  await page.locator('[class*=awsui_spinner]').first().waitFor({ state: 'detached' });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}
