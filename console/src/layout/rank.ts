/**
 * Which row of its scope a state stands in, and in which order a row stands. Rows are longest paths from the start, so that
 * every forward transition leads down; the rest are loops.
 */
import type { Item, Link } from './model';

export interface Ranking {
  /** Row of each item. */
  rank: number[];
  /** Items of each row, from left to right. */
  rows: number[][];
  /** The main path: start, and from there the longest way to a good end. */
  spine: number[];
  /** Links that lead up or stay in their row. */
  isLoop: boolean[];
}

/** A ranking with what it was made of: bends keep the main path's place in the rows that it passes without a state. */
export interface BentRanking extends Ranking {
  items: Item[];
  links: Link[];
}

export function rankItems(items: readonly Item[], links: readonly Link[]): BentRanking {
  const out = outgoing(items, links);
  const { topological, isLoop } = findLoops(items, links, out);
  const { rank, isReachable } = findRanks(items, links, out, topological, isLoop);
  links.forEach((link, index) => {
    if ((rank[link.to] ?? 0) <= (rank[link.from] ?? 0)) isLoop[index] = true;
  });
  const best = bestChildren(items, links, out, topological, isLoop);
  const spine: number[] = [];
  for (let at: number | null = 0; at !== null; at = best[at] ?? null) spine.push(at);
  const bent = bendSpine({ items: [...items], links: [...links], rank, isLoop, spine, rows: [] }, best, isReachable);
  const rows = orderRows(bent, outgoing(bent.items, bent.links), best, isReachable);
  return { ...bent, rows: untangle(rows, bent.links, rank) };
}

function outgoing(items: readonly Item[], links: readonly Link[]): number[][] {
  const out: number[][] = items.map(() => []);
  links.forEach((link, index) => {
    out[link.from]?.push(index);
  });
  return out;
}

function bendSpine(ranking: BentRanking, best: (number | null)[], isReachable: boolean[]): BentRanking {
  const { items, links, rank, isLoop } = ranking;
  const spine: number[] = [];
  ranking.spine.forEach((item, at) => {
    spine.push(item);
    const next = ranking.spine[at + 1];
    if (next === undefined || rank[next] === (rank[item] ?? 0) + 1) return;
    const direct = links.findIndex((link) => link.from === item && link.to === next);
    let before = item;
    for (let row = (rank[item] ?? 0) + 1; row < (rank[next] ?? 0); row += 1) {
      const bend = items.push({ ...BEND }) - 1;
      rank[bend] = row;
      isReachable[bend] = true;
      best[before] = bend;
      const link = { ...(links[direct] as Link), from: before, to: bend };
      // The first piece stands for the whole among the ways out of its state.
      if (before === item) links[direct] = link;
      else isLoop[links.push(link) - 1] = false;
      spine.push(bend);
      before = bend;
    }
    best[before] = next;
    isLoop[links.push({ ...(links[direct] as Link), from: before, to: next }) - 1] = false;
  });
  return { ...ranking, spine };
}

export function withoutBends({ rank, rows, spine, isLoop }: Ranking, count: number): Ranking {
  const isItem = (item: number) => item < count;
  return {
    rank: rank.slice(0, count),
    rows: rows.map((row) => row.filter(isItem)),
    spine: spine.filter(isItem),
    isLoop,
  };
}

const LENGTH_OF_GAP = 40;

const BEND: Item = {
  id: '',
  kind: 'state',
  state: null,
  length: 0,
  before: 36,
  after: 36,
  sidePort: 0,
  isFailure: false,
};

