/**
 * Where everything of a workflow is drawn. A transition stays within its scope, so each scope is laid out by itself, the innermost
 * first; a Map or Parallel is then one node of its parent. What did not change is not laid out again.
 */
import type { ScopePath, State, StatePath, Workflow } from '../asl/types';
import { kindText } from './describe';
import { textWidth } from './measure';
import type { Item, Link } from './model';
import { placeAcross } from './place';
import { rankItems, withoutBends } from './rank';
import { routeLinks } from './route';
import { HEADER_HEIGHT, LABEL_HEIGHT, labelWidth, NODE_HEIGHT } from './sizes';
import type { Box, EdgePath, Layout, LayoutOptions, NodeBox } from './types';

const NODE_MIN = 168;
const NODE_MAX = 264;
/** Tile, paddings and room for the sign of a status beside the two lines of text. */
const NODE_CHROME = 80;
const CONTAINER_PADDING = 18;
const BRANCH_GAP = 20;
const DRAWING_PADDING = 24;
const TERMINAL = { width: 64, height: 28 };
const DOT = { width: 14, height: 14 };
const CACHED_SCOPES = 4000;

/** A scope by itself, from its own upper left corner. */
interface ScopeLayout extends Layout {
  /** Across the flow, where its main path is. */
  main: number;
}

const cache = new Map<string, ScopeLayout>();

export function layout(workflow: Workflow, options: LayoutOptions): Layout {
  const nodeWidth = widthOfNodes(workflow);
  const { nodes, edges, width, height } = new Layouter(workflow, options, nodeWidth).scope('', 0).drawing;
  return shifted(
    { nodes, edges, width: width + 2 * DRAWING_PADDING, height: height + 2 * DRAWING_PADDING },
    DRAWING_PADDING,
    DRAWING_PADDING,
  );
}

function widthOfNodes(workflow: Workflow): number {
  let longest = 0;
  for (const state of workflow.states.values())
    longest = Math.max(longest, textWidth(state.name, 13, true), textWidth(kindText(state, workflow), 11));
  // An even number keeps the middle on a pixel.
  return Math.round(Math.min(Math.max(longest + NODE_CHROME, NODE_MIN), NODE_MAX) / 2) * 2;
}

class Layouter {
  constructor(
    private readonly workflow: Workflow,
    private readonly options: LayoutOptions,
    private readonly nodeWidth: number,
  ) {}

  /** The drawing of a scope and a key that is the same as long as the drawing is. */
  scope(path: ScopePath, depth: number): { key: string; drawing: ScopeLayout } {
    const scope = this.workflow.scopes.get(path);
    const states = (scope?.states ?? []).flatMap((state) => this.workflow.states.get(state) ?? []);
    const inner = new Map<StatePath, { key: string; drawing: ScopeLayout }[]>();
    for (const state of states) {
      if (state.scopes.length > 0 && !this.options.collapsed.has(state.path))
        inner.set(
          state.path,
          state.scopes.map((child) => this.scope(child, depth + 1)),
        );
    }
    const parts = [path, this.options.direction, this.nodeWidth, depth, scope?.start ?? ''];
    for (const state of states) {
      parts.push(state.path, state.isEnd ? 'end' : '', String(state.type));
      for (const { kind, to, pointer, label } of state.transitions) parts.push(kind, to ?? '', pointer, label);
      for (const { key } of inner.get(state.path) ?? []) parts.push(key);
    }
    const key = hash(parts);
    const known = cache.get(key);
    if (known) return { key, drawing: known };
    const drawing = this.draw(path, depth, scope?.start ?? null, states, inner);
    if (cache.size >= CACHED_SCOPES) cache.clear();
    cache.set(key, drawing);
    return { key, drawing };
  }

