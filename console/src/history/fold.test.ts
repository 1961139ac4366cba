import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parse } from '../asl/parse';
import type { Workflow } from '../asl/types';
import { fold, History } from './fold';
import type { CompactEvent, ExecutionView } from './types';

const root = resolve(import.meta.dirname, '../../..');
const ours = join(root, 'tests/conformance');
const recorded = process.env.STEPWRIGHT_RECORDED_CASES ?? resolve(root, '../shared/conformance');

interface Case {
  name: string;
  workflow: Workflow | null;
  events: CompactEvent[];
}

function workflowOf(definition: unknown): Workflow | null {
  return parse(typeof definition === 'string' ? definition : JSON.stringify(definition), 'json').workflow;
}

/** Histories that AWS wrote. */
function recordedCases(): Case[] {
  if (!existsSync(recorded)) return [];
  interface Run {
    definition: unknown;
    expected: { history?: AwsEvent[] };
  }
  const folder = join(recorded, 'execution');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return files.flatMap((file) => {
    const { runs } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { runs: Run[] };
    return runs.flatMap(({ definition, expected }, index) => {
      const { history } = expected;
      if (!history || history.some(({ id }) => typeof id !== 'number')) return [];
      const same = (definition as { $same_as_run?: number }).$same_as_run;
      const workflow = workflowOf(same === undefined ? definition : runs[same]?.definition);
      return [{ name: `${file} #${index}`, workflow, events: history.map(compact) }];
    });
  });
}

type AwsEvent = { id: number; previousEventId: number; type: string } & Record<string, unknown>;

function compact(event: AwsEvent): CompactEvent {
  const details = Object.entries(event).find(([key]) => key.endsWith('Details'))?.[1] ?? {};
  const { name, state, index, length, error, cause, mapRunArn, resource } = details as Record<string, never>;
  return {
    id: event.id,
    prev: event.previousEventId,
    type: event.type,
    // The recording replaced the times.
    at: event.id * 1000,
    name: name ?? state,
    index,
    length,
    error,
    cause,
    mapRunArn,
    resource,
  };
}

/** Histories of this repository's own cases: `0s 4 <   3 TaskStateEntered name=T input={}`. */
function ownCases(): Case[] {
  return readdirSync(join(ours, 'cases')).flatMap((file) => {
    const topic = basename(file, '.yaml');
    const cases = parseYaml(readFileSync(join(ours, 'cases', file), 'utf8'), { merge: true }) as Record<
      string,
      { definition: unknown }
    >;
    return Object.entries(cases).flatMap(([name, { definition }]) => {
      const path = join(ours, 'tests/snapshots', topic, `${name}.snap`);
      if (!existsSync(path)) return [];
      const lines = readFileSync(path, 'utf8').split('\n');
      const events = lines.flatMap((line) => {
        const found = /^ *([\d.]+)s +(\d+) < +(\d+) (\w+)(.*)$/.exec(line);
        if (!found) return [];
        const [, at, id, prev, type, rest = ''] = found;
        const field = (name: string, end = '(?= \\w+=|$)') => new RegExp(` ${name}=(.*?)${end}`).exec(rest)?.[1];
        const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
        const event = {
          id: Number(id),
          prev: Number(prev),
          type: type as string,
          at: Number(at) * 1000,
          name: field('name') ?? field('state'),
          index: number(field('index')),
          length: number(field('length')),
          error: field('error'),
          cause: field('cause', '$'),
          mapRunArn: field('mapRunArn'),
        };
        return [event as CompactEvent];
      });
      return [{ name: `${topic}/${name}`, workflow: workflowOf(definition), events }];
    });
  });
}

const awsCases = recordedCases();
const cases = [...awsCases, ...ownCases()];

const ends: Record<string, ExecutionView['status']> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};

test('there are histories to fold', () => {
  expect(ownCases().length).toBeGreaterThan(250);
  if (awsCases.length === 0) process.stderr.write(`NOT TESTED: no histories recorded on AWS in ${recorded}\n`);
  else expect(awsCases.length).toBeGreaterThan(300);
});

/** What is wrong with a view, whatever the execution did. */
function faults({ workflow, events }: Case): string[] {
  const view = fold(workflow, events);
  const found: string[] = [...view.unknown].map((type) => `unknown ${type}`);
  const end = ends[events.at(-1)?.type ?? ''] ?? 'RUNNING';
  if (view.status !== end) found.push(`${view.status}, not ${end}`);
  for (const { id, type } of events)
    if (!type.startsWith('Execution') && view.visitOf[id] === undefined)
      found.push(`${type} ${id} belongs to no state`);
  for (const visit of view.visits) {
    const what = `${visit.name} (${visit.entered})`;
    if (visit.stopMillis !== null && visit.stopMillis < visit.startMillis) found.push(`${what} ends before it starts`);
    if (workflow && !workflow.states.has(visit.state)) found.push(`${what} is no state: ${visit.state}`);
    if (end !== 'RUNNING' && ['running', 'retrying'].includes(visit.status)) found.push(`${what} runs for ever`);
    if (end !== 'RUNNING' && visit.stopMillis === null) found.push(`${what} has no end`);
    if (visit.exited !== null && !['succeeded', 'caught'].includes(visit.status))
      found.push(`${what} left ${visit.status}`);
    for (const attempt of visit.attempts) {
      if (end !== 'RUNNING' && attempt.status === 'running')
        found.push(`attempt ${attempt.number} of ${what} runs for ever`);
      if (attempt.stopMillis !== null && attempt.stopMillis < attempt.startMillis)
        found.push(`attempt of ${what} goes backwards`);
    }
  }
  for (const frame of view.frames.values())
    if (end !== 'RUNNING' && frame.status === 'running') found.push(`frame ${frame.id} runs for ever`);
  if (end === 'FAILED' && !view.failure && !view.cause?.includes('maximum number of history events'))
    found.push('nobody is to blame');
  for (const [state, { status, progress }] of view.statuses) {
    if (end !== 'RUNNING' && status === 'running') found.push(`${state} is shown running`);
    if (
      progress &&
      (progress.running !== 0 || progress.succeeded + progress.failed > progress.total) &&
      end !== 'RUNNING'
    )
      found.push(`${state} counts ${JSON.stringify(progress)}`);
  }
  if (end === 'SUCCEEDED' && view.statuses.size > 0) {
    const reds = view.visits.filter(({ frame, status }) => frame === '' && !['succeeded', 'caught'].includes(status));
    for (const { name, status } of reds) found.push(`${name} is ${status} in a success`);
  }
  return found;
}

