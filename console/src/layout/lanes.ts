/** Across a gap lines run in lanes. Which line gets the upper one decides how many cross. */
export interface Segment {
  key: string;
  from: number;
  to: number;
  /** Where lines come into it from above and leave it downwards. */
  tops: number[];
  bottoms: number[];
}

/** The lane of each segment, counted from the upper end of the gap, and how many there are. */
export function assignLanes(segments: readonly Segment[]): { lane: Map<string, number>; count: number } {
  const score = new Map<Segment, number>();
  for (const a of segments) {
    let total = 0;
    for (const b of segments) if (a !== b && overlap(a, b)) total += Math.sign(above(a, b) - above(b, a));
    score.set(a, total);
  }
  const ordered = [...segments].sort((a, b) => (score.get(a) ?? 0) - (score.get(b) ?? 0) || a.from - b.from);
  const lane = new Map<string, number>();
  const placed: Segment[] = [];
  let count = 0;
  for (const segment of ordered) {
    const own = placed.reduce(
      (least, other) => (overlap(segment, other) ? Math.max(least, (lane.get(other.key) ?? 0) + 1) : least),
      0,
    );
    lane.set(segment.key, own);
    placed.push(segment);
    count = Math.max(count, own + 1);
  }
  return { lane, count };
}

/** How many crossings there are with `a` above `b`. */
function above(a: Segment, b: Segment): number {
  const within = (at: number, { from, to }: Segment) => at > from && at < to;
  return a.bottoms.filter((at) => within(at, b)).length + b.tops.filter((at) => within(at, a)).length;
}

function overlap(a: Segment, b: Segment): boolean {
  return a.from < b.to + 12 && b.from < a.to + 12;
}
