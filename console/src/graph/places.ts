/** Where on the drawing a state can be put. */
import type { Place, StatePath, Workflow } from '../asl/types';
import { distanceTo, middleOf } from '../layout/path';
import { labelWidth } from '../layout/sizes';
import type { EdgePath, Layout, NodeBox } from '../layout/types';
import type { GraphProps } from './types';

type Point = EdgePath['points'][number];

export interface Spot {
  place: Place;
  edge: EdgePath;
  /** Where its `+` stands. */
  at: Point;
}

/** null: nothing can follow a Succeed. */
export function placeOf(edge: EdgePath, workflow: Workflow): Place | null {
  if (edge.transition) return { kind: 'edge', transition: edge.transition.pointer };
  if (edge.kind === 'start') return { kind: 'start', scope: edge.scope };
  const state = workflow.states.get(edge.source);
  return state && state.type !== 'Succeed' ? { kind: 'end', state: state.path } : null;
}

export function spotsOf(drawing: Layout, workflow: Workflow, direction: 'down' | 'right'): Spot[] {
  return drawing.edges.flatMap((edge) => {
    const place = placeOf(edge, workflow);
    if (!place) return [];
    const middle = middleOf(edge.points, direction);
    const at = edge.labelAt ? { x: edge.labelAt.x + labelWidth(edge.label) / 2 + 11, y: edge.labelAt.y } : middle;
    return [{ place, edge, at }];
  });
}

/** The spot nearest to a point, in the innermost scope there; `moving` cannot go into itself or to where it is. */
export function nearestSpot(
  drawing: Layout,
  spots: readonly Spot[],
  at: Point,
  moving: readonly StatePath[] = [],
): Spot | null {
  const isMoved = (path: string) => moving.some((state) => path === state || path.startsWith(`${state}/`));
  const inside = drawing.nodes.filter((node) => node.isContainer && contains(node, at) && !isMoved(node.id));
  const deepest = inside.reduce<NodeBox | null>(
    (found, node) => (found && found.depth > node.depth ? found : node),
    null,
  );
  const inScope = spots.filter(({ edge }) =>
    deepest ? edge.scope.startsWith(`${deepest.id}/`) && !isDeeper(edge.scope, deepest.id) : edge.scope === '',
  );
  const usable = inScope.filter(({ edge }) => {
    if (isMoved(edge.source) && isMoved(edge.target)) return false;
    return moving.length !== 1 || (!isMoved(edge.source) && !isMoved(edge.target));
  });
  let best: Spot | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const spot of usable) {
    const away = distanceTo(spot.edge.points, at);
    if (away < least) {
      least = away;
      best = spot;
    }
  }
  return best;
}

/** A scope of a state inside, not of the container itself. */
function isDeeper(scope: string, container: StatePath): boolean {
  return scope.slice(container.length).includes('/States/');
}

export function contains(box: { x: number; y: number; width: number; height: number }, at: Point): boolean {
  return at.x >= box.x && at.x <= box.x + box.width && at.y >= box.y && at.y <= box.y + box.height;
}

/** Start, End and their edges, as far as the execution came by. */
export function reachedTerminals(edges: readonly EdgePath[], statuses: GraphProps['statuses']): ReadonlySet<string> {
  const reached = new Set<string>();
  if (!statuses) return reached;
  for (const edge of edges) {
    const target = statuses.get(edge.target);
    const source = statuses.get(edge.source);
    if (edge.kind === 'start' && target && target.status !== 'idle') reached.add(edge.id).add(edge.source);
    if (edge.kind === 'end' && source?.status === 'succeeded') reached.add(edge.id).add(edge.target);
  }
  return reached;
}