/** Depth first from the start, then from what nothing leads to, in the order of the text. */
function findLoops(items: readonly Item[], links: readonly Link[], out: readonly number[][]) {
  const isLoop: boolean[] = links.map(() => false);
  const mark: number[] = items.map(() => 0);
  const finished: number[] = [];
  const hasIncoming = new Set(links.filter((link) => link.from !== link.to).map((link) => link.to));
  // First to what follows soonest in the text: who writes a loop writes its states in the order they run.
  const later = (from: number, to: number) => (to > from ? to - from : items.length);
  const ways = items.map((_, item) => {
    const targets = (out[item] ?? []).map((index) => ({ index, distance: later(item, links[index]?.to ?? 0) }));
    return targets.sort((a, b) => a.distance - b.distance).map(({ index }) => index);
  });
  const roots = [0, ...items.keys()].filter((item) => item === 0 || !hasIncoming.has(item));
  for (const root of [...roots, ...items.keys()]) {
    if (mark[root] !== 0) continue;
    mark[root] = 1;
    const stack = [{ item: root, next: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const index = ways[top.item]?.[top.next];
      if (index === undefined) {
        mark[top.item] = 2;
        finished.push(top.item);
        stack.pop();
        continue;
      }
      top.next += 1;
      const to = links[index]?.to ?? 0;
      if (mark[to] === 1) isLoop[index] = true;
      else if (mark[to] === 0) {
        mark[to] = 1;
        stack.push({ item: to, next: 0 });
      }
    }
  }
  return { topological: finished.reverse(), isLoop };
}

function findRanks(
  items: readonly Item[],
  links: readonly Link[],
  out: readonly number[][],
  topological: readonly number[],
  isLoop: readonly boolean[],
) {
  const forward = (item: number) =>
    (out[item] ?? []).filter((index) => !isLoop[index]).map((index) => links[index] as Link);
  const isReachable = items.map((_, item) => item === 0);
  // What cannot be reached does not push down what can.
  const rank: number[] = items.map((_, item) => (item === 0 ? 0 : 1));
  for (const item of topological) {
    if (!isReachable[item]) continue;
    for (const { to } of forward(item)) {
      rank[to] = Math.max(isReachable[to] ? (rank[to] ?? 0) : 0, (rank[item] ?? 0) + 1);
      isReachable[to] = true;
    }
  }
  for (const item of topological) {
    if (isReachable[item]) continue;
    for (const { to } of forward(item)) if (!isReachable[to]) rank[to] = Math.max(rank[to] ?? 0, (rank[item] ?? 0) + 1);
  }
  for (const item of [...topological].reverse()) {
    const next = forward(item).map(({ to }) => rank[to] ?? 0);
    if (!isReachable[item] && next.length > 0) rank[item] = Math.max(rank[item] ?? 0, Math.min(...next) - 1);
  }
  return { rank, isReachable };
}

/** Where the main path goes on from each item: not by a catch, rather not to a Fail, and the way with the most to see. */
function bestChildren(
  items: readonly Item[],
  links: readonly Link[],
  out: readonly number[][],
  topological: readonly number[],
  isLoop: readonly boolean[],
): (number | null)[] {
  const score = items.map(() => 0);
  const best: (number | null)[] = items.map(() => null);
  for (const item of [...topological].reverse()) {
    const next = (out[item] ?? []).filter((index) => !isLoop[index] && links[index]?.kind !== 'catch');
    const targets = [...new Set(next.map((index) => links[index]?.to ?? 0))];
    const scores = targets.map((to) => score[to] ?? 0);
    const most = Math.max(...scores);
    const ties = targets.filter((_, index) => scores[index] === most);
    // Of several alike the middle one, so that a fan opens to both sides.
    best[item] = ties[ties.length > 2 ? Math.floor((ties.length - 1) / 2) : 0] ?? null;
    const own = (items[item]?.length ?? 0) + LENGTH_OF_GAP;
    score[item] = own + (targets.length > 0 ? most : items[item]?.isFailure ? -1e9 : 0);
  }
  return best;
}

/** Rows in the order of a walk over a spanning tree: alternatives left and right of the main way, ways back at the left, catchers at the right. */
function orderRows(
  { items, links, rank, isLoop, spine }: BentRanking,
  out: readonly number[][],
  best: readonly (number | null)[],
  isReachable: readonly boolean[],
): number[][] {
  const parent = new Map<number, number>();
  spine.forEach((item, at) => {
    const before = spine[at - 1];
    if (before !== undefined && rank[item] === (rank[before] ?? 0) + 1) parent.set(item, before);
  });
  const byRank = [...items.keys()].sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0));
  for (const item of byRank) {
    for (const index of out[item] ?? []) {
      const to = links[index]?.to ?? 0;
      if (!isLoop[index] && rank[to] === (rank[item] ?? 0) + 1 && !parent.has(to)) parent.set(to, item);
    }
  }
  const returns = findReturning(items, links, out, isLoop, byRank);
  const side = (link: Link, position: number) => {
    if (link.to === best[link.from]) return 0;
    if (link.kind === 'catch') return 1000 + position;
    if (returns[link.to]) return position - 1000;
    const main = (out[link.from] ?? []).findIndex((index) => links[index]?.to === best[link.from]);
    return position < main ? position - main : position;
  };
  const rows: number[][] = Array.from({ length: Math.max(...rank) + 1 }, () => []);
  const isPlaced = new Set<number>();
  for (const root of [...byRank].sort((a, b) => Number(isReachable[b]) - Number(isReachable[a]))) {
    const stack = isPlaced.has(root) || (parent.has(root) && !isPlaced.has(parent.get(root) ?? 0)) ? [] : [root];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      if (isPlaced.has(item)) continue;
      isPlaced.add(item);
      rows[rank[item] ?? 0]?.push(item);
      const children = (out[item] ?? [])
        .map((index, position) => ({ link: links[index] as Link, position }))
        .filter(({ link }) => parent.get(link.to) === item)
        .map(({ link, position }) => ({ to: link.to, side: side(link, position) }))
        .sort((a, b) => b.side - a.side);
      for (const child of children) if (!isPlaced.has(child.to)) stack.push(child.to);
    }
  }
  return rows;
}

