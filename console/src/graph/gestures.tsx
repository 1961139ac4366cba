import type { Spot } from './places';

/** The line where what is dragged would go. */
export function Insertion({ spot: { at, edge } }: { spot: Spot }) {
  const near = edge.points.reduce(
    (best, point, index) => {
      const next = edge.points[index + 1];
      if (!next) return best;
      const length = Math.hypot(next.x - point.x, next.y - point.y);
      return length > best.length ? { length, isAcross: point.y === next.y } : best;
    },
    { length: -1, isAcross: false },
  );
  return (
    <div
      className={`sw-insertion ${near.isAcross ? 'is-across' : ''}`}
      data-testid="graph-insertion"
      style={{ left: edge.labelAt?.x ?? at.x, top: edge.labelAt ? edge.labelAt.y + 14 : at.y }}
    />
  );
}

export function Retargeting({ line: { from, to } }: { line: Record<'from' | 'to', { x: number; y: number }> }) {
  return (
    <svg className="sw-retargeting" width="1" height="1" aria-hidden="true">
      <path d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />
      <circle cx={to.x} cy={to.y} r="5" />
    </svg>
  );
}
