import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, createStateMachine, type Server, serve, visit } from './harness';

let server: Server;
beforeAll(async () => {
  server = await serve();
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const pass = { Type: 'Pass', End: true };
const oneLine = JSON.stringify({ StartAt: 'A', States: { A: pass } });
const studioOf = (arn: string) => `/console/studio/${encodeURIComponent(arn)}`;
const definitionOf = async (stateMachineArn: string) =>
  (await server.call<{ definition: string }>('DescribeStateMachine', { stateMachineArn })).definition;

test('a definition in one line is read in lines, and deployed in lines only when it changes', async () => {
  const arn = await createStateMachine(server, 'one-line', oneLine);
  const { page, go, leave } = await visit(server);
  await go(`${studioOf(arn)}?mode=code`);
  await expect.poll(() => page.locator('.cm-line').count()).toBeGreaterThan(8);
  await expect.poll(() => page.getByText('Saved', { exact: true }).count()).toBe(1);
  // Settings alone leave the deployed text to the byte.
  await page.getByRole('button', { name: 'Config' }).click();
  await page.getByLabel('Execution role').fill('arn:aws:iam::123456789012:role/other');
  await page.keyboard.press('Control+s');
  await page.getByText('The definition is as it is deployed.').waitFor();
  await page.getByTestId('confirm-save').click();
  await page.getByText('one-line is saved.').waitFor();
  expect(await definitionOf(arn)).toBe(oneLine);
  await page.getByRole('button', { name: 'Design' }).click();
  await page.getByLabel('Comment', { exact: true }).fill('in lines');
  await page.keyboard.press('Control+s');
  await page.getByTestId('confirm-save').click();
  await expect.poll(() => definitionOf(arn)).toContain('\n  "Comment": "in lines"');
  await leave();
});

test('what is written outlives its state machine and becomes it again', async () => {
  const arn = await createStateMachine(server, 'deleted', oneLine);
  const { page, go, leave } = await visit(server);
  await go(studioOf(arn));
  await page.getByLabel('Comment', { exact: true }).fill('still here');
  await page.getByText(/^Draft kept/).waitFor();
  await server.call('DeleteStateMachine', { stateMachineArn: arn });
  await page.keyboard.press('Control+s');
  await page.getByText('deleted was deleted in the meantime').waitFor();
  await page.reload();
  await expect.poll(() => page.getByLabel('Comment', { exact: true }).inputValue()).toBe('still here');
  await page.keyboard.press('Control+s');
  await page.getByTestId('confirm-save').click();
  await page.getByText('deleted is saved.').waitFor();
  expect(await definitionOf(arn)).toContain('still here');
  await leave(/status of 400/);
});
