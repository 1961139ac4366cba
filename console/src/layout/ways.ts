/** Which column each transition runs in, and where it leaves its source and enters its target. */
import { Columns, cheapestColumn, LINE, type Piece } from './columns';
import type { Item, Link } from './model';
import type { Ranking } from './rank';

/** Beside a label stands a `+`. */
const LABEL_SIDE = 14;
export const LABEL_ROOM = 4;
const NODE_ROOM = 14;
/** How far from the corner of a node a line may meet it. */
const CORNER = 14;
const CATCH_PORT = 26;
const LOOP_ROOM = 24;
const LOOP_BONUS = 40;
/** What a bend costs, in pixels of way. */
const BEND = 24;
/** Catches leave at the right, where they do not cross the main path. */
const CATCH_AT_LEFT = 300;
/** So many from afar to one target run together in a trunk. */
const CROWD = 3;
const TRUNK_BONUS = 80;
/** In the order of routing: from here on lines pass rows. */
const FAR = 2000;

export interface Way {
  link: number;
  /** Transitions with the same two ends are one line with several labels. */
  bundle: number[];
  column: number;
  /** Where its labels stand, when that is not in the column: beside its source, and the column may be shared. */
  labelColumn: number;
  isLoop: boolean;
  isDashed: boolean;
  exit: 'end' | 'before' | 'after';
  entry: 'start' | 'before' | 'after';
  exitPort: number;
  entryPort: number;
  /** Level of the gap in which its labels stand; null: beside its node. */
  labelLevel: number | null;
}