  private draw(
    path: ScopePath,
    depth: number,
    start: StatePath | null,
    states: readonly State[],
    inner: ReadonlyMap<StatePath, { drawing: ScopeLayout }[]>,
  ): ScopeLayout {
    const isDown = this.options.direction === 'down';
    const containers = new Map(
      [...inner].map(([state, scopes]) => [state, this.container(scopes.map((s) => s.drawing))]),
    );
    const terminal = depth === 0 ? TERMINAL : DOT;
    const items: Item[] = [this.item(`${path}#start`, 'start', null, { ...terminal, main: null })];
    for (const state of states) {
      const box = containers.get(state.path) ?? { width: this.nodeWidth, height: NODE_HEIGHT, main: null };
      items.push({ ...this.item(state.path, 'state', state.path, box), isFailure: state.type === 'Fail' });
      if (containers.has(state.path) && isDown) (items.at(-1) as Item).sidePort = HEADER_HEIGHT / 2;
    }
    const indexOf = new Map(items.map((item, index) => [item.state, index]));
    const links: Link[] = [];
    const link = (kind: EdgePath['kind'], id: string, from: number, to: number, transition: Link['transition']) => {
      const label = transition?.label ?? (kind === 'default' ? 'Default' : '');
      const width = label === '' ? 0 : labelWidth(label);
      const labelSize =
        label === '' ? null : isDown ? { along: LABEL_HEIGHT, across: width } : { along: width, across: LABEL_HEIGHT };
      links.push({ id, kind, from, to, transition, label, labelSize });
    };
    const first = start === null ? undefined : indexOf.get(start);
    if (first !== undefined) link('start', `${path}#start`, 0, first, null);
    for (const state of states) {
      for (const transition of state.transitions) {
        const to = transition.to === null ? undefined : indexOf.get(transition.to);
        if (to !== undefined) link(transition.kind, transition.pointer, indexOf.get(state.path) ?? 0, to, transition);
      }
    }
    const ends = states.filter((state) => state.isEnd && state.type !== 'Fail');
    if (ends.length > 0 || states.length === 0) {
      const end = items.push(this.item(`${path}#end`, 'end', null, { ...terminal, main: null })) - 1;
      for (const state of ends) link('end', `${state.path}#end`, indexOf.get(state.path) ?? 0, end, null);
      if (states.length === 0) link('start', `${path}#start`, 0, end, null);
    }

    const ranking = rankItems(items, links);
    const v = placeAcross(ranking.items, ranking.links, ranking);
    const placed = routeLinks(items, links, withoutBends(ranking, items.length), v);
    const toPoint = ({ u, v }: { u: number; v: number }) =>
      isDown ? { x: v + placed.before, y: u } : { x: u, y: v + placed.before };
    const drawing: ScopeLayout = {
      nodes: [],
      edges: [],
      width: isDown ? placed.before + placed.after : placed.length,
      height: isDown ? placed.length : placed.before + placed.after,
      main: placed.before,
    };
    items.forEach((item, index) => {
      const across = item.before + item.after;
      const box: Box = {
        ...toPoint(placed.at[index] ?? { u: 0, v: 0 }),
        width: isDown ? across : item.length,
        height: isDown ? item.length : across,
      };
      const container = item.state === null ? undefined : containers.get(item.state);
      const { id, kind, state } = item;
      drawing.nodes.push({ ...box, id, kind, state, scope: path, depth, isContainer: container !== undefined });
      for (const { drawing: child, x, y } of container?.children ?? []) {
        const moved = shifted(child, box.x + x, box.y + y);
        drawing.nodes.push(...moved.nodes);
        drawing.edges.push(...moved.edges);
      }
    });
    links.forEach(({ id, kind, transition, label, from, to }, index) => {
      const { points, labelAt } = placed.routes[index] ?? { points: [], labelAt: null };
      drawing.edges.push({
        id,
        kind,
        transition,
        label,
        scope: path,
        source: items[from]?.id ?? '',
        target: items[to]?.id ?? '',
        points: points.map(toPoint),
        labelAt: labelAt && toPoint(labelAt),
        isLoop: placed.isLoop[index] ?? false,
      });
    });
    return drawing;
  }

  /** Branches side by side across the flow, below the header. */
  private container(scopes: readonly ScopeLayout[]) {
    const isDown = this.options.direction === 'down';
    let x = CONTAINER_PADDING;
    let y = HEADER_HEIGHT + CONTAINER_PADDING;
    let width = this.nodeWidth;
    let height = 0;
    const children = scopes.map((drawing) => {
      const child = { drawing, x, y };
      width = Math.max(width, x + drawing.width + CONTAINER_PADDING);
      height = Math.max(height, y + drawing.height + CONTAINER_PADDING);
      if (isDown) x += drawing.width + BRANCH_GAP;
      else y += drawing.height + BRANCH_GAP;
      return child;
    });
    const only = children.length === 1 ? children[0] : undefined;
    if (only && isDown) only.x = Math.max(only.x, Math.round((width - only.drawing.width) / 2));
    const main = only ? (isDown ? only.x : only.y) + only.drawing.main : null;
    return { width, height, children, main };
  }

  private item(
    id: string,
    kind: Item['kind'],
    state: StatePath | null,
    box: { width: number; height: number; main: number | null },
  ): Item {
    const isDown = this.options.direction === 'down';
    const across = isDown ? box.width : box.height;
    const length = isDown ? box.height : box.width;
    const before = box.main ?? Math.floor(across / 2);
    return {
      id,
      kind,
      state,
      length,
      before,
      after: across - before,
      sidePort: Math.floor(length / 2),
      isFailure: false,
    };
  }
}

function shifted<T extends Layout>(drawing: T, x: number, y: number): T {
  const move = <P extends { x: number; y: number }>(point: P): P => ({ ...point, x: point.x + x, y: point.y + y });
  return {
    ...drawing,
    nodes: drawing.nodes.map((node: NodeBox) => move(node)),
    edges: drawing.edges.map((edge) => ({
      ...edge,
      points: edge.points.map(move),
      labelAt: edge.labelAt && move(edge.labelAt),
    })),
  };
}

/** Two times 32 bits of FNV-1a; the length makes a collision yet less likely. */
function hash(parts: readonly (string | number)[]): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  let length = 0;
  for (const part of parts) {
    const text = `${part}\u0000`;
    length += text.length;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ (code + 0x9e37), 0x85ebca6b);
    }
  }
  return `${length}.${a >>> 0}.${b >>> 0}`;
}
