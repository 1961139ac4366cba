import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, createStateMachine, type Server, screenshot, serve, visit } from './harness';

const count = 10_000;
const atOnce = 64;
let server: Server;

beforeAll(async () => {
  server = await serve();
  const stateMachineArn = await createStateMachine(server, 'many', {
    StartAt: 'Odd?',
    States: {
      'Odd?': { Type: 'Choice', Choices: [{ Variable: '$.fails', BooleanEquals: true, Next: 'F' }], Default: 'S' },
      F: { Type: 'Fail', Error: 'Every.Hundredth' },
      S: { Type: 'Succeed' },
    },
  });
  let next = 0;
  const work = async () => {
    for (let index = next; index < count; index = next) {
      next += 1;
      const input = JSON.stringify({ fails: index % 100 === 0 });
      await server.call('StartExecution', { stateMachineArn, name: `run-${String(index).padStart(5, '0')}`, input });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}, 120_000);
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

test('ten thousand executions are listed, paged and filtered without waiting', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/executions');
  await page.getByRole('link', { name: /run-/ }).first().waitFor();
  const next = page.getByRole('button', { name: 'Next page' });
  for (let at = 1; at < 8; at += 1) await next.click();
  await page.getByText('(200+)').waitFor();

  await page.getByLabel('Find executions').fill('run-00077');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'run-00077' }).waitFor();
  expect(await page.getByRole('link', { name: /run-/ }).count()).toBe(1);

  await visitor.go('/console/executions?status=FAILED&error=hundredth');
  // A busy server gives fewer at once: the last page needs all of them.
  for (let at = 1; at < 5; at += 1) await next.click();
  await page.getByText('(100)').waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this filter as a view' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Hundredths');
  await page.getByTestId('confirm').click();
  await visitor.go('/console/executions');
  await page.getByRole('button', { name: 'View Hundredths' }).click();
  await page.waitForURL(/error=hundredth/);
  await page.getByText(/\(\d+\+?\)/).waitFor();
  await screenshot(page, 'executions-many');
  await visitor.leave();
});
