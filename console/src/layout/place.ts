/** Where the items of a row stand across the flow. */
import type { Item, Link } from './model';
import type { Ranking } from './rank';

/** Room between two items of a row. */
export const SIBLING_GAP = 44;
const SWEEPS = 6;
const PINNED = 1e9;

/** `v` of each item: the main path at 0, everything else as near to what it is linked with as its row permits. */
export function placeAcross(items: readonly Item[], links: readonly Link[], ranking: Ranking): number[] {
  const { rows, rank } = ranking;
  const isPinned = new Set(ranking.spine);
  const above: number[][] = items.map(() => []);
  const below: number[][] = items.map(() => []);
  const far: number[][] = items.map(() => []);
  links.forEach((link, index) => {
    if (ranking.isLoop[index]) return;
    const isNear = rank[link.to] === (rank[link.from] ?? 0) + 1;
    (isNear ? above : far)[link.to]?.push(link.from);
    if (isNear) below[link.from]?.push(link.to);
  });
  const v = items.map(() => 0);
  const mean = (others: readonly number[]) => others.reduce((sum, item) => sum + (v[item] ?? 0), 0) / others.length;
  const wish = (item: number, first: number[][], second: number[][]) => {
    for (const near of [first[item] ?? [], second[item] ?? [], far[item] ?? []]) if (near.length > 0) return mean(near);
    return v[item] ?? 0;
  };
  // Ends on a sweep upwards: there the head of a chain stands over its chain.
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? rows : [...rows].reverse()) {
      const wishes = row.map((item) =>
        isPinned.has(item) ? 0 : isDown ? wish(item, above, below) : wish(item, below, above),
      );
      const weights = row.map((item) =>
        isPinned.has(item) ? PINNED : 1 + (above[item]?.length ?? 0) + (below[item]?.length ?? 0),
      );
      spread(
        row.map((item) => items[item] as Item),
        wishes,
        weights,
      ).forEach((at, index) => {
        const item = row[index] ?? 0;
        v[item] = isPinned.has(item) ? 0 : Math.round(at);
      });
    }
  }
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
