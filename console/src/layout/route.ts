/**
 * The ways of the transitions through one scope. Each is: out of its source, across the gap in a lane, along the flow in a column,
 * across in a lane again, into its target. Transitions of one source share the lane below it, those to one target the lane
 * above it, so that a fan of any size stays readable; a label stands where a transition is alone.
 */
import { cheapestColumn, isPassable, Levels, LINE, type Passage } from './columns';
import { assignLanes, type Segment } from './lanes';
import type { Item, Link, Placed, Point, Routed } from './model';
import type { Ranking } from './rank';

const LANE = 10;
const GAP_START = 12;
const GAP_END = 16;
const LEAST_GAP = 36;
const LABEL_ROOM = 4;
const NODE_ROOM = 14;
/** How far from the corner of a node a line may meet it. */
const CORNER = 14;
const CATCH_PORT = 26;

interface Way {
  link: number;
  /** Transitions with the same two ends are one line with several labels. */
  bundle: number[];
  column: number;
  isLoop: boolean;
  isDashed: boolean;
  exit: 'end' | 'before' | 'after';
  entry: 'start' | 'before' | 'after';
  exitPort: number;
  entryPort: number;
  /** Level of the gap in which its labels stand; null: beside its node. */
  labelLevel: number | null;
}

export function routeLinks(
  items: readonly Item[],
  links: readonly Link[],
  ranking: Ranking,
  v: readonly number[],
): Placed {
  const { rank, rows, isLoop } = ranking;
  const levels = new Levels(rows.length * 2 + 1);
  items.forEach((item, index) => {
    const at = v[index] ?? 0;
    levels.take(
      2 * (rank[index] ?? 0) + 1,
      at - item.before - NODE_ROOM + LINE,
      at + item.after + NODE_ROOM - LINE,
      null,
    );
  });
  const router = new Router(items, links, ranking, v, levels);
  const ways = bundles(links, isLoop)
    .map((bundle) => ({
      bundle,
      span: Math.abs((rank[links[bundle[0] ?? 0]?.to ?? 0] ?? 0) - (rank[links[bundle[0] ?? 0]?.from ?? 0] ?? 0)),
    }))
    .map((entry) => ({ ...entry, order: router.order(entry.bundle, entry.span) }))
    .sort((a, b) => a.order - b.order || (a.bundle[0] ?? 0) - (b.bundle[0] ?? 0))
    .map(({ bundle }) => router.way(bundle));
  return draw(items, links, ranking, v, ways);
}

function bundles(links: readonly Link[], isLoop: readonly boolean[]): number[][] {
  const byEnds = new Map<string, number[]>();
  links.forEach((link, index) => {
    const key = `${link.from} ${link.to} ${link.kind === 'catch'} ${isLoop[index]}`;
    byEnds.set(key, [...(byEnds.get(key) ?? []), index]);
  });
  return [...byEnds.values()];
}

class Router {
  private readonly outs: number[];
  private readonly ins: number[];

  constructor(
    private readonly items: readonly Item[],
    private readonly links: readonly Link[],
    private readonly ranking: Ranking,
    private readonly v: readonly number[],
    private readonly levels: Levels,
  ) {
    this.outs = items.map(() => 0);
    this.ins = items.map(() => 0);
    links.forEach((link, index) => {
      if (ranking.isLoop[index]) return;
      this.outs[link.from] = (this.outs[link.from] ?? 0) + 1;
      this.ins[link.to] = (this.ins[link.to] ?? 0) + 1;
    });
  }

  /** Straight lines first, then the near, then the far, then loops from the inner to the outer. */
  order(bundle: readonly number[], span: number): number {
    const link = this.links[bundle[0] ?? 0] as Link;
    if (this.ranking.isLoop[bundle[0] ?? 0]) return 1e6 + span * 100;
    const distance = Math.abs((this.v[link.from] ?? 0) - (this.v[link.to] ?? 0));
    return span * 1e3 + Math.min(distance, 900) + (link.kind === 'catch' ? 50 : 0);
  }

  way(bundle: number[]): Way {
    const index = bundle[0] ?? 0;
    const way = this.ranking.isLoop[index] ? this.loop(bundle) : this.forward(bundle);
    return way;
  }

