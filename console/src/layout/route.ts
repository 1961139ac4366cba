/**
 * The ways of the transitions through one scope. Each is: out of its source, across the gap in a lane, along the flow in a column,
 * across in a lane again, into its target. Transitions of one source share the lane below it, those to one target the lane
 * above it, so that a fan of any size stays readable; a label stands where a transition is alone.
 */
import { LINE } from './columns';
import { assignLanes, type Segment } from './lanes';
import type { Item, Link, Placed, Point, Routed } from './model';
import type { Ranking } from './rank';
import { findWays, LABEL_ROOM, labelsAlong, type Way } from './ways';

const LANE = 10;
const GAP_START = 12;
const GAP_END = 16;
const LEAST_GAP = 36;

/** Lanes, then where each row begins along the flow, then the points. */
export function routeLinks(
  items: readonly Item[],
  links: readonly Link[],
  ranking: Ranking,
  v: readonly number[],
): Placed {
  const { rank, rows } = ranking;
  const ways = findWays(items, links, ranking, v);
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
    const { link, exitGap, entryGap, exitKey, entryKey } = ends(way);
    const firstColumn = way.isLoop ? way.column : way.labelColumn;
    if (way.exit === 'end' && way.exitPort !== firstColumn)
      extend(exitGap?.exits, exitKey, [way.exitPort], [firstColumn]);
    if (firstColumn !== way.column) extend(exitGap?.entries, `${entryKey} shared`, [firstColumn], [way.column]);
    if (way.entry === 'start' && way.entryPort !== way.column)
      extend(entryGap?.entries, entryKey, [way.column], [way.entryPort]);
    const length = labelsAlong(way.bundle, links);
    const row = rank[link.from] ?? 0;
    const [room, ...labelled] =
      way.labelLevel === null
        ? [(length - (items[link.from]?.length ?? 0)) / 2, gaps[row], gaps[row + 1]]
        : [length, gaps[way.labelLevel / 2]];
    for (const gap of labelled) if (gap) gap.labels = Math.max(gap.labels, room);
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
      const firstColumn = way.isLoop ? way.column : way.labelColumn;
      const lane = way.exitPort === firstColumn ? fromStart + from.length : exitLane(fromRank + 1, exitKey);
      points.push(
        { u: fromStart + from.length, v: way.exitPort },
        { u: lane, v: way.exitPort },
        { u: lane, v: firstColumn },
      );
      if (firstColumn !== way.column) {
        const second = entryLane(fromRank + 1, `${entryKey} shared`);
        points.push({ u: second, v: firstColumn }, { u: second, v: way.column });
      }
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
        ? fromStart + from.sidePort - labelsAlong(way.bundle, links) / 2
        : (gapStarts[gap] ?? 0) +
          GAP_START +
          (lanes[gap]?.exit.count ?? 0) * LANE +
          ((lanes[gap]?.labels ?? 0) - labelsAlong(way.bundle, links)) / 2;
    for (const index of way.bundle) {
      const size = links[index]?.labelSize;
      const length = size ? size.along + LABEL_ROOM : 0;
      routes[index] = {
        points: clean,
        labelAt: size ? { u: Math.round(labelU + length / 2), v: way.labelColumn } : null,
      };
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
