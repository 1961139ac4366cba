/**
 * A server of its own and a browser for whoever asks. Every page that is opened here fails its test when it logs an error, breaks
 * its Content-Security-Policy or asks anybody but this server for anything.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFailed } from 'vitest';
import { serveDist } from './dist';

const root = resolve(import.meta.dirname, '../..');
const axe = readFileSync(resolve(root, 'console/node_modules/axe-core/axe.min.js'), 'utf8');
/** Screenshots go here; they are looked at, and kept by whoever runs the tests. */
const artefacts = process.env.STEPWRIGHT_ARTEFACTS ?? resolve(root, 'console/e2e/artefacts');

export interface Server {
  url: string;
  data: string;
  /** One call of Step Functions (`StartExecution`) or of another target (`AWSEvents.PutRule`, `Stepwright.RunSchedule`). */
  call<T = Record<string, unknown>>(operation: string, body: object): Promise<T>;
  /** Ends the process; `start` brings it back at the same address with the same data. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export function binary(): string {
  const path = process.env.STEPWRIGHT_BINARY ?? resolve(root, 'target/debug/stepwright');
  if (!existsSync(path)) throw new Error(`${path} is not there: cargo build`);
  return path;
}

export async function serve(...options: string[]): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), 'stepwright-e2e-'));
  let child: ChildProcess | null = null;
  let url = '';
  const start = async () => {
    const listen = url ? url.replace('http://', '') : '127.0.0.1:0';
    const started = spawn(binary(), ['serve', '--data', data, '--listen', listen, '--output', 'json', ...options], {
      stdio: ['ignore', 'pipe', process.env.STEPWRIGHT_LOGS ? 'inherit' : 'ignore'],
      env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    });
    child = started;
    const ready = await new Promise<string>((resolve, reject) => {
      started.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      createInterface({ input: started.stdout as NodeJS.ReadableStream }).once('line', resolve);
    });
    url = JSON.parse(ready).url;
  };
  const kill = async () => {
    const ending = child;
    child = null;
    if (!ending || ending.exitCode !== null) return;
    await new Promise((resolve) => {
      ending.once('exit', resolve);
      ending.kill('SIGKILL');
    });
  };
  await start();
  const dist = process.env.STEPWRIGHT_DIST;
  const front = dist ? await serveDist(dist, () => url) : null;
  return {
    get url() {
      return front?.url ?? url;
    },
    data,
    start,
    kill,
    async close() {
      await kill();
      await front?.close();
      rmSync(data, { recursive: true, force: true });
    },
    async call<T>(operation: string, body: object): Promise<T> {
      const target = operation.includes('.') ? operation : `AWSStepFunctions.${operation}`;
      const version = target.startsWith('AWSEvents.') || target.startsWith('Logs_') ? '1.1' : '1.0';
      const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`);
      return (text ? JSON.parse(text) : {}) as T;
    },
  };
}

/** A state machine; its ARN. */
export async function createStateMachine(server: Server, name: string, definition: object | string, more: object = {}) {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition, null, 2);
  const roleArn = 'arn:aws:iam::123456789012:role/workflows';
  const made = await server.call<{ stateMachineArn: string }>('CreateStateMachine', {
    name,
    definition: text,
    roleArn,
    ...more,
  });
  return made.stateMachineArn;
}

/** Starts an execution and waits for its end. */
export async function runToEnd(server: Server, stateMachineArn: string, input: unknown = {}, name?: string) {
  const started = await server.call<{ executionArn: string }>('StartExecution', {
    stateMachineArn,
    input: JSON.stringify(input),
    ...(name ? { name } : {}),
  });
  let after = 0;
  for (;;) {
    const seen = await server.call<{ status: string }>('DescribeExecution', { executionArn: started.executionArn });
    if (seen.status !== 'RUNNING') return { executionArn: started.executionArn, status: seen.status };
    const next = await server
      .call<{ lastEventId?: number }>('Stepwright.FollowExecution', {
        executionArn: started.executionArn,
        afterEventId: after,
      })
      .catch(() => ({ lastEventId: after }));
    after = next.lastEventId ?? after;
  }
}

let browser: Browser | null = null;

async function openBrowser(): Promise<Browser> {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A name of this machine that is no secure context, as any host is whose console is reached by plain http.
      '--host-resolver-rules=MAP stepwright.test 127.0.0.1',
    ],
  });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = null;
}

export interface Visitor {
  page: Page;
  /** What went wrong on the page so far. */
  faults: string[];
  /** Goes to a path of the console and waits until it has settled. */
  go(path: string): Promise<void>;
  /** Fails on what went wrong, ends the page. `expected`: faults that the scenario provokes. */
  leave(expected?: RegExp): Promise<void>;
}

export async function visit(
  server: Server,
  options: BrowserContextOptions & { theme?: 'light' | 'dark' } = {},
): Promise<Visitor> {
  const { theme = 'light', ...rest } = options;
  const context = await (await openBrowser()).newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    ...rest,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  // What a scenario that failed had before it.
  const test = expect.getState().currentTestName;
  if (test) onTestFailed(() => screenshot(page, `failed-${test.replace(/\W+/g, '-').slice(0, 80)}`).catch(() => {}));
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !url.startsWith('data:') && !url.startsWith('blob:'))
      faults.push(`request to ${url}`);
  });
  return {
    page,
    faults,
    async go(path) {
      await page.goto(server.url + path, { waitUntil: 'load' });
      await page.locator('h1, [data-testid=studio]').first().waitFor();
    },
    async leave(expected) {
      await context.close();
      const left = expected ? faults.filter((fault) => !expected.test(fault)) : faults;
      if (left.length > 0) throw new Error(`faults of the page:\n${left.join('\n')}`);
    },
  };
}

/** Rules that ask for colours: all that can be otherwise in the other theme of the same page. */
export const rulesOfColour = ['color-contrast', 'link-in-text-block'];

/** What axe finds against WCAG 2.1 A and AA, or some of its rules (in a part of the page), as readable lines; empty is good. */
export async function axeFindings(page: Page, within = 'html', rules?: string[]): Promise<string[]> {
  // The page's own policy forbids scripts of others; the debugging protocol does not ask it.
  await page.evaluate(axe);
  const runOnly = rules ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  return page.evaluate(
    async ({ within, runOnly }) => {
      type Found = {
        violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
      };
      const run = (globalThis as unknown as { axe: { run(within: string, options: object): Promise<Found> } }).axe.run;
      const found = await run(within, { runOnly });
      return found.violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
      );
    },
    { within, runOnly },
  );
}

export async function screenshot(page: Page, name: string) {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`) });
}