export function findWays(
  items: readonly Item[],
  links: readonly Link[],
  ranking: Ranking,
  v: readonly number[],
): Way[] {
  const columns = new Columns(ranking.rows.length * 2 + 1);
  items.forEach((item, index) => {
    const at = v[index] ?? 0;
    const room = NODE_ROOM - LINE;
    columns.takeNode(2 * (ranking.rank[index] ?? 0) + 1, at - item.before - room, at + item.after + room);
  });
  const router = new Router(items, links, ranking, v, columns);
  const ordered = bundles(links, ranking.isLoop)
    .map((bundle) => ({ bundle, order: router.order(bundle) }))
    .sort((a, b) => a.order - b.order || (a.bundle[0] ?? 0) - (b.bundle[0] ?? 0));
  const near = ordered.filter(({ order }) => order < FAR);
  const far = ordered.slice(near.length);
  // What runs far leaves room for the labels of all trunks beside their sources.
  const ways = near.map(({ bundle }) => router.way(bundle));
  for (const { bundle } of [...far].reverse()) router.placeTrunkLabel(bundle);
  return [...ways, ...far.map(({ bundle }) => router.way(bundle))];
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
  /** How many transitions come from afar to the same target. */
  private readonly fromAfar = new Map<string, number>();
  private readonly trunks = new Map<string, Set<number>>();
  /** Where catches leave to the right, by source: together. */
  private readonly catchPorts = new Map<number, number>();
  /** By their first link. */
  private readonly trunkLabels = new Map<number, number>();
  private readonly spine: ReadonlyMap<number, number>;

  constructor(
    private readonly items: readonly Item[],
    private readonly links: readonly Link[],
    private readonly ranking: Ranking,
    private readonly v: readonly number[],
    private readonly columns: Columns,
  ) {
    this.outs = items.map(() => 0);
    this.spine = new Map(ranking.spine.map((item, at) => [item, ranking.spine[at + 1] ?? -1]));
    links.forEach((link, index) => {
      if (ranking.isLoop[index]) return;
      this.outs[link.from] = (this.outs[link.from] ?? 0) + 1;
      if (this.span(link) > 1) this.fromAfar.set(keyOf(link), (this.fromAfar.get(keyOf(link)) ?? 0) + 1);
    });
  }

  private span(link: Link): number {
    return (this.ranking.rank[link.to] ?? 0) - (this.ranking.rank[link.from] ?? 0);
  }

  private isCrowd(link: Link): boolean {
    return this.span(link) > 1 && (this.fromAfar.get(keyOf(link)) ?? 0) >= CROWD;
  }

  /** The main path first, then the near, then the far, then what shares a trunk, which the longest makes; loops last, inner first. */
  order(bundle: readonly number[]): number {
    const link = this.links[bundle[0] ?? 0] as Link;
    const span = this.span(link);
    if (this.ranking.isLoop[bundle[0] ?? 0]) return 1e6 - span * 100;
    if (link.kind !== 'catch' && this.spine.get(link.from) === link.to) return 0;
    if (this.isCrowd(link)) return 5e5 - span;
    const distance = Math.abs((this.v[link.from] ?? 0) - (this.v[link.to] ?? 0));
    return span * 1e3 + Math.min(distance, 900) + (link.kind === 'catch' ? 50 : 0);
  }

  way(bundle: number[]): Way {
    return this.ranking.isLoop[bundle[0] ?? 0] ? this.loop(bundle) : this.forward(bundle);
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
      labelHalf: Math.max(0, ...bundle.map((at) => halfOf(this.links[at]))),
    };
  }

  placeTrunkLabel(bundle: readonly number[]) {
    const first = bundle[0] ?? 0;
    if (this.ranking.isLoop[first] || !this.isCrowd(this.links[first] as Link)) return;
    const { link, fromV, toV, isDashed, label, exitRange, outCost, wanted } = this.forwardEnds(bundle);
    if (label.key !== null) return;
    const cost = (at: number) => outCost(at) + Math.abs(at - toV) * 0.2;
    const column = cheapestColumn(this.columns.blocked([label]), wanted, cost);
    this.columns.take(label, column);
    this.trunkLabels.set(first, column);
    if (isDashed) this.keepPort(link.from, column, fromV, exitRange.to);
  }

  private keepPort(from: number, column: number, fromV: number, end: number) {
    if (column > fromV && column <= end) this.catchPorts.set(from, column);
  }

  private forwardEnds(bundle: readonly number[]) {
    const ends = this.ends(bundle);
    const { link, from, to, fromV, toV, fromRank, isDashed, labelHalf } = ends;
    const level = 2 * fromRank + 2;
    const key = keyOf(link);
    const label: Piece = { from: level, to: level, half: Math.max(LINE, labelHalf), key: labelHalf > 0 ? null : key };
    const exitRange = topOf(from, fromV);
    const entryRange = topOf(to, toV);
    const catchPort = (column: number) =>
      column < fromV
        ? Math.min(fromV, fromV - from.before + CATCH_PORT)
        : Math.max(fromV, fromV + from.after - CATCH_PORT);
    const exitPort = (column: number) => {
      if (!isDashed) return fromV;
      return (column > fromV ? this.catchPorts.get(link.from) : undefined) ?? catchPort(column);
    };
    const outCost = (column: number) => {
      const out = Math.abs(column - exitPort(column));
      return (
        out + (out > 0 && !isWithin(column, exitRange) ? BEND : 0) + (isDashed && column < fromV ? CATCH_AT_LEFT : 0)
      );
    };
    const intoCost = (column: number) => {
      const into = Math.abs(column - toV);
      return into + (into > 0 && !isWithin(column, entryRange) ? BEND : 0);
    };
    const wanted = [
      fromV,
      toV,
      catchPort(fromV - 1),
      catchPort(fromV + 1),
      clamp(toV, exitRange),
      clamp(fromV, entryRange),
    ].filter((at) => !isDashed || at !== fromV);
    return { ...ends, key, label, exitRange, entryRange, exitPort, outCost, intoCost, wanted };
  }

  private forward(bundle: number[]): Way {
    const { index, link, fromV, toV, toRank, isDashed, label, ...ends } = this.forwardEnds(bundle);
    const { key, exitRange, entryRange, exitPort, outCost, intoCost, wanted } = ends;
    const rest: Piece = { from: label.from + 1, to: 2 * toRank, half: LINE, key };
    const trunkLabel = this.trunkLabels.get(index);
    let column: number;
    if (trunkLabel === undefined) {
      // A fan opens over its targets; what comes together stays over its own source.
      const isFan = (this.outs[link.from] ?? 0) > 1;
      const cost = (at: number) => outCost(at) + intoCost(at) + Math.abs(at - (isFan ? toV : exitPort(at))) * 0.1;
      column = cheapestColumn(this.columns.blocked([label, rest]), wanted, cost);
      this.columns.take(label, column);
    } else {
      const trunks = this.trunks.get(key) ?? new Set();
      const cost = (at: number) =>
        intoCost(at) +
        Math.abs(at - trunkLabel) +
        (at === trunkLabel ? 0 : BEND) +
        (isDashed && at < fromV ? CATCH_AT_LEFT : 0) -
        (trunks.has(at) ? TRUNK_BONUS : 0);
      column = cheapestColumn(this.columns.blocked([rest]), [trunkLabel, ...wanted, ...trunks], cost);
      this.trunks.set(key, trunks.add(column));
    }
    if (rest.to >= rest.from) this.columns.take(rest, column);
    const labelColumn = trunkLabel ?? column;
    if (isDashed) this.keepPort(link.from, labelColumn, fromV, exitRange.to);
    return {
      link: index,
      bundle,
      column,
      labelColumn,
      isLoop: false,
      isDashed,
      exit: 'end',
      entry: 'start',
      exitPort: isWithin(labelColumn, exitRange) ? labelColumn : exitPort(labelColumn),
      entryPort: isWithin(column, entryRange) ? column : toV,
      labelLevel: label.from,
    };
  }

  /** Beside its rows, out of the side of its source and into that of its target where nothing stands between. */
  private loop(bundle: number[]): Way {
    const { index, link, from, to, fromV, toV, fromRank, toRank, isDashed, labelHalf } = this.ends(bundle);
    const key = `loop ${link.to} ${isDashed}`;
    const shared = this.trunks.get(key) ?? new Set();
    const labelLevel = fromRank > toRank ? 2 * fromRank : null;
    // Loops run at the left, but for those around one node: they would be in the way of the others.
    const away = link.from === link.to ? 'before' : 'after';
    const sides = (['before', 'after'] as const).map((side) => {
      const hasNeighbour = (item: number) =>
        (this.ranking.rows[this.ranking.rank[item] ?? 0] ?? []).at(side === 'before' ? 0 : -1) !== item;
      const exit = hasNeighbour(link.from) ? 'end' : side;
      const entry = hasNeighbour(link.to) ? 'start' : side;
      const pieces: Piece[] = [
        {
          from: entry === 'start' ? 2 * toRank : 2 * toRank + 1,
          to: exit === 'end' ? 2 * fromRank + 2 : 2 * fromRank + 1,
          half: LINE,
          key,
        },
      ];
      // Beside a node there may stand more labels than it is long.
      const isLong = labelLevel === null && labelsAlong(bundle, this.links) > from.length;
      const labelAt = labelLevel ?? 2 * fromRank + 1;
      if (labelHalf > 0)
        pieces.push({ from: labelAt - Number(isLong), to: labelAt + Number(isLong), half: labelHalf, key: null });
      const sign = side === 'before' ? -1 : 1;
      // The label of a loop around one node stands outside of it.
      const beyond = labelLevel === null && labelHalf > 0 ? sign * (labelHalf - LABEL_SIDE - 6) : 0;
      const outermost = Math.max(
        sign * fromV + (side === 'before' ? from.before : from.after),
        sign * toV + (side === 'before' ? to.before : to.after),
      );
      const detour = (exit === side ? 0 : 60) + (entry === side ? 0 : 60) + (side === away ? 40 : 0);
      const cost = (column: number) =>
        sign * (column - beyond) < outermost + LOOP_ROOM
          ? Number.POSITIVE_INFINITY
          : sign * column - outermost + detour - (shared.has(column) ? LOOP_BONUS : 0);
      const wanted = [sign * (outermost + LOOP_ROOM) + beyond, ...shared];
      const centre = cheapestColumn(this.columns.blocked(pieces), wanted, cost);
      return { side, exit, entry, pieces, centre, column: centre - beyond, cost: cost(centre) } as const;
    });
    const chosen = sides.reduce((least, other) => (other.cost < least.cost ? other : least));
    for (const piece of chosen.pieces) this.columns.take(piece, chosen.centre);
    this.trunks.set(key, new Set([...shared, chosen.column]));
    const port = (item: Item, at: number) =>
      chosen.side === 'before' ? at - Math.max(0, item.before - CORNER) : at + Math.max(0, item.after - CORNER);
    return {
      link: index,
      bundle,
      column: chosen.column,
      labelColumn: chosen.centre,
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

function keyOf(link: Link): string {
  return `${link.to} ${link.kind === 'catch'}`;
}

/** How much room the labels of a line take along it. */
export function labelsAlong(bundle: readonly number[], links: readonly Link[]): number {
  return bundle.reduce((sum, index) => {
    const size = links[index]?.labelSize;
    return sum + (size ? size.along + LABEL_ROOM : 0);
  }, 0);
}

function halfOf(link: Link | undefined): number {
  return link?.labelSize ? Math.ceil(link.labelSize.across / 2) + LABEL_SIDE : 0;
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
