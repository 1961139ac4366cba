/**
 * What is taken across the flow, level by level: level 2i is the gap above row i, level 2i + 1 is row i. A transition runs along
 * the flow in a column that is free on all levels it passes, so that it never runs through a node or a label.
 */
export const LINE = 6;

/** A piece of a line along the flow: from one level to another, with so much room to either side. */
export interface Piece {
  from: number;
  to: number;
  half: number;
  /** Lines of the same key may share a column: they lead to the same place. null shares with none. */
  key: string | null;
}

interface Taken {
  from: number;
  to: number;
  key: string | null;
  /** Across the flow. */
  start: number;
  end: number;
}

/** Columns that cannot be taken, without their ends; in order and apart from each other. */
type Blocked = readonly { from: number; to: number }[];

export class Columns {
  /** What stays within a level, and apart from it the lines that pass several, so that only what is near is looked at. */
  private readonly atLevel: Taken[][];
  private readonly passing = new Map<string, Taken>();

  constructor(levels: number) {
    this.atLevel = Array.from({ length: levels }, () => []);
  }

  takeNode(level: number, start: number, end: number) {
    this.atLevel[level]?.push({ from: level, to: level, key: null, start, end });
  }

  take({ from, to, half, key }: Piece, column: number) {
    const taken = { from, to, key, start: column - half, end: column + half };
    if (from === to || key === null) {
      for (let level = from; level <= to; level += 1) this.atLevel[level]?.push(taken);
      return;
    }
    // Lines of one key and column lead to the same place: together they are one line.
    const name = `${key} ${column}`;
    const known = this.passing.get(name);
    if (known) Object.assign(known, { from: Math.min(known.from, from), to: Math.max(known.to, to) });
    else this.passing.set(name, taken);
  }

  blocked(pieces: readonly Piece[]): Blocked {
    // Ends by starts: nodes above each other block the same, so that a long line meets few different ones.
    const found = new Map<number, number>();
    for (const { from, to, half, key } of pieces) {
      const meet = (other: Taken) => {
        if (key !== null && other.key === key) return;
        const end = found.get(other.start - half);
        if (end === undefined || end < other.end + half) found.set(other.start - half, other.end + half);
      };
      for (let level = from; level <= to; level += 1) for (const other of this.atLevel[level] ?? []) meet(other);
      for (const other of this.passing.values()) if (other.from <= to && other.to >= from) meet(other);
    }
    const merged: { from: number; to: number }[] = [];
    for (const [from, to] of [...found].sort(([a], [b]) => a - b)) {
      const last = merged.at(-1);
      if (last && from < last.to) last.to = Math.max(last.to, to);
      else merged.push({ from, to });
    }
    return merged;
  }
}

export function isFree(blocked: Blocked, column: number): boolean {
  return !blocked.some(({ from, to }) => column > from && column < to);
}

/** The cheapest of the free columns among `wanted` and those right beside what is blocked. */
export function cheapestColumn(blocked: Blocked, wanted: readonly number[], cost: (column: number) => number): number {
  const candidates = [
    ...wanted.filter((column) => isFree(blocked, column)),
    ...blocked.flatMap(({ from, to }) => [from, to]),
  ];
  let best = { column: wanted[0] ?? 0, cost: Number.POSITIVE_INFINITY };
  for (const column of candidates) {
    const own = cost(column);
    if (own < best.cost || (own === best.cost && column < best.column)) best = { column, cost: own };
  }
  return best.column;
}
