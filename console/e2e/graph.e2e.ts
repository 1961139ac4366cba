import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeFindings, closeBrowser, createStateMachine, type Server, screenshot, serve, visit } from './harness';

let server: Server;
beforeAll(async () => {
  server = await serve();
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

type At = { x: number; y: number };

/** A chain of Pass states with these names. */
function chain(...names: string[]) {
  const States = names.map((name, index) => [
    name,
    { Type: 'Pass', ...(index < names.length - 1 ? { Next: names[index + 1] } : { End: true }) },
  ]);
  return JSON.stringify({ StartAt: names[0], States: Object.fromEntries(States) }, null, 2);
}

async function open(name: string, definition: string, theme: 'light' | 'dark' = 'light') {
  const arn = await createStateMachine(server, name, definition);
  const visitor = await visit(server, { theme });
  await visitor.go(`/console/studio/${encodeURIComponent(arn)}`);
  await visitor.page.locator('.sw-node-body').first().waitFor();
  return visitor;
}

const node = (page: Page, name: string) =>
  page.locator(`.sw-node-body:has(.sw-node-name:text-is(${JSON.stringify(name)}))`);
const names = (page: Page) => page.locator('.sw-node-name').allTextContents();
const selected = (page: Page) => page.locator('.sw-node-body[aria-pressed=true] .sw-node-name').allTextContents();

/** `A → B` for each transition, from what the `+` on it says. */
async function transitions(page: Page): Promise<string[]> {
  const said = await page.getByTestId('graph-add').evaluateAll((all) => all.map((one) => one.ariaLabel ?? ''));
  return said.map((text) => text.replace(/^Add a state between (.*) and (.*)$/, '$1 → $2')).sort();
}

async function middle(of: Locator): Promise<At> {
  const box = await of.first().boundingBox();
  if (!box) throw new Error(`${of} is not on the page`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const between = (page: Page, from: string, to: string) =>
  page.getByRole('button', { name: `Add a state between ${from} and ${to}`, exact: true, includeHidden: true });

/** Presses at one place and moves to another, and has not let go yet. */
async function drag(page: Page, from: At, to: At) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 12, from.y + 12, { steps: 3 });
  await page.mouse.move(to.x, to.y, { steps: 6 });
}

test('a workflow is worked on with the mouse', async () => {
  const { page, leave } = await open('by-mouse', chain('A', 'B', 'C', 'D'));
  await page.getByRole('tab', { name: 'Flow' }).click();
  const insertion = page.getByTestId('graph-insertion');

  // An entry of the states browser: Escape takes it back, and nothing is selected or opened by the release.
  const entry = () => middle(page.locator('[data-entry="flow:Wait"]'));
  await drag(page, await entry(), await middle(between(page, 'A', 'B')));
  await insertion.waitFor();
  await page.keyboard.press('Escape');
  await insertion.waitFor({ state: 'detached' });
  await page.mouse.up();
  expect(await names(page)).toEqual(['A', 'B', 'C', 'D']);
  await drag(page, await entry(), await middle(between(page, 'A', 'B')));
  await screenshot(page, 'graph-insertion');
  await page.mouse.up();
  await node(page, 'Wait').waitFor();
  expect(await transitions(page)).toEqual(['A → Wait', 'B → C', 'C → D', 'D → End', 'Start → A', 'Wait → B']);

  // A state onto another edge.
  await drag(page, await middle(node(page, 'Wait')), await middle(between(page, 'C', 'D')));
  await insertion.waitFor();
  await page.keyboard.press('Escape');
  await page.mouse.up();
  expect(await transitions(page)).toContain('A → Wait');
  await drag(page, await middle(node(page, 'Wait')), await middle(between(page, 'C', 'D')));
  await page.mouse.up();
  await between(page, 'Wait', 'D').waitFor();
  expect(await transitions(page)).toEqual(['A → B', 'B → C', 'C → Wait', 'D → End', 'Start → A', 'Wait → D']);

  // The end of a transition onto another state.
  await node(page, 'A').click();
  const grip = page.locator('[data-testid=graph-grip][data-edge="/States/A/Next"]');
  await drag(page, await middle(grip), await middle(node(page, 'D')));
  await page.locator('.sw-node.is-drop-target').waitFor();
  await page.keyboard.press('Escape');
  await page.mouse.up();
  expect(await transitions(page)).toContain('A → B');
  await drag(page, await middle(grip), await middle(node(page, 'D')));
  await page.mouse.up();
  await between(page, 'A', 'D').waitFor();
  // What nothing leads to any more stays on the canvas.
  expect((await names(page)).sort()).toEqual(['A', 'B', 'C', 'D', 'Wait']);
  await page.keyboard.press('Control+Z');
  await between(page, 'A', 'B').waitFor();

  // A rectangle around two of them.
  const corner = async (name: string) => (await node(page, name).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [b, c] = [await corner('B'), await corner('C')];
  const around = [
    { x: b.x - 20, y: b.y - 10 },
    { x: c.x + c.width + 20, y: c.y + c.height + 10 },
  ] as const;
  await page.keyboard.press('Escape');
  await expect.poll(() => selected(page)).toEqual([]);
  await page.keyboard.down('Shift');
  await drag(page, ...around);
  await page.locator('.sw-marquee').waitFor();
  await page.keyboard.press('Escape');
  await page.mouse.up();
  expect(await selected(page)).toEqual([]);
  await drag(page, ...around);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect.poll(() => selected(page)).toEqual(['B', 'C']);

  // A name in place: Escape leaves it, Enter keeps it; markup is text.
  await node(page, 'D').dblclick();
  await page.keyboard.type('Never');
  await page.keyboard.press('Escape');
  expect(await names(page)).toContain('D');
  await node(page, 'D').dblclick();
  await page.getByRole('textbox', { name: 'New name of D' }).fill('<b>Done</b> & dusted');
  await page.keyboard.press('Enter');
  await between(page, 'Wait', '<b>Done</b> & dusted').waitFor();

  // `+` on an edge.
  await between(page, 'Start', 'A').click();
  await page.getByRole('dialog', { name: 'Add a state' }).waitFor();
  await page.keyboard.type('choice');
  await page.getByRole('treeitem').first().waitFor();
  await page.keyboard.press('Enter');
  await between(page, 'Start', 'Choice').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await leave();
});

test('what is dragged to the border takes the drawing along', async () => {
  const { page, leave } = await open('far', chain(...Array.from({ length: 40 }, (_, index) => `State ${index}`)));
  const canvas = await page.getByTestId('workflow-graph').boundingBox();
  if (!canvas) throw new Error('no canvas');
  const transform = () => page.locator('.react-flow__viewport').evaluate((element) => element.style.transform);
  const first = await middle(node(page, 'State 1'));
  const before = await transform();
  await drag(page, first, { x: canvas.x + canvas.width / 2, y: canvas.y + canvas.height - 8 });
  const last = between(page, 'State 39', 'End');
  await expect
    .poll(async () => (await middle(last)).y, { timeout: 15_000 })
    .toBeLessThan(canvas.y + canvas.height - 120);
  expect(await transform()).not.toBe(before);
  const end = await middle(last);
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
  await between(page, 'State 1', 'End').waitFor();
  expect(await transitions(page)).toContain('State 39 → State 1');
  // The drawing stands still again.
  const after = await transform();
  await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + canvas.height - 8);
  expect(await transform()).toBe(after);
  await leave();
});

const nested = JSON.stringify({
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', Next: 'Two' }, Two: { Type: 'Succeed' } } },
      Next: 'Last',
    },
    Last: { Type: 'Pass', End: true },
  },
});