test('every history is understood', () => {
  const wrong = cases.flatMap((one) => faults(one).map((fault) => `${one.name}: ${fault}`));
  expect(wrong).toEqual([]);
});

test('appending gives what folding at once gives, at every event', () => {
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.array(fc.nat(40), { maxLength: 6 }), ({ workflow, events }, steps) => {
      const history = new History(workflow);
      let from = 0;
      for (const step of [...steps, events.length]) {
        history.append(events.slice(from, from + step));
        from += step;
        expect(history.view()).toEqual(fold(workflow, events, events[Math.min(from, events.length) - 1]?.id ?? 0));
      }
    }),
    { numRuns: 100 },
  );
});

function own(name: string): Case {
  return cases.find((one) => one.name === name) as Case;
}

describe('what a history means', () => {
  const short = (view: ExecutionView) =>
    view.visits.map(
      ({ name, status, frame, attempts }) => `${frame}:${name} ${status} ${attempts.map(({ status }) => status)}`,
    );

  test('attempts go on after a redrive', () => {
    const view = fold(own('redrive/task').workflow, own('redrive/task').events);
    expect(view.visits[1]?.attempts).toMatchObject([
      { number: 1, status: 'failed', startMillis: 0, stopMillis: 0 },
      { number: 2, status: 'failed', startMillis: 1000 },
      { number: 3, status: 'failed', startMillis: 100_000, isRedriven: true },
      { number: 4, status: 'succeeded', startMillis: 101_000, stopMillis: 101_000 },
    ]);
  });

  test('a retried Map counts the items of its last attempt', () => {
    const { workflow, events } = own('map/item_fails_retried');
    const view = fold(workflow, events);
    expect(short(view)).toEqual([
      ':M succeeded failed,succeeded',
      '0.1.0:T succeeded succeeded',
      '0.1.1:T failed failed',
      '0.2.0:T succeeded succeeded',
      '0.2.1:T succeeded succeeded',
    ]);
    expect(view.visits[0]?.attempts[0]).toMatchObject({ stopMillis: 1000, error: 'Oops' });
    expect(view.statuses.get('/States/M')).toMatchObject({
      status: 'succeeded',
      progress: { total: 2, succeeded: 2, failed: 0, running: 0 },
    });
    expect(view.statuses.get('/States/M/ItemProcessor/States/T')?.status).toBe('succeeded');
    expect(fold(workflow, events, 16).statuses.get('/States/M')?.status).toBe('retrying');
  });

  test('branches that begin alike, and what is aborted beside a failure', () => {
    const { workflow, events } = own('redrive/map_in_parallel');
    const failed = fold(workflow, events, 23);
    expect(short(failed)).toEqual([
      ':All failed failed',
      '0.1.0:M failed failed',
      '0.1.1:W aborted ',
      '1.1.0:T succeeded succeeded',
      '1.1.1:T failed failed',
    ]);
    expect(failed.failure).toMatchObject({ name: 'T', frame: '1.1.1', error: 'E' });
    expect(fold(workflow, events).statuses.get('/States/All')).toMatchObject({ status: 'succeeded' });
  });

  test('an error that is caught, and the edge that it takes', () => {
    const { workflow, events } = own('map/item_fails_caught');
    const view = fold(workflow, events);
    expect(view.statuses.get('/States/M')?.status).toBe('caught');
    expect([...view.walked]).toEqual(['/States/M/Catch/0/Next']);
  });
});

test('100,000 events fold in a fraction of a second', () => {
  const items = 16_666;
  const definition = {
    StartAt: 'M',
    States: {
      M: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'x', End: true } } },
        End: true,
      },
    },
  };
  const events: CompactEvent[] = [];
  const add = (prev: number, type: string, more: object = {}) => {
    const id = events.length + 1;
    events.push({ id, prev, type, at: id, ...more });
    return id;
  };
  add(0, 'ExecutionStarted');
  const started = add(add(0, 'MapStateEntered', { name: 'M' }), 'MapStateStarted', { length: items });
  let last = started;
  for (let index = 0; index < items; index++) {
    const begun = add(last, 'MapIterationStarted', { name: 'M', index });
    const scheduled = add(add(begun, 'TaskStateEntered', { name: 'T' }), 'TaskScheduled');
    last = add(add(scheduled, 'TaskSucceeded'), 'TaskStateExited', { name: 'T' });
    add(last, 'MapIterationSucceeded', { name: 'M', index });
  }
  const workflow = workflowOf(definition);
  fold(workflow, events.slice(0, 1000));
  const from = process.cpuUsage();
  const view = fold(workflow, events);
  const { user } = process.cpuUsage(from);
  expect(view.statuses.get('/States/M')?.progress?.succeeded).toBe(items);
  expect(user / 1000).toBeLessThan(600);
});