  private ends(bundle: readonly number[]) {
    const index = bundle[0] ?? 0;
    const link = this.links[index] as Link;
    return {
      index,
      link,
      from: this.items[link.from] as Item,
      to: this.items[link.to] as Item,
      fromV: this.v[link.from] ?? 0,
      toV: this.v[link.to] ?? 0,
      fromRank: this.ranking.rank[link.from] ?? 0,
      toRank: this.ranking.rank[link.to] ?? 0,
      isDashed: link.kind === 'catch',
      labelHalf: Math.max(0, ...bundle.map((at) => (this.links[at]?.labelSize?.across ?? 0) / 2 + LABEL_ROOM)),
    };
  }

  private take(passage: Passage, column: number) {
    for (const { level, half, key } of passage.levels)
      this.levels.take(level, column - half, column + half, half > LINE ? null : key);
  }

  private forward(bundle: number[]): Way {
    const { index, link, from, to, fromV, toV, fromRank, toRank, isDashed, labelHalf } = this.ends(bundle);
    const key = `${link.to} ${isDashed}`;
    const labelLevel = 2 * fromRank + 2;
    const passage: Passage = { levels: [] };
    for (let level = labelLevel; level <= 2 * toRank; level += 1) {
      const isLabelled = level === labelLevel && labelHalf > 0;
      passage.levels.push({ level, half: isLabelled ? Math.max(LINE, labelHalf) : LINE, key: isLabelled ? null : key });
    }
    const exitRange = topOf(from, fromV);
    const entryRange = topOf(to, toV);
    const catchPort = (column: number) =>
      column < fromV
        ? Math.min(fromV, fromV - from.before + CATCH_PORT)
        : Math.max(fromV, fromV + from.after - CATCH_PORT);
    const exitPort = (column: number) => (isDashed ? catchPort(column) : fromV);
    // A fan opens over its targets; what comes together stays over its own source.
    const isFan = (this.outs[link.from] ?? 0) > 1;
    const cost = (column: number) => {
      const out = Math.abs(column - exitPort(column));
      const into = Math.abs(column - toV);
      const bends =
        (out > 0 && !isWithin(column, exitRange) ? 24 : 0) + (into > 0 && !isWithin(column, entryRange) ? 24 : 0);
      return out + into + bends + (isFan ? into : out) * 0.1 + (isDashed && column < fromV ? 60 : 0);
    };
    const wanted = [
      fromV,
      toV,
      catchPort(fromV - 1),
      catchPort(fromV + 1),
      clamp(toV, exitRange),
      clamp(fromV, entryRange),
    ];
    const column = cheapestColumn(this.levels, passage, isDashed ? wanted.filter((at) => at !== fromV) : wanted, cost);
    this.take(passage, column);
    return {
      link: index,
      bundle,
      column,
      isLoop: false,
      isDashed,
      exit: 'end',
      entry: 'start',
      exitPort: isWithin(column, exitRange) ? column : exitPort(column),
      entryPort: isWithin(column, entryRange) ? column : toV,
      labelLevel,
    };
  }

  /** Beside its rows, out of the side of its source and into that of its target where nothing stands between. */
  private loop(bundle: number[]): Way {
    const { index, link, from, to, fromV, toV, fromRank, toRank, isDashed, labelHalf } = this.ends(bundle);
    const key = `loop ${link.to} ${isDashed}`;
    const labelLevel = fromRank > toRank ? 2 * fromRank : null;
    const sides = (['before', 'after'] as const).map((side) => {
      const hasNeighbour = (item: number) =>
        (this.ranking.rows[this.ranking.rank[item] ?? 0] ?? []).at(side === 'before' ? 0 : -1) !== item;
      const exit = hasNeighbour(link.from) ? 'end' : side;
      const entry = hasNeighbour(link.to) ? 'start' : side;
      const passage: Passage = { levels: [] };
      const last = exit === 'end' ? 2 * fromRank + 2 : 2 * fromRank + 1;
      for (let level = entry === 'start' ? 2 * toRank : 2 * toRank + 1; level <= last; level += 1) {
        const isLabelled = labelHalf > 0 && (labelLevel === null ? level === 2 * fromRank + 1 : level === labelLevel);
        passage.levels.push({
          level,
          half: isLabelled ? Math.max(LINE, labelHalf) : LINE,
          key: isLabelled ? null : key,
        });
      }
      const sign = side === 'before' ? -1 : 1;
      const outermost = Math.max(
        sign * fromV + (side === 'before' ? from.before : from.after),
        sign * toV + (side === 'before' ? to.before : to.after),
      );
      const cost = (column: number) =>
        sign * column < outermost + NODE_ROOM
          ? Number.POSITIVE_INFINITY
          : sign * column -
            outermost +
            (exit === side ? 0 : 60) +
            (entry === side ? 0 : 60) +
            (side === 'after' ? 30 : 0);
      const column = cheapestColumn(this.levels, passage, [sign * (outermost + 26)], cost);
      return { side, exit, entry, passage, column, cost: cost(column) } as const;
    });
    const usable = sides.filter(({ passage, column }) => isPassable(this.levels, passage, column));
    const chosen = (usable.length > 0 ? usable : sides).reduce((least, other) =>
      other.cost < least.cost ? other : least,
    );
    this.take(chosen.passage, chosen.column);
    const port = (item: Item, at: number) =>
      chosen.side === 'before' ? at - Math.max(0, item.before - CORNER) : at + Math.max(0, item.after - CORNER);
    return {
      link: index,
      bundle,
      column: chosen.column,
      isLoop: true,
      isDashed,
      exit: chosen.exit,
      entry: chosen.entry,
      exitPort: port(from, fromV),
      entryPort: port(to, toV),
      labelLevel,
    };
  }
}

