import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeFindings, binary, closeBrowser, type Server, screenshot, serve, visit } from './harness';

let server: Server;
beforeAll(async () => {
  const keys = join(mkdtempSync(join(tmpdir(), 'stepwright-keys-')), 'keys.ini');
  writeFileSync(keys, '[ci]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n');
  server = await serve('--credentials', keys);
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const users = (command: string, input = '') =>
  execFileSync(binary(), ['users', '--data', server.data, ...command.split(' ')], { input });

/** What a page without a session logs: the browser tells of each 401. */
const unauthorized = /status of 401/;

test('people sign in, and a session that ends in the middle of work loses nothing', async () => {
  for (const theme of ['light', 'dark'] as const) {
    const visitor = await visit(server, { theme });
    await visitor.go('/console/activities?text=x');
    await visitor.page.getByText('Nobody can sign in yet').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
    await screenshot(visitor.page, `login-${theme}`);
    await visitor.leave(unauthorized);
  }

  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/activities?text=x');
  await page.waitForURL('**/console/login?next=*');
  users('add ada --password-stdin', 'correct horse');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('Nobody can sign in yet').waitFor({ state: 'detached' });
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill('wrong horse');
  await page.keyboard.press('Enter');
  await page.getByText('The user name or the password is wrong.').waitFor();
  expect(await page.getByLabel('User name').inputValue()).toBe('ada');
  await page.getByLabel('Password').fill('correct horse');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/activities?text=x');

  // A draft is saved by itself: that request finds that the session is over.
  await page.goto(`${server.url}/console/studio?mode=code`);
  const dialogs = page.getByRole('dialog');
  await dialogs.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.cm-content').click();
  users('password ada --password-stdin', 'battery staple');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('{ "StartAt": "Typed by hand", "States": {} }');
  const dialog = page.getByTestId('sign-in-dialog');
  await dialog.getByText('What you have typed is still there').waitFor();
  await screenshot(page, 'login-again');
  expect(await axeFindings(page)).toEqual([]);
  const saved = page.waitForResponse((answer) => answer.url().includes('/_ui/drafts/') && answer.ok());
  // The password has the focus.
  await page.keyboard.type('battery staple');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await saved;
  expect(await page.locator('.cm-content').textContent()).toContain('Typed by hand');

  await page.goto(`${server.url}/console/executions`);
  await screenshot(page, 'login-done');
  await page.getByRole('button', { name: 'ada' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/console/login');
  await page.goto(`${server.url}/console/audit`);
  await page.waitForURL('**/console/login?next=*');
  await visitor.leave(unauthorized);
});
