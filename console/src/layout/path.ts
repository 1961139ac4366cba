import type { EdgePath } from './types';

type Point = EdgePath['points'][number];
const RADIUS = 8;
/** The line ends where its arrowhead begins. */
const ARROW = 7;

/** The `d` of a line with rounded corners. It begins at its end, so that the dashes of lines that run together fall together. */
export function roundedPath(points: readonly Point[]): string {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (!tip || !before) return '';
  const line = [towards(tip, before, ARROW), ...points.slice(0, -1).reverse()];
  return line
    .map((point, index) => {
      const last = line[index - 1];
      const next = line[index + 1];
      if (!last) return `M${point.x} ${point.y}`;
      if (!next) return `L${point.x} ${point.y}`;
      const radius = Math.min(RADIUS, distance(last, point) / 2, distance(point, next) / 2);
      const from = towards(point, last, radius);
      const to = towards(point, next, radius);
      return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`;
    })
    .join('');
}

/** The arrowhead at the end. */
export function arrowPath(points: readonly Point[]): string {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (!tip || !before) return '';
  const base = towards(tip, before, ARROW + 1);
  const across = { x: ((tip.y - base.y) / (ARROW + 1)) * 4, y: ((base.x - tip.x) / (ARROW + 1)) * 4 };
  return `M${tip.x} ${tip.y}L${base.x + across.x} ${base.y + across.y}L${base.x - across.x} ${base.y - across.y}Z`;
}

/** In the middle of the longest piece along the flow: across it, edges share their way. */
export function middleOf(points: readonly Point[], direction: 'down' | 'right'): Point {
  let best = { from: points[0] ?? { x: 0, y: 0 }, to: points.at(-1) ?? { x: 0, y: 0 }, length: 0 };
  points.slice(1).forEach((to, index) => {
    const from = points[index] as Point;
    const length = Math.abs(direction === 'down' ? to.y - from.y : to.x - from.x);
    if (length > best.length) best = { from, to, length };
  });
  return { x: (best.from.x + best.to.x) / 2, y: (best.from.y + best.to.y) / 2 };
}

export function distanceTo(points: readonly Point[], at: Point): number {
  let least = Number.POSITIVE_INFINITY;
  points.slice(1).forEach((to, index) => {
    const from = points[index] as Point;
    const length = distance(from, to);
    const share =
      length === 0 ? 0 : ((at.x - from.x) * (to.x - from.x) + (at.y - from.y) * (to.y - from.y)) / (length * length);
    const within = Math.min(1, Math.max(0, share));
    least = Math.min(
      least,
      distance(at, { x: from.x + (to.x - from.x) * within, y: from.y + (to.y - from.y) * within }),
    );
  });
  return least;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to);
  if (length === 0) return from;
  return { x: from.x + ((to.x - from.x) * by) / length, y: from.y + ((to.y - from.y) * by) / length };
}