/** Items from which all ways lead back: they stand at the left, where loops run. */
function findReturning(
  items: readonly Item[],
  links: readonly Link[],
  out: readonly number[][],
  isLoop: readonly boolean[],
  byRank: readonly number[],
): boolean[] {
  const returns = items.map(() => false);
  for (const item of [...byRank].reverse()) {
    const ways = (out[item] ?? []).filter((index) => links[index]?.kind !== 'catch');
    returns[item] = ways.length > 0 && ways.every((index) => isLoop[index] || returns[links[index]?.to ?? 0]);
  }
  return returns;
}

/** Fewer crossings: rows sorted by the middle of their neighbours, down and up, as long as it helps. */
function untangle(rows: number[][], links: readonly Link[], rank: readonly number[]): number[][] {
  const gaps: Link[][] = rows.map(() => []);
  for (const link of links) if (rank[link.to] === (rank[link.from] ?? 0) + 1) gaps[rank[link.to] ?? 0]?.push(link);
  let best = rows;
  let least = crossings(rows, gaps);
  let current = rows;
  for (let sweep = 0; sweep < 8 && least > 0; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const at = positions(current);
    const next = current.map((row) => [...row]);
    for (let step = 1; step < rows.length; step += 1) {
      const row = isDown ? step : rows.length - 1 - step;
      const near = gaps[isDown ? row : row + 1] ?? [];
      const middle = new Map<number, number>();
      for (const item of next[row] ?? []) {
        const around = near.filter((link) => (isDown ? link.to : link.from) === item);
        const sum = around.reduce((total, link) => total + (at.get(isDown ? link.from : link.to) ?? 0), 0);
        middle.set(item, around.length > 0 ? sum / around.length : (at.get(item) ?? 0));
      }
      next[row]?.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (at.get(a) ?? 0) - (at.get(b) ?? 0));
      for (const [index, item] of (next[row] ?? []).entries()) at.set(item, index);
    }
    current = next;
    const count = crossings(next, gaps);
    if (count < least) {
      least = count;
      best = next;
    }
  }
  return best;
}

function positions(rows: readonly number[][]): Map<number, number> {
  return new Map(rows.flatMap((row) => row.map((item, index) => [item, index] as const)));
}

function crossings(rows: readonly number[][], gaps: readonly Link[][]): number {
  const at = positions(rows);
  let count = 0;
  for (const gap of gaps) {
    // Beyond that many a reader sees a fan, and counting pairs would take longer than drawing it.
    if (gap.length > 150) continue;
    const ends = gap.map((link) => [at.get(link.from) ?? 0, at.get(link.to) ?? 0] as const);
    for (const [index, [from, to]] of ends.entries())
      for (const [otherFrom, otherTo] of ends.slice(index + 1)) if ((from - otherFrom) * (to - otherTo) < 0) count += 1;
  }
  return count;
}