test('a workflow is worked on with the keyboard', async () => {
  const { page, leave } = await open('by-keyboard', nested, 'dark');
  await node(page, 'Each').click();
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => selected(page)).toEqual(['One']);
  await page.keyboard.press('End');
  await expect.poll(() => selected(page)).toEqual(['Last']);
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => selected(page)).toEqual(['Each']);
  await page.keyboard.press('Space');
  await expect.poll(() => names(page)).toEqual(['Each', 'Last']);
  await page.keyboard.press('Space');
  await expect.poll(() => names(page)).toEqual(['Each', 'One', 'Two', 'Last']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'New name of One' }).waitFor();
  await page.keyboard.type('First');
  await page.keyboard.press('Enter');
  await expect.poll(() => selected(page)).toEqual(['First']);
  await page.keyboard.press('Insert');
  await page.getByRole('dialog', { name: 'Add a state' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Delete');
  await expect.poll(() => names(page)).toEqual(['Each', 'Two', 'Last']);
  expect(await transitions(page)).toContain('Start → Two');
  expect(await axeFindings(page)).toEqual([]);
  await leave();
});

test('two thousand states: an edit is drawn in time, and the canvas moves without a stop', async () => {
  const { page, leave } = await open('many', chain(...Array.from({ length: 2000 }, (_, index) => `State ${index}`)));
  // Only what is seen is in the page.
  expect(await page.locator('.sw-node-body').count()).toBeLessThan(150);
  await node(page, 'State 0').click();
  await expect.poll(() => selected(page)).toEqual(['State 0']);
  const edited = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let start = 0;
        addEventListener('keydown', () => (start ||= performance.now()), { capture: true, once: true });
        new MutationObserver((_, observer) => {
          const first = document.querySelector('.sw-node-name')?.textContent;
          if (first !== 'State 1') return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - start));
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
  await page.keyboard.press('Delete');
  const took = await edited;
  const frames = await page.evaluate(async () => {
    const pane = document.querySelector('.react-flow__pane') as HTMLElement;
    const box = pane.getBoundingClientRect();
    const took: number[] = [];
    let last = performance.now();
    for (let count = 0; count < 60; count += 1) {
      const at = { clientX: box.left + 200, clientY: box.top + 200, bubbles: true, cancelable: true };
      pane.dispatchEvent(
        new WheelEvent('wheel', { ...at, deltaY: count % 20 === 19 ? 20 : 120, ctrlKey: count % 20 === 19 }),
      );
      await new Promise(requestAnimationFrame);
      took.push(performance.now() - last);
      last = performance.now();
    }
    return took.sort((a, b) => a - b);
  });
  const median = frames[30] ?? 0;
  console.info(`2,000 states: an edit took ${Math.round(took)} ms, a frame of panning ${Math.round(median)} ms`);
  // What a machine with ten times its work still keeps; a drawing of everything takes longer than that by itself.
  expect(took).toBeLessThan(10_000);
  expect(median).toBeLessThan(300);
  await leave();
});
