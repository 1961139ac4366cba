/**
 * What is taken across the flow, level by level: level 2i is the gap above row i, level 2i + 1 is row i. A transition runs along
 * the flow in a column that is free on all levels it passes, so that it never runs through a node or a label.
 */
interface Taken {
  from: number;
  to: number;
  /** Lines of the same key may share a column: they lead to the same place. */
  key: string | null;
}

export const LINE = 6;

export class Levels {
  private readonly taken: Taken[][];

  constructor(count: number) {
    this.taken = Array.from({ length: count }, () => []);
  }

  take(level: number, from: number, to: number, key: string | null) {
    this.taken[level]?.push({ from, to, key });
  }

  isFree(column: number, half: number, level: number, key: string | null): boolean {
    return !(this.taken[level] ?? []).some(
      (other) => (key === null || other.key !== key) && column + half > other.from && column - half < other.to,
    );
  }

  /** Columns beside whatever is in the way, the only ones besides straight lines that can be the shortest. */
  besides(half: number, level: number): number[] {
    return (this.taken[level] ?? []).flatMap((other) => [other.from - half, other.to + half]);
  }
}

/** What a line asks of each level it passes: half of its width there, more where its label stands. */
export interface Passage {
  levels: { level: number; half: number; key: string | null }[];
}

export function isPassable(levels: Levels, passage: Passage, column: number): boolean {
  return passage.levels.every(({ level, half, key }) => levels.isFree(column, half, level, key));
}

/** The cheapest of the free columns among `wanted` and those beside obstacles. */
export function cheapestColumn(
  levels: Levels,
  passage: Passage,
  wanted: readonly number[],
  cost: (column: number) => number,
): number {
  const candidates = new Set(wanted);
  for (const { level, half } of passage.levels)
    for (const column of levels.besides(half, level)) candidates.add(column);
  const ordered = [...candidates]
    .map((column) => ({ column, cost: cost(column) }))
    .sort((a, b) => a.cost - b.cost || a.column - b.column);
  for (const { column } of ordered) if (isPassable(levels, passage, column)) return column;
  return Math.max(...candidates) + 1;
}
