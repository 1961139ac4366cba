/** The edges, in one drawing below the nodes, and above them their labels and what can be done with an edge. */
import { memo } from 'react';
import type { StatePath } from '../asl/types';
import { arrowPath, roundedPath } from '../layout/path';
import { labelText, labelWidth } from '../layout/sizes';
import type { EdgePath } from '../layout/types';
import type { Spot } from './places';

export interface EdgeLook {
  isWalked: boolean;
  /** Of a state that is selected or under the pointer. */
  isLit: boolean;
  isDropSpot: boolean;
}

const Edge = memo(
  ({ edge, isWalked, isLit, isDropSpot }: { edge: EdgePath } & EdgeLook) => {
    const classes = ['sw-edge', `is-${edge.kind}`];
    if (isWalked) classes.push('is-walked');
    if (isLit) classes.push('is-lit');
    if (isDropSpot) classes.push('is-drop-spot');
    return (
      <g className={classes.join(' ')} data-testid="graph-edge" data-edge={edge.id}>
        <path d={roundedPath(edge.points)} />
        <path className="sw-arrow" d={arrowPath(edge.points)} />
      </g>
    );
  },
  (a, b) =>
    a.isWalked === b.isWalked &&
    a.isLit === b.isLit &&
    a.isDropSpot === b.isDropSpot &&
    a.edge.kind === b.edge.kind &&
    samePoints(a.edge, b.edge),
);

function samePoints(a: EdgePath, b: EdgePath): boolean {
  return (
    a.points.length === b.points.length &&
    a.points.every((point, index) => point.x === b.points[index]?.x && point.y === b.points[index]?.y)
  );
}

interface Drawn {
  edges: readonly EdgePath[];
  look(edge: EdgePath): EdgeLook;
}

export function EdgeLayer({ edges, look, width, height }: Drawn & { width: number; height: number }) {
  const order = (edge: EdgePath) => {
    const { isWalked, isLit, isDropSpot } = look(edge);
    return Number(isWalked) + 2 * Number(isLit) + 4 * Number(isDropSpot);
  };
  // What is emphasised lies above what crosses it.
  const sorted = [...edges].sort((a, b) => order(a) - order(b));
  return (
    <svg className="sw-edges" width={width} height={height} aria-hidden="true">
      {sorted.map((edge) => (
        <Edge key={edge.id} edge={edge} {...look(edge)} />
      ))}
    </svg>
  );
}

export function LabelLayer({ edges, look }: Drawn) {
  return (
    <div className="sw-labels" aria-hidden="true">
      {edges.map((edge) => {
        if (!edge.labelAt) return null;
        const { isWalked, isLit } = look(edge);
        return (
          <span
            key={edge.id}
            className={`sw-edge-label is-${edge.kind} ${isWalked ? 'is-walked' : ''} ${isLit ? 'is-lit' : ''}`}
            style={{ left: edge.labelAt.x, top: edge.labelAt.y, width: labelWidth(edge.label) }}
            title={edge.label}
          >
            {labelText(edge.label)}
          </span>
        );
      })}
    </div>
  );
}

/** A `+` on each edge. They are not tab stops: on the keyboard `+` on a state does the same. */
export function SpotLayer({
  spots,
  nameOf,
  isLit,
  pick,
}: {
  spots: readonly Spot[];
  nameOf(id: string): string;
  isLit(edge: EdgePath): boolean;
  pick(spot: Spot, at: { x: number; y: number }): void;
}) {
  return (
    <div className="sw-spots">
      {spots.map((spot) => (
        <button
          key={spot.edge.id}
          type="button"
          tabIndex={-1}
          className={`sw-spot nopan ${isLit(spot.edge) ? 'is-lit' : ''}`}
          data-testid="graph-add"
          style={{ left: spot.at.x, top: spot.at.y }}
          aria-label={`Add a state between ${nameOf(spot.edge.source)} and ${nameOf(spot.edge.target)}`}
          onClick={(event) => {
            event.stopPropagation();
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            pick(spot, { x: left, y: bottom });
          }}
        >
          <svg viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
            <path d="M8 2v12M2 8h12" />
          </svg>
        </button>
      ))}
    </div>
  );
}

/** A grip at the end of each edge of a selected state, to be dragged onto another state. */
export function GripLayer({
  edges,
  sources,
  press,
}: {
  edges: readonly EdgePath[];
  sources: ReadonlySet<StatePath>;
  press(edge: EdgePath, event: React.PointerEvent): void;
}) {
  return (
    <div className="sw-grips" aria-hidden="true">
      {edges.map((edge) => {
        const end = edge.points.at(-1);
        if (!edge.transition || !end || !sources.has(edge.source)) return null;
        return (
          <div
            key={edge.id}
            className="sw-grip nopan"
            data-testid="graph-grip"
            data-edge={edge.id}
            title="Drag to another state"
            style={{ left: end.x, top: end.y }}
            onPointerDown={(event) => press(edge, event)}
          />
        );
      })}
    </div>
  );
}
