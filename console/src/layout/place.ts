/** Where the items of a row stand across the flow. */
import type { Item, Link } from './model';
import type { Ranking } from './rank';

/** Room between two items of a row. */
const SIBLING_GAP = 44;
const SWEEPS = 3;
const PINNED = 1e9;

/** `v` of each item: the main path at 0, everything else as near to what it is linked with as its row permits. */
export function placeAcross(items: readonly Item[], links: readonly Link[], ranking: Ranking): number[] {
  const { rows, rank } = ranking;
  const isPinned = new Set(ranking.spine);
  const above: Set<number>[] = items.map(() => new Set());
  const below: Set<number>[] = items.map(() => new Set());
  const far: Set<number>[] = items.map(() => new Set());
  links.forEach((link, index) => {
    if (ranking.isLoop[index]) return;
    const isNear = rank[link.to] === (rank[link.from] ?? 0) + 1;
    (isNear ? above : far)[link.to]?.add(link.from);
    if (isNear) below[link.from]?.add(link.to);
  });
  const v = items.map(() => 0);
  const sweep = (isDown: boolean, wish: (item: number) => number) => {
    for (const row of isDown ? rows : [...rows].reverse()) {
      const placed = spread(
        row.map((item) => items[item] as Item),
        row.map((item) => (isPinned.has(item) ? 0 : wish(item))),
        row.map((item) => (isPinned.has(item) ? PINNED : 1 + (above[item]?.size ?? 0) + (below[item]?.size ?? 0))),
      );
      row.forEach((item, index) => {
        v[item] = isPinned.has(item) ? 0 : Math.round(placed[index] ?? 0);
      });
    }
  };
  const near = (item: number, ...sides: (readonly Set<number>[])[]) => {
    const others = sides.map((side) => [...(side[item] ?? [])]).find(({ length }) => length > 0) ?? [item];
    return others.reduce((sum, other) => sum + (v[other] ?? 0), 0) / others.length;
  };
  for (let count = 0; count < SWEEPS; count += 1) {
    sweep(true, (item) => near(item, above, below, far));
    sweep(false, (item) => near(item, below, above, far));
  }
  // Where one state only leads to one that only it leads to, they stand in a line.
  const straight = (item: number, mine: readonly Set<number>[], theirs: readonly Set<number>[]) => {
    const [other, ...more] = mine[item] ?? [];
    return (other !== undefined && more.length === 0 && theirs[other]?.size === 1 ? v[other] : v[item]) ?? 0;
  };
  sweep(true, (item) => straight(item, above, below));
  sweep(false, (item) => straight(item, below, above));
  return v;
}

/** Isotonic regression (pool adjacent violators): the positions nearest to the wishes that keep the order and the room between. */
function spread(row: readonly Item[], wishes: readonly number[], weights: readonly number[]): number[] {
  const offsets: number[] = [];
  row.forEach((item, index) => {
    const last = row[index - 1];
    offsets.push(last ? (offsets[index - 1] ?? 0) + last.after + SIBLING_GAP + item.before : 0);
  });
  const pools: { sum: number; weight: number; count: number }[] = [];
  row.forEach((_, index) => {
    const weight = weights[index] ?? 1;
    pools.push({ sum: ((wishes[index] ?? 0) - (offsets[index] ?? 0)) * weight, weight, count: 1 });
    for (;;) {
      const last = pools.at(-1);
      const before = pools.at(-2);
      if (!last || !before || before.sum / before.weight <= last.sum / last.weight) break;
      pools.splice(-2, 2, {
        sum: before.sum + last.sum,
        weight: before.weight + last.weight,
        count: before.count + last.count,
      });
    }
  });
  return pools
    .flatMap(({ sum, weight, count }) => Array.from({ length: count }, () => sum / weight))
    .map((at, index) => at + (offsets[index] ?? 0));
}
