/**
 * Every route of the router with something in it, in both themes: axe finds nothing, the page has no fault and nothing of it is cut
 * off in a narrow window. A screenshot of each is kept to be looked at. A route that has no view here fails.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeAws, fakeAws, patchesAndTopic } from './fake-aws';
import {
  axeFindings,
  binary,
  closeBrowser,
  rulesOfColour,
  type Server,
  screenshot,
  serve,
  type Visitor,
  visit,
} from './harness';
import { fill, type Sample } from './sample';

type On = 'filled' | 'fresh' | 'guarded';
interface View {
  /** Of its screenshot. */
  name: string;
  /** As the router has it. */
  route: string;
  /** What stands for its parameters, and what is behind the `?`. */
  parts?(sample: Sample): string[];
  search?: string;
  /** Filled unless said otherwise. */
  on?: On;
  /** Something that is opened or waited for. */
  prepare?(page: Page): Promise<unknown>;
}

const view = (name: string, route: string, more: Partial<View> = {}): View => ({ name, route, ...more });
const lists = [
  'state-machines',
  'executions',
  'activities',
  'tasks',
  'schedules',
  'rules',
  'functions',
  'audit',
  'health',
];
const machine = (name: string, search: string, more: Partial<View> = {}) =>
  view(name, '/console/state-machines/$arn', { parts: ({ order }) => [order], search, ...more });
const execution = (name: string, arn: keyof Sample, search: string, more: Partial<View> = {}) =>
  view(name, '/console/executions/$arn', { parts: (sample) => [String(sample[arn])], search, ...more });
const studio = (mode: string, search = `mode=${mode}`, more: Partial<View> = {}) =>
  view(`studio-${mode}`, '/console/studio/$arn', { parts: ({ order }) => [order], search, ...more });
const opens = (button: string) => async (page: Page) => {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  await page.getByRole('dialog').waitFor();
};

const views: View[] = [
  ...lists.map((name) => view(name, `/console/${name}`)),
  ...lists.map((name) => view(`${name}-fresh`, `/console/${name}`, { on: 'fresh' })),
  ...['executions', 'definition', 'versions', 'aliases', 'triggers', 'configuration', 'tags', 'cli'].map((tab) =>
    machine(`state-machine-${tab}`, `tab=${tab}`),
  ),
  machine('start-dialog', '', { prepare: opens('Start execution') }),
  machine('alias-dialog', 'tab=aliases', { prepare: opens('Create alias') }),
  view('delete-dialog', '/console/state-machines', {
    prepare: async (page) => {
      await page.getByRole('radio', { name: 'Select order-fulfilment' }).check();
      await opens('Delete')(page);
    },
  }),
  view('palette', '/console/activities', {
    prepare: async (page) => {
      await page.keyboard.press('/');
      await page.getByRole('combobox', { name: /^Search/ }).fill('order');
      await page
        .getByRole('option', { name: /order-fulfilment/ })
        .first()
        .waitFor();
    },
  }),
  view('executions-filtered', '/console/executions', { search: 'status=FAILED,TIMED_OUT&name=o-' }),
  ...['graph', 'timeline', 'table', 'events'].map((kind) => execution(`execution-${kind}`, 'failed', `view=${kind}`)),
  execution('execution-step', 'failed', 'state=/States/Pack items'),
  execution('execution-running', 'running', ''),
  execution('execution-succeeded', 'succeeded', 'view=timeline'),
  view('map-run', '/console/map-runs/$arn', { parts: ({ mapRun }) => [mapRun] }),
  view('studio-new', '/console/studio', { prepare: (page) => page.getByRole('dialog').waitFor() }),
  studio('design'),
  studio('state', 'state=/States/Pack items'),
  studio('code'),
  studio('config'),
  view('activity', '/console/activities', { search: 'activity=approve' }),
  view('schedule', '/console/schedules/$group/$name', { parts: ({ schedule }) => [schedule.group, schedule.name] }),
  view('rule', '/console/rules/$bus/$name', { parts: ({ rule }) => [rule.bus, rule.name] }),
  view('pattern-tester', '/console/pattern-tester'),
  ...['test', 'logs', 'configuration'].map((tab) =>
    view(`function-${tab}`, '/console/functions/$name', {
      parts: ({ functionName }) => [functionName],
      search: `tab=${tab}`,
    }),
  ),
  view('function-idle', '/console/functions/$name', {
    parts: ({ idleFunctionName }) => [idleFunctionName],
    search: 'tab=logs',
    prepare: (page) => page.getByText('No lines').waitFor(),
  }),
  view('login', '/console/login', { on: 'guarded', prepare: (page) => page.getByLabel('Password').waitFor() }),
  view('not-found', '/console/nowhere'),
];

