/** Where the arrow keys lead: along the edges, and to what stands beside. */
import type { StatePath, Workflow } from '../asl/types';
import type { Layout, NodeBox } from '../layout/types';

export type Step = 'onward' | 'back' | 'before' | 'after' | 'first' | 'last';

/** What a key means, for a drawing that runs down or to the right. */
export function stepOf(key: string, direction: 'down' | 'right'): Step | null {
  const down: Record<string, Step> = { ArrowDown: 'onward', ArrowUp: 'back', ArrowLeft: 'before', ArrowRight: 'after' };
  const right: Record<string, Step> = {
    ArrowRight: 'onward',
    ArrowLeft: 'back',
    ArrowUp: 'before',
    ArrowDown: 'after',
  };
  if (key === 'Home') return 'first';
  if (key === 'End') return 'last';
  return (direction === 'down' ? down : right)[key] ?? null;
}

export function walk(
  drawing: Layout,
  workflow: Workflow,
  from: StatePath | null,
  step: Step,
  direction: 'down' | 'right',
): StatePath | null {
  const boxes = new Map(drawing.nodes.flatMap((node) => (node.state === null ? [] : [[node.state, node] as const])));
  const states = [...boxes.keys()];
  const at = from === null ? undefined : boxes.get(from);
  if (step === 'first' || !at) return workflow.scopes.get('')?.start ?? states[0] ?? null;
  if (step === 'last') return states.at(-1) ?? null;
  const path = at.state as StatePath;
  if (step === 'onward') return onward(drawing, workflow, path, boxes);
  if (step === 'back') {
    const into = drawing.edges.find((edge) => edge.target === path && !edge.isLoop && boxes.has(edge.source));
    return into?.source ?? workflow.scopes.get(at.scope)?.parent ?? null;
  }
  return beside(at, [...boxes.values()], step === 'after' ? 1 : -1, direction);
}

function onward(
  drawing: Layout,
  workflow: Workflow,
  path: StatePath,
  boxes: ReadonlyMap<StatePath, NodeBox>,
): StatePath | null {
  if (boxes.get(path)?.isContainer) {
    for (const scope of workflow.states.get(path)?.scopes ?? []) {
      const start = workflow.scopes.get(scope)?.start;
      if (start && boxes.has(start)) return start;
    }
  }
  for (let at: StatePath | null = path; at !== null; ) {
    const scope: string = workflow.states.get(at)?.scope ?? '';
    const out = drawing.edges.filter((edge) => edge.source === at && boxes.has(edge.target));
    // The straightest edge is the main one; a loop only when there is nothing else.
    const best = out.sort((a, b) => Number(a.isLoop) - Number(b.isLoop) || a.points.length - b.points.length)[0];
    if (best && (!best.isLoop || at === path)) return best.target;
    at = workflow.scopes.get(scope)?.parent ?? null;
  }
  return null;
}

/** The nearest node that stands wholly on that side, what is level with it first. */
function beside(at: NodeBox, boxes: readonly NodeBox[], sign: 1 | -1, direction: 'down' | 'right'): StatePath | null {
  const middle = (box: NodeBox) => ({ x: box.x + box.width / 2, y: box.y + Math.min(box.height, 44) / 2 });
  const own = middle(at);
  let best: StatePath | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const box of boxes) {
    const other = middle(box);
    const [across, along] =
      direction === 'down' ? [other.x - own.x, other.y - own.y] : [other.y - own.y, other.x - own.x];
    if (box === at || across * sign < 10) continue;
    const cost = Math.abs(across) + 3 * Math.abs(along);
    if (cost < least) {
      least = cost;
      best = box.state;
    }
  }
  return best;
}