function topOf(item: Item, at: number): { from: number; to: number } {
  return { from: at - Math.max(0, item.before - CORNER), to: at + Math.max(0, item.after - CORNER) };
}

function isWithin(at: number, range: { from: number; to: number }): boolean {
  return at >= range.from && at <= range.to;
}

function clamp(at: number, range: { from: number; to: number }): number {
  return Math.min(Math.max(at, range.from), range.to);
}

/** Lanes, then where each row begins along the flow, then the points. */
function draw(
  items: readonly Item[],
  links: readonly Link[],
  ranking: Ranking,
  v: readonly number[],
  ways: readonly Way[],
): Placed {
  const { rank, rows } = ranking;
  const gaps = Array.from({ length: rows.length + 1 }, () => ({
    exits: new Map<string, Segment>(),
    entries: new Map<string, Segment>(),
    labels: 0,
  }));
  const ends = (way: Way) => {
    const link = links[way.link] as Link;
    return {
      link,
      exitGap: gaps[(rank[link.from] ?? 0) + 1],
      entryGap: gaps[rank[link.to] ?? 0],
      exitKey: `${link.from} ${way.isDashed} ${way.isLoop} ${way.exitPort}`,
      entryKey: `${link.to} ${way.isDashed} ${way.isLoop} ${way.entryPort}`,
    };
  };
  for (const way of ways) {
    const { exitGap, entryGap, exitKey, entryKey } = ends(way);
    if (way.exit === 'end' && way.exitPort !== way.column)
      extend(exitGap?.exits, exitKey, [way.exitPort], [way.column]);
    if (way.entry === 'start' && way.entryPort !== way.column)
      extend(entryGap?.entries, entryKey, [way.column], [way.entryPort]);
    if (way.labelLevel === null) continue;
    const gap = gaps[way.labelLevel / 2];
    if (gap) gap.labels = Math.max(gap.labels, labelLength(links, way));
  }
  const lanes = gaps.map(({ exits, entries, labels }, index) => {
    const exit = assignLanes([...exits.values()]);
    const entry = assignLanes([...entries.values()]);
    const isOutside = index === 0 || index === gaps.length - 1;
    const room = exit.count * LANE + entry.count * LANE + labels;
    return {
      exit,
      entry,
      labels,
      length: isOutside && room === 0 ? 0 : Math.max(LEAST_GAP, GAP_START + room + GAP_END),
    };
  });
  const starts: number[] = [];
  const gapStarts: number[] = [];
  let u = 0;
  rows.forEach((row, index) => {
    gapStarts.push(u);
    u += lanes[index]?.length ?? 0;
    starts.push(u);
    u += Math.max(0, ...row.map((item) => items[item]?.length ?? 0));
  });
  gapStarts.push(u);
  u += lanes.at(-1)?.length ?? 0;

  /** Entry lanes are counted from the end of the gap, so that arrows have the same length. */
  const exitLane = (gap: number, key: string) =>
    (gapStarts[gap] ?? 0) + GAP_START + (lanes[gap]?.exit.lane.get(key) ?? 0) * LANE;
  const entryLane = (gap: number, key: string) => {
    const { entry, length } = lanes[gap] ?? { entry: { lane: new Map<string, number>(), count: 1 }, length: 0 };
    return (gapStarts[gap] ?? 0) + length - GAP_END - (entry.count - 1 - (entry.lane.get(key) ?? 0)) * LANE;
  };
  const routes: Routed[] = links.map(() => ({ points: [], labelAt: null }));
  for (const way of ways) {
    const { link, exitKey, entryKey } = ends(way);
    const from = items[link.from] as Item;
    const to = items[link.to] as Item;
    const fromRank = rank[link.from] ?? 0;
    const toRank = rank[link.to] ?? 0;
    const isBesideBoth = way.exit !== 'end' && way.entry === way.exit && link.from === link.to;
    const points: Point[] = [];
    const fromStart = starts[fromRank] ?? 0;
    const toStart = starts[toRank] ?? 0;
    if (way.exit === 'end') {
      const lane = way.exitPort === way.column ? fromStart + from.length : exitLane(fromRank + 1, exitKey);
      points.push(
        { u: fromStart + from.length, v: way.exitPort },
        { u: lane, v: way.exitPort },
        { u: lane, v: way.column },
      );
    } else {
      const at = fromStart + from.sidePort + (isBesideBoth ? 9 : 0);
      points.push({ u: at, v: sideOf(from, v[link.from] ?? 0, way.exit) }, { u: at, v: way.column });
    }
    if (way.entry === 'start') {
      const lane = way.entryPort === way.column ? toStart : entryLane(toRank, entryKey);
      points.push({ u: lane, v: way.column }, { u: lane, v: way.entryPort }, { u: toStart, v: way.entryPort });
    } else {
      const at = toStart + to.sidePort - (isBesideBoth ? 9 : 0);
      points.push({ u: at, v: way.column }, { u: at, v: sideOf(to, v[link.to] ?? 0, way.entry) });
    }
    const clean = simplify(points);
    const gap = way.labelLevel === null ? null : way.labelLevel / 2;
    let labelU =
      gap === null
        ? fromStart + from.sidePort - labelLength(links, way) / 2
        : (gapStarts[gap] ?? 0) +
          GAP_START +
          (lanes[gap]?.exit.count ?? 0) * LANE +
          ((lanes[gap]?.labels ?? 0) - labelLength(links, way)) / 2;
    for (const index of way.bundle) {
      const size = links[index]?.labelSize;
      const length = size ? size.along + LABEL_ROOM : 0;
      routes[index] = { points: clean, labelAt: size ? { u: Math.round(labelU + length / 2), v: way.column } : null };
      labelU += length;
    }
  }
  const reach = extents(items, links, v, routes);
  return {
    at: items.map((item, index) => ({ u: starts[rank[index] ?? 0] ?? 0, v: (v[index] ?? 0) - item.before })),
    routes,
    isLoop: ranking.isLoop,
    length: u,
    ...reach,
  };
}