/** Those of which there is a screenshot of a large window. */
const wide = new Set([
  'state-machines',
  'state-machine-executions',
  'executions',
  'execution-graph',
  'studio-design',
  'health',
]);

const servers = {} as Record<On, Server>;
const visitors = {} as Record<On, Visitor>;
let aws: FakeAws;
let sample: Sample;

beforeAll(async () => {
  aws = await fakeAws(patchesAndTopic);
  const keys = join(mkdtempSync(join(tmpdir(), 'stepwright-keys-')), 'keys.ini');
  writeFileSync(keys, '[ci]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n');
  servers.filled = await serve('--endpoint-url', aws.url);
  servers.fresh = await serve();
  servers.guarded = await serve('--credentials', keys);
  execFileSync(binary(), ['users', '--data', servers.guarded.data, 'add', 'ada', '--password-stdin'], {
    input: 'correct horse',
  });
  sample = await fill(servers.filled);
  for (const on of Object.keys(servers) as On[]) visitors[on] = await visit(servers[on]);
});
afterAll(async () => {
  await closeBrowser();
  await Promise.all(Object.values(servers).map((server) => server.close()));
  await aws.close();
});

test('every route of the router has a view here', () => {
  const router = readFileSync(resolve(import.meta.dirname, '../src/app/router.tsx'), 'utf8');
  const routes = [...router.matchAll(/\bpage\('([^']+)'/g)].map(([, route]) => route);
  expect(routes.length).toBeGreaterThan(15);
  expect(routes.filter((route) => !views.some((view) => view.route === route))).toEqual([]);
});

test.each(views)('$name', async ({ name, route, parts, search, on = 'filled', prepare }) => {
  const { page, go, faults } = visitors[on];
  // What the view before asks for last is not this one's.
  await page.goto('about:blank');
  faults.length = 0;
  const values = parts?.(sample) ?? [];
  const path = route.replace(/\$\w+/g, () => encodeURIComponent(values.shift() ?? ''));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await go(search ? `${path}?${search}` : path);
  await settled(page);
  await prepare?.(page);
  await settled(page);
  await screenshot(page, `${name}-light`);
  expect(await axeFindings(page), 'light').toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('body.awsui-dark-mode').waitFor();
  await settled(page);
  await screenshot(page, `${name}-dark`);
  expect(await axeFindings(page, 'html', rulesOfColour), 'dark').toEqual([]);

  if (wide.has(name)) {
    await page.setViewportSize({ width: 1920, height: 1080 });
    await screenshot(page, `${name}-wide`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1024, height: 700 });
  await screenshot(page, `${name}-narrow`);
  const tooWide = await page.evaluate(() =>
    [document.documentElement, document.querySelector('#content')].some(
      (element) => element && element.scrollWidth > element.clientWidth + 1,
    ),
  );
  expect(tooWide, 'wider than its window').toBe(false);
  expect(await page.title()).toMatch(/^.+ – Stepwright$/);
  expect(faults.filter((fault) => on !== 'guarded' || !/status of 401/.test(fault))).toEqual([]);
});

/** Nothing is being loaded any more. */
async function settled(page: Page) {
  await page.waitForFunction(() => !document.querySelector('[class*=awsui_circle-left], [aria-busy=true]'));
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}
