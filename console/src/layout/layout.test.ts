import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parse } from '../asl/parse';
import type { Workflow } from '../asl/types';
import { layout } from '.';
import { LABEL_HEIGHT, labelWidth } from './sizes';
import { toSvg } from './svg';
import type { Box, Layout, LayoutOptions } from './types';

const root = resolve(import.meta.dirname, '../../..');
const directions = ['down', 'right'] as const;

function workflowOf(definition: unknown): Workflow {
  const { workflow } = parse(JSON.stringify(definition), 'json');
  if (!workflow) throw new Error('no workflow');
  return workflow;
}

function draw(workflow: Workflow, direction: LayoutOptions['direction'], collapsed: string[] = []): Layout {
  return layout(workflow, { direction, collapsed: new Set(collapsed) });
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** What is wrong with a drawing, as lines to read; nothing is right. */
function faults(drawing: Layout, workflow: Workflow, direction: LayoutOptions['direction']): string[] {
  const found: string[] = [];
  const boxes = new Map(drawing.nodes.map((node) => [node.id, node]));
  const whole = { x: 0, y: 0, width: drawing.width, height: drawing.height };
  const labels = drawing.edges.flatMap(({ id, label, labelAt }) => {
    const width = labelWidth(label);
    return labelAt
      ? [{ id, x: labelAt.x - width / 2, y: labelAt.y - LABEL_HEIGHT / 2, width, height: LABEL_HEIGHT }]
      : [];
  });
  for (const node of drawing.nodes) {
    if (!Object.values(node).every((value) => typeof value !== 'number' || Number.isFinite(value)))
      found.push(`${node.id} is nowhere`);
    const parent = boxes.get(workflow.scopes.get(node.scope)?.parent ?? '') ?? whole;
    if (node.x < parent.x || node.y < parent.y) found.push(`${node.id} is outside of its container`);
    if (node.x + node.width > parent.x + parent.width || node.y + node.height > parent.y + parent.height)
      found.push(`${node.id} is outside of its container`);
  }
  const flat = [...drawing.nodes].sort((a, b) => a.y - b.y);
  flat.forEach((node, index) => {
    for (const other of flat.slice(index + 1)) {
      if (other.y >= node.y + node.height) break;
      if (node.scope === other.scope && overlap(node, other)) found.push(`${node.id} lies over ${other.id}`);
    }
  });
  labels.forEach((label, index) => {
    for (const node of drawing.nodes)
      if (!node.isContainer && overlap(label, node)) found.push(`label of ${label.id} lies over ${node.id}`);
    for (const other of labels.slice(index + 1))
      if (overlap(label, other)) found.push(`label of ${label.id} lies over that of ${other.id}`);
  });
  for (const edge of drawing.edges) {
    edge.points.slice(1).forEach((to, index) => {
      const from = edge.points[index] ?? to;
      if (from.x !== to.x && from.y !== to.y) found.push(`${edge.id} is not straight`);
      const line = {
        x: Math.min(from.x, to.x) + 0.5,
        y: Math.min(from.y, to.y) + 0.5,
        width: Math.max(Math.abs(from.x - to.x) - 1, 0.1),
        height: Math.max(Math.abs(from.y - to.y) - 1, 0.1),
      };
      for (const node of drawing.nodes) {
        const isItsEnd = node.id === edge.source || node.id === edge.target;
        if (node.scope === edge.scope && !isItsEnd && overlap(line, node))
          found.push(`${edge.id} runs through ${node.id}`);
      }
    });
    const [start, end] = [edge.points[0], edge.points.at(-1)];
    for (const [point, id] of [
      [start, edge.source],
      [end, edge.target],
    ] as const) {
      const box = boxes.get(id);
      if (!point || !box) found.push(`${edge.id} has no end`);
      else if (!overlap({ x: point.x - 0.5, y: point.y - 0.5, width: 1, height: 1 }, box))
        found.push(`${edge.id} does not meet ${id}`);
    }
  }
  // The main path goes straight on from the start until no way leads on.
  const across = direction === 'down' ? 'x' : 'y';
  for (const scope of workflow.scopes.values()) {
    const own = drawing.edges.filter((edge) => edge.scope === scope.path && !edge.isLoop && edge.kind !== 'catch');
    const start = own.find((edge) => edge.kind === 'start')?.points[0];
    for (let at = `${scope.path}#start`; start; ) {
      const ways = own.filter((edge) => edge.source === at);
      const straight = ways.find(({ points }) => points.every((point) => point[across] === start[across]));
      if (ways.length > 0 && !straight) found.push(`no way leads straight on from ${at}`);
      if (!straight) break;
      at = straight.target;
    }
  }
  return found;
}

function examples(): [string, unknown][] {
  const found: [string, unknown][] = [];
  for (const file of [
    'examples/rolling-restart/statemachine/rolling-restart.asl.json',
    'examples/patch-report/statemachine/patch-report.asl.yaml',
  ])
    found.push([file, parseYaml(readFileSync(join(root, file), 'utf8'))]);
  const cases = join(root, 'tests/conformance/cases');
  for (const file of readdirSync(cases)) {
    const entries = parseYaml(readFileSync(join(cases, file), 'utf8')) as Record<string, { definition?: unknown }>;
    for (const [name, { definition }] of Object.entries(entries))
      if (typeof definition === 'object' && definition) found.push([`${file}: ${name}`, definition]);
  }
  return found;
}

describe('real definitions', { timeout: 60_000 }, () => {
  const all = examples();
  test('there are many', () => expect(all.length).toBeGreaterThan(80));
  test.each(directions)('are drawn without faults, to the %s', (direction) => {
    for (const [name, definition] of all) {
      const workflow = workflowOf(definition);
      expect(faults(draw(workflow, direction), workflow, direction), name).toEqual([]);
      const containers = [...workflow.states.values()]
        .filter((state) => state.scopes.length > 0)
        .map(({ path }) => path);
      const collapsed = draw(workflow, direction, containers);
      expect(collapsed.nodes.filter((node) => node.isContainer || node.depth > 0)).toEqual([]);
      expect(faults(collapsed, workflow, direction), name).toEqual([]);
    }
  });
});

/** Random workflows: loops, self-loops, catches, unreachable states, empty branches, nesting. */
const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L'];
const scope = (depth: number): fc.Arbitrary<Record<string, unknown>> =>
  fc.integer({ min: 0, max: depth > 0 ? 9 : 4 }).chain((count) => {
    const name = fc.constantFrom(...names.slice(0, Math.max(count, 1)));
    const next = fc.oneof({ weight: 3, arbitrary: fc.record({ Next: name }) }, fc.constant({ End: true }));
    const catches = fc.array(fc.record({ ErrorEquals: fc.constant(['States.ALL']), Next: name }), { maxLength: 2 });
    const rule = fc.record({ Variable: fc.constant('$.a'), StringEquals: fc.string({ maxLength: 30 }), Next: name });
    const task = fc
      .tuple(next, catches)
      .map(([way, Catch]) => ({ Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Catch, ...way }));
    const choice = fc.record({ Type: fc.constant('Choice'), Choices: fc.array(rule, { maxLength: 4 }), Default: name });
    const plain = [task, choice, next.map((way) => ({ Type: 'Pass', ...way })), fc.constant({ Type: 'Fail' })];
    const inner =
      depth === 0
        ? []
        : [
            fc
              .tuple(scope(depth - 1), next, catches)
              .map(([ItemProcessor, way, Catch]) => ({ Type: 'Map', ItemProcessor, Catch, ...way })),
            fc
              .tuple(fc.array(scope(depth - 1), { maxLength: 3 }), next)
              .map(([Branches, way]) => ({ Type: 'Parallel', Branches, ...way })),
          ];
    return fc.array(fc.oneof(...plain, ...plain, ...inner), { minLength: count, maxLength: count }).map((states) => ({
      StartAt: names[0],
      States: Object.fromEntries(states.map((state, index) => [names[index], state])),
    }));
  });

describe('random workflows', { timeout: 60_000 }, () => {
  test.each(directions)('are drawn without faults, to the %s', (direction) => {
    fc.assert(
      fc.property(scope(2), (definition) => {
        const workflow = workflowOf(definition);
        const drawing = draw(workflow, direction);
        expect(faults(drawing, workflow, direction)).toEqual([]);
        // Every state and every transition that leads somewhere is there.
        expect(drawing.nodes.filter((node) => node.kind === 'state')).toHaveLength(workflow.states.size);
        const transitions = [...workflow.states.values()].flatMap((state) =>
          state.transitions.filter(({ to }) => to !== null),
        );
        expect(drawing.edges.filter((edge) => edge.transition)).toHaveLength(transitions.length);
      }),
      { numRuns: 120 },
    );
  });

  test('are drawn the same each time, whatever was drawn before', () => {
    fc.assert(
      fc.property(scope(1), scope(1), (definition, other) => {
        const drawing = draw(workflowOf(definition), 'down');
        draw(workflowOf(other), 'down');
        expect(draw(workflowOf(structuredClone(definition)), 'down')).toEqual(drawing);
      }),
      { numRuns: 40 },
    );
  });
});

test('the main path is straight, through containers too', () => {
  const workflow = workflowOf({
    StartAt: 'Check',
    States: {
      Check: {
        Type: 'Choice',
        Choices: [{ Variable: '$.a', IsPresent: true, Next: 'Each' }],
        Default: 'Done',
      },
      Each: {
        Type: 'Map',
        ItemProcessor: {
          StartAt: 'One',
          States: {
            One: { Type: 'Task', Next: 'Two', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Bad' }] },
            Two: { Type: 'Pass', End: true },
            Bad: { Type: 'Fail' },
          },
        },
        Next: 'Done',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Bad' }],
      },
      Bad: { Type: 'Pass', Next: 'Worse' },
      Worse: { Type: 'Pass', Next: 'Done' },
      Done: { Type: 'Pass', End: true },
    },
  });
  const drawing = draw(workflow, 'down');
  const onMain = ['#start', '/States/Check', '/States/Done', '#end'].map((id) =>
    drawing.nodes.find((node) => node.id === id),
  );
  const middles = onMain.map((node) => (node ? node.x + node.width / 2 : 0));
  expect(new Set(middles).size).toBe(1);
  for (const id of [
    '#start',
    '/States/Check/Choices/0/Next',
    '/States/Each/Next',
    '/States/Each/ItemProcessor/States/One/Next',
    '/States/Done#end',
  ])
    expect(new Set(drawing.edges.find((edge) => edge.id === id)?.points.map(({ x }) => x)), id).toEqual(
      new Set([middles[0]]),
    );
});

test('loops run at the left of what they repeat and catches at the right, together', () => {
  const caught = (Next: string) => ({ Type: 'Task', Next, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Bad' }] });
  const workflow = workflowOf({
    StartAt: 'A',
    States: {
      A: caught('B'),
      B: caught('C'),
      C: caught('D'),
      D: caught('More?'),
      'More?': { Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true, Next: 'B' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
      Bad: { Type: 'Fail' },
    },
  });
  const drawing = draw(workflow, 'down');
  const edge = (id: string) => drawing.edges.find((edge) => edge.id === `/States/${id}`);
  const main = edge('A/Next')?.points[0]?.x ?? 0;
  const loop = edge('More?/Choices/0/Next');
  expect(loop?.isLoop).toBe(true);
  expect(Math.max(...(loop?.points ?? []).map(({ x }) => x))).toBeLessThan(main);
  const catches = ['A', 'B', 'C', 'D'].map((name) => edge(`${name}/Catch/0/Next`)?.points ?? []);
  for (const points of catches) expect(Math.min(...points.map(({ x }) => x))).toBeGreaterThan(main);
  // From afar they come in one line.
  expect(new Set(catches.slice(0, 3).map((points) => points.at(-1)?.x)).size).toBe(1);
});

test('an edit of a large workflow is laid out in time', { timeout: 60_000 }, () => {
  const large = (count: number, changed: string) => {
    const States: Record<string, unknown> = {};
    for (let index = 0; index < count; index += 1)
      States[`State ${index}`] =
        index % 5 === 2
          ? {
              Type: 'Choice',
              Choices: [{ Variable: '$.a', StringEquals: changed, Next: `State ${Math.max(index - 4, 0)}` }],
              Default: `State ${index + 1}`,
            }
          : {
              Type: 'Task',
              Catch: [{ ErrorEquals: ['States.ALL'], Next: `State ${count - 1}` }],
              ...(index < count - 1 ? { Next: `State ${index + 1}` } : { End: true }),
            };
    return workflowOf({ StartAt: 'State 0', States });
  };
  const took = (count: number) => {
    draw(large(count, 'before'), 'down');
    const after = large(count, 'after');
    const start = performance.now();
    draw(after, 'down');
    return performance.now() - start;
  };
  took(50);
  // Bounds that a busy machine keeps; alone it takes a tenth.
  expect(took(50)).toBeLessThan(500);
  expect(took(2000)).toBeLessThan(8000);
});

test('the drawing as SVG is well-formed and shows names as text', () => {
  const workflow = workflowOf({
    StartAt: '<script>alert(1)</script>',
    States: { '<script>alert(1)</script>': { Type: 'Pass', Next: 'A & "B"' }, 'A & "B"': { Type: 'Succeed' } },
  });
  const svg = toSvg(draw(workflow, 'down'), { workflow, theme: 'dark' });
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
  expect(document.querySelector('parsererror')).toBeNull();
  expect(document.querySelector('script')).toBeNull();
  expect([...document.querySelectorAll('text')].map((text) => text.textContent)).toContain('A & "B"');
});
