import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeAws, fakeAws, patchesAndTopic } from './fake-aws';
import { axeFindings, closeBrowser, createStateMachine, type Server, screenshot, serve, visit } from './harness';

let aws: FakeAws;
let server: Server;
beforeAll(async () => {
  aws = await fakeAws(patchesAndTopic);
  server = await serve('--endpoint-url', aws.url);
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
  await aws.close();
});

const studioOf = (arn: string) => `/console/studio/${encodeURIComponent(arn)}`;
const node = (page: Page, name: string) => page.locator('.sw-node-body', { hasText: name }).first();
const topicArn = 'arn:aws:sns:us-east-1:123456789012:patches';

/** Drags an entry of the states browser to a `+` of the graph, as a hand does. */
async function drag(page: Page, entry: string, to: { x: number; y: number }) {
  const from = await page.locator(`[data-entry="${entry}"]`).first().boundingBox();
  if (!from) throw new Error(`${entry} is not in the list`);
  await page.mouse.move(from.x + 40, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + 40, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
}

async function middle(page: Page, label: string | RegExp) {
  const box = await page.getByRole('button', { name: label, includeHidden: true }).first().boundingBox();
  if (!box) throw new Error(`no place ${label}`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Goes to the middle of it with the mouse and presses; three times selects what stands in a field. */
async function press(page: Page, what: Locator, clickCount = 1) {
  await what.waitFor();
  const box = await what.boundingBox();
  if (!box) throw new Error(`${what} is not to be seen`);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2, { clickCount });
}

async function write(page: Page, field: Locator, text: string) {
  await press(page, field, 3);
  await page.keyboard.insertText(text);
}

const search = (page: Page, text: string) => write(page, page.getByLabel(/^Search actions/), text);

/** Starts it with this input and waits for its end; how it ended. */
async function execute(page: Page, input: string) {
  await press(page, page.getByRole('button', { name: 'Execute' }));
  await press(page, page.getByTestId('confirm-save'));
  const dialog = page.getByRole('dialog', { name: /Start/ });
  await write(page, dialog.locator('.cm-line').first(), input);
  await press(page, dialog.getByRole('button', { name: /^Start/ }));
  await page.waitForURL('**/console/executions/**');
  const executionArn = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
  await expect
    .poll(async () => (await server.call<{ status: string }>('DescribeExecution', { executionArn })).status)
    .not.toBe('RUNNING');
  return server.call<{ status: string; output?: string }>('DescribeExecution', { executionArn });
}

const read = () => aws.calls.filter(({ operation }) => operation === 'DescribeInstancePatches');
function expectPatchesReadOf(...instances: string[]) {
  expect(new Set(read().map(({ body }) => JSON.parse(body).InstanceId))).toEqual(new Set(instances));
  expect(aws.calls.some(({ operation, body }) => operation === 'Publish' && body.includes('KB1'))).toBe(true);
  aws.calls.length = 0;
}

test('the patch report is built by mouse and runs', async () => {
  const { page, go, leave } = await visit(server);
  await go('/console/studio');
  const name = page.getByRole('dialog').getByRole('textbox', { name: 'Name' });
  await write(page, name, 'patch-report-by-mouse');
  await press(page, page.getByRole('button', { name: /^Blank/ }));
  await press(page, page.getByRole('tab', { name: 'Flow' }));
  await drag(page, 'flow:Map', await middle(page, /^Add a state between Start and End/));
  await node(page, 'Map').waitFor();
  await press(page, page.getByRole('tab', { name: 'Actions' }));
  await search(page, 'describe instance patches');
  await page.locator('[data-entry="aws-sdk:ssm:describeInstancePatches"]').waitFor();
  await drag(page, 'aws-sdk:ssm:describeInstancePatches', await middle(page, /^Add a state between Start and End/));
  await node(page, 'DescribeInstancePatches').waitFor();
  await write(page, page.getByRole('textbox', { name: /InstanceId/ }), '{% $states.input %}');
  await search(page, 'sns publish');
  await page.locator('[data-entry="sns:publish"]').waitFor();
  await drag(page, 'sns:publish', await middle(page, /^Add a state between Map and End/));
  await node(page, 'SNS Publish').waitFor();
  await write(page, page.getByRole('textbox', { name: /TopicArn/ }), topicArn);
  await expect.poll(() => page.getByTestId('validity').textContent()).toBe('Valid');
  await screenshot(page, 'studio-patch-report');
  const ended = await execute(page, '["i-1", "i-2"]');
  expect(ended.status).toBe('SUCCEEDED');
  expectPatchesReadOf('i-1', 'i-2');
  await leave();
});

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, wanted: Locator) {
  for (let count = 0; count < 60; count += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

async function pick(page: Page, text: string) {
  await page.keyboard.press('+');
  await page.getByRole('dialog', { name: 'Add a state' }).waitFor();
  await page.keyboard.type(text);
  await page.getByRole('treeitem').first().waitFor();
  await page.keyboard.press('Enter');
}

test('the patch report is built by keyboard alone and runs', async () => {
  const { page, go, leave } = await visit(server);
  await page.addInitScript(() => {
    // A press of Enter clicks too, but with nothing that points.
    const count = () => sessionStorage.setItem('pointed', 'yes');
    for (const type of ['pointerdown', 'mousedown', 'pointermove', 'wheel']) addEventListener(type, count, true);
  });
  await go('/console/studio');
  await page.getByRole('dialog', { name: 'New workflow' }).waitFor();
  await tabTo(page, page.getByRole('dialog').getByRole('textbox', { name: 'Name' }));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('patch-report-by-keyboard');
  await tabTo(page, page.getByRole('button', { name: /^Blank/ }));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Add the first state' }).waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Add the first state' }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Add a state' }).waitFor();
  await page.keyboard.type('map');
  await page.keyboard.press('Enter');
  await node(page, 'Map').waitFor();
  await pick(page, 'instance patches ssm');
  await node(page, 'DescribeInstancePatches').waitFor();
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('textbox', { name: /InstanceId/ }));
  await page.keyboard.type('{% $states.input %}');
  await page.keyboard.press('Shift+F6');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => new URL(page.url()).searchParams.get('state')).toBe('/States/Map');
  await pick(page, 'sns publish');
  await node(page, 'SNS Publish').waitFor();
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('textbox', { name: /TopicArn/ }));
  await page.keyboard.type(topicArn);
  await expect.poll(() => page.getByTestId('validity').textContent()).toBe('Valid');
  await page.keyboard.press('Control+Enter');
  await page.getByTestId('confirm-save').waitFor();
  await tabTo(page, page.getByTestId('confirm-save'));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: /Start/ }).locator('.cm-content').waitFor();
  await tabTo(page, page.getByRole('dialog', { name: /Start/ }).locator('.cm-content').first());
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('["i-3"]');
  await page.keyboard.press('Escape');
  await tabTo(page, page.getByRole('dialog', { name: /Start/ }).getByRole('button', { name: /^Start/ }));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/executions/**');
  await expect.poll(() => aws.calls.some(({ operation }) => operation === 'Publish')).toBe(true);
  expectPatchesReadOf('i-3');
  expect(await page.evaluate(() => sessionStorage.getItem('pointed'))).toBe(null);
  await leave();
});

const rollingRestart = () =>
  readFileSync(
    resolve(import.meta.dirname, '../../examples/rolling-restart/statemachine/rolling-restart.asl.json'),
    'utf8',
  ).replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:$1');

test('rolling-restart is broken in Code mode, its graph stays, and it is repaired', async () => {
  const arn = await createStateMachine(server, 'rolling-restart', rollingRestart());
  const { page, go, leave } = await visit(server);
  await go(`${studioOf(arn)}?mode=code`);
  const editor = page.getByTestId('definition-editor').locator('.cm-content');
  await editor.click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('End');
  await page.keyboard.type(' oops');
  const banner = page.getByRole('status').filter({ hasText: 'cannot be read' });
  await banner.waitFor();
  expect(await banner.textContent()).toMatch(/line [12]/);
  await page.getByText('Design', { exact: true }).click();
  await node(page, 'ListTargets').waitFor();
  expect(await page.locator('.sw-graph.is-stale').count()).toBe(1);
  // Whatever cannot be done with a text that cannot be read is not offered, and nothing of it is written over.
  await node(page, 'ListTargets').click();
  await page.keyboard.press('Delete');
  await node(page, 'ListTargets').waitFor();
  await screenshot(page, 'studio-stale');
  await banner.getByRole('button', { name: /Go to line/ }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get('mode')).toBe('code');
  // The place is marked, and the caret stands there.
  await page.locator('.cm-lintRange-error').first().waitFor();
  await editor.waitFor();
  await page.keyboard.press('Control+Z');
  await banner.waitFor({ state: 'detached' });
  await expect.poll(() => page.getByTestId('validity').textContent()).toBe('Valid');
  expect(await axeFindings(page)).toEqual([]);
  await leave();
});

test('a draft survives a reload, and a server that goes away', async () => {
  const arn = await createStateMachine(server, 'drafted', simple);
  const { page, go, leave } = await visit(server);
  await go(studioOf(arn));
  await node(page, 'First').click();
  await page.getByRole('textbox', { name: /State name/ }).fill('Renamed');
  await page.getByTestId('draft-state').filter({ hasText: 'Draft kept at' }).waitFor();
  await page.reload();
  await node(page, 'Renamed').waitFor();
  await server.kill();
  await node(page, 'Renamed').click();
  await page.getByRole('textbox', { name: /State name/ }).fill('Renamed again');
  await page.getByTestId('draft-state').filter({ hasText: 'in this browser' }).waitFor();
  await server.start();
  await page.getByTestId('draft-state').filter({ hasText: 'Draft kept at' }).waitFor();
  await page.reload();
  await node(page, 'Renamed again').waitFor();
  // Nothing of it is deployed.
  const { definition } = await server.call<{ definition: string }>('DescribeStateMachine', { stateMachineArn: arn });
  expect(definition).toBe(simple);
  await leave(/ERR_CONNECTION|Failed to load resource|net::ERR/);
});

const simple = JSON.stringify(
  {
    QueryLanguage: 'JSONata',
    StartAt: 'First',
    States: { First: { Type: 'Pass', Next: 'Second' }, Second: { Type: 'Pass', End: true } },
  },
  null,
  2,
);

test('two people edit the same state machine: the conflict is shown and nothing is overwritten', async () => {
  const arn = await createStateMachine(server, 'contested', simple);
  const mine = await visit(server);
  await mine.go(studioOf(arn));
  await node(mine.page, 'First').click();
  await mine.page.getByRole('textbox', { name: /State name/ }).fill('Mine');
  const theirs = simple.replaceAll('Second', 'Theirs');
  await server.call('UpdateStateMachine', { stateMachineArn: arn, definition: theirs });
  await mine.page.getByRole('button', { name: /^Save/ }).click();
  await mine.page.getByTestId('conflict').waitFor();
  await mine.page.locator('.studio-difference').waitFor();
  await screenshot(mine.page, 'studio-conflict');
  const now = async () =>
    (await server.call<{ definition: string }>('DescribeStateMachine', { stateMachineArn: arn })).definition;
  expect(await now()).toBe(theirs);
  expect(await axeFindings(mine.page)).toEqual([]);
  await mine.page.getByRole('button', { name: 'Replace theirs with mine' }).click();
  await mine.page.getByTestId('conflict').waitFor({ state: 'detached' });
  expect(await now()).toBe(simple.replaceAll('First', 'Mine'));
  await mine.leave();
});