function labelLength(links: readonly Link[], way: Way): number {
  return way.bundle.reduce((sum, index) => {
    const size = links[index]?.labelSize;
    return sum + (size ? size.along + LABEL_ROOM : 0);
  }, 0);
}

function sideOf(item: Item, at: number, side: 'before' | 'after'): number {
  return side === 'before' ? at - item.before : at + item.after;
}

function extend(segments: Map<string, Segment> | undefined, key: string, tops: number[], bottoms: number[]) {
  const known = segments?.get(key);
  const all = [...tops, ...bottoms];
  segments?.set(key, {
    key,
    from: Math.min(known?.from ?? Number.POSITIVE_INFINITY, ...all),
    to: Math.max(known?.to ?? Number.NEGATIVE_INFINITY, ...all),
    tops: [...new Set([...(known?.tops ?? []), ...tops])],
    bottoms: [...new Set([...(known?.bottoms ?? []), ...bottoms])],
  });
}

/** Without points that repeat or lie on a straight line between their neighbours. */
function simplify(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    const before = kept.at(-2);
    if (last && last.u === point.u && last.v === point.v) continue;
    if (last && before && ((before.u === last.u && last.u === point.u) || (before.v === last.v && last.v === point.v)))
      kept.pop();
    kept.push(point);
  }
  return kept;
}

function extents(items: readonly Item[], links: readonly Link[], v: readonly number[], routes: readonly Routed[]) {
  let before = 0;
  let after = 0;
  const reach = (from: number, to: number) => {
    before = Math.max(before, -from);
    after = Math.max(after, to);
  };
  items.forEach((item, index) => {
    reach((v[index] ?? 0) - item.before, (v[index] ?? 0) + item.after);
  });
  routes.forEach(({ points, labelAt }, index) => {
    for (const point of points) reach(point.v - LINE, point.v + LINE);
    const half = (links[index]?.labelSize?.across ?? 0) / 2;
    if (labelAt) reach(labelAt.v - half, labelAt.v + half);
  });
  return { before: Math.ceil(before), after: Math.ceil(after) };
}
