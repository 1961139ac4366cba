import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeFindings, binary, closeBrowser, type Server, screenshot, serve, visit } from './harness';

let server: Server;
beforeAll(async () => {
  const keys = join(mkdtempSync(join(tmpdir(), 'stepwright-keys-')), 'keys.ini');
  writeFileSync(keys, '[ci]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n');
  server = await serve('--credentials', keys, '--allowed-host', 'stepwright.test');
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const users = (command: string, input = '') =>
  execFileSync(binary(), ['users', '--data', server.data, ...command.split(' ')], { input });

/** What a page without a session logs: the browser tells of each 401, and of the GET that looks unsigned. */
const unauthorized = /status of 40[01]/;

async function signIn(page: Page, user: string, password: string) {
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

test('without any user the page says how there is one, in both themes', async () => {
  for (const theme of ['light', 'dark'] as const) {
    const visitor = await visit(server, { theme });
    await visitor.go('/console/activities?text=x');
    await visitor.page.getByText('Nobody can sign in yet').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
    await screenshot(visitor.page, `login-${theme}`);
    await visitor.leave(unauthorized);
  }
});

test('people sign in, and a session that ends in the middle of work loses nothing', async () => {
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/activities?text=x');
  await page.waitForURL('**/console/login?next=*');
  await page.getByText('Nobody can sign in yet').waitFor();
  users('add ada --password-stdin', 'correct horse');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('Nobody can sign in yet').waitFor({ state: 'detached' });
  await page.getByTestId('sign-in').click();
  await page.getByText('Enter your user name.').waitFor();
  await signIn(page, 'ada', 'wrong horse');
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

test('an address leads nowhere else, and the cookie is for these pages alone', async () => {
  users('add bob --password-stdin', 'correct horse');
  const visitor = await visit(server);
  const { page } = visitor;
  await page.goto(`${server.url}/console/login?next=${encodeURIComponent('https://evil.test/')}`);
  await signIn(page, 'bob', 'correct horse');
  await page.waitForURL('**/console/state-machines');
  for (const next of ['//evil.test/', '/\\evil.test/', '/console/login?next=/', '/console/..//evil.test']) {
    await page.goto(`${server.url}/console/login?next=${encodeURIComponent(next)}`);
    await page.waitForURL((url) => url.origin === server.url && url.pathname !== '/console/login');
  }
  const cookie = (await page.context().cookies()).find(({ name }) => name.startsWith('stepwright-session-'));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', secure: false, path: '/' });
  await visitor.leave(unauthorized);
});

test('two tabs share a session, and a dialog that is open keeps its text', async () => {
  users('add tom --password-stdin', 'correct horse');
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/state-machines');
  await signIn(page, 'tom', 'correct horse');
  await page.waitForURL('**/console/state-machines');
  const arn = await page.evaluate(async () => {
    const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Succeed' } } });
    const roleArn = 'arn:aws:iam::123456789012:role/r';
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AWSStepFunctions.CreateStateMachine',
    };
    const body = JSON.stringify({ name: 'guarded', definition, roleArn });
    return (await (await fetch('/', { method: 'POST', headers, body })).json()).stateMachineArn;
  });
  await visitor.go(`/console/state-machines/${encodeURIComponent(arn)}`);
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  const start = page.getByRole('dialog').filter({ hasText: 'Start execution' });
  await start.getByLabel('Name – optional').fill('kept');
  const other = await page.context().newPage();
  await other.goto(`${server.url}/console/executions`);
  await other.getByRole('button', { name: 'tom' }).click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await other.waitForURL('**/console/login');

  // Sign-in lies over the dialog; whoever closes it finds that dialog as it was.
  await page.bringToFront();
  await start.getByTestId('confirm').click();
  const dialog = page.getByTestId('sign-in-dialog');
  await dialog.getByLabel('Password').waitFor();
  await screenshot(page, 'login-over-a-dialog');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await start.getByText('Sign in to go on').waitFor();
  expect(await start.getByLabel('Name – optional').inputValue()).toBe('kept');
  await page.getByText('Your session is over').first().waitFor({ state: 'attached' });
  await screenshot(page, 'login-later');
  // Whoever goes on is asked again.
  await start.getByTestId('confirm').click();
  await dialog.getByLabel('Password').waitFor();

  await signIn(other, 'tom', 'correct horse');
  await other.waitForURL('**/console/state-machines');
  await page.bringToFront();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  await dialog.waitFor({ state: 'detached' });
  await page.waitForURL('**/console/executions/*kept');

  await visitor.leave(unauthorized);
});

test('a session outlives the server, and ends with its user', async () => {
  users('add ben --password-stdin', 'correct horse');
  const visitor = await visit(server);
  const { page } = visitor;
  await visitor.go('/console/executions');
  await signIn(page, 'ben', 'correct horse');
  await page.waitForURL('**/console/executions');
  await page.getByText('Executions', { exact: true }).first().waitFor();
  const again = page.waitForResponse((answer) => answer.url().includes('/_ui/stream') && answer.ok());
  await server.kill();
  await server.start();
  await again;
  // The page asks as soon as its stream comes back.
  users('remove ben');
  await server.kill();
  await server.start();
  await page.getByTestId('sign-in-dialog').getByLabel('Password').waitFor();
  await visitor.leave(/status of 40[01]|ERR_|Failed to load resource/);
});

test('over plain http from elsewhere the whole console works', async () => {
  users('add eve --password-stdin', 'correct horse');
  const named: Server = Object.create(server, { url: { value: server.url.replace('127.0.0.1', 'stepwright.test') } });
  const visitor = await visit(named, { theme: 'dark' });
  const { page } = visitor;
  await visitor.go('/console/functions');
  await page.waitForURL('**/console/login?next=*');
  expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
  await signIn(page, 'eve', 'correct horse');
  await page.waitForURL('**/console/functions');
  // Without its cookie a GET has nothing that tells it from a client that forgot to sign.
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Schedules', exact: true }).click();
  const dialog = page.getByTestId('sign-in-dialog');
  await dialog.getByLabel('Password').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await screenshot(page, 'login-again-dark');
  await page.keyboard.type('correct horse');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });

  await page.goto(`${named.url}/console/studio`);
  await page.getByTestId('studio').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.goto(`${named.url}/console/activities`);
  await page.getByRole('button', { name: 'Create activity' }).first().click();
  await page.getByRole('dialog').getByTestId('copy-cli').getByRole('button').click();
  await page.getByText('Command copied').waitFor();
  await visitor.leave(unauthorized);
});
