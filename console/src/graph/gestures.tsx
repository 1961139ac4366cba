import type { Spot } from './places';

/** The line where what is dragged would go, across its edge. */
export function Insertion({ spot: { at, edge }, direction }: { spot: Spot; direction: 'down' | 'right' }) {
  const place = edge.labelAt
    ? { left: edge.labelAt.x, top: edge.labelAt.y + (direction === 'down' ? 14 : 0) }
    : { left: at.x, top: at.y };
  return <div className={`sw-insertion is-${direction}`} data-testid="graph-insertion" style={place} />;
}

export function Retargeting({ line: { from, to } }: { line: Record<'from' | 'to', { x: number; y: number }> }) {
  return (
    <svg className="sw-retargeting" width="1" height="1" aria-hidden="true">
      <path d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />
      <circle cx={to.x} cy={to.y} r="5" />
    </svg>
  );
}
