/** Where a visit stands among items and branches, and what a graph shows of one of them. */
import type { StatePath, Workflow } from '../asl/types';
import type { NodeStatus } from '../graph/types';
import { Statuses } from './statuses';
import { takenTransition } from './transitions';
import type { CompactEvent, ExecutionView, Frame, Visit } from './types';

export function eventOf(view: ExecutionView, id: number): CompactEvent | undefined {
  // Ids count from 1 without gaps, unless something is loaded from its middle on.
  const there = view.events[id - 1];
  return there?.id === id ? there : view.events.find((event) => event.id === id);
}

/** The visit that an event belongs to; of one that is not there yet undefined. */
export function visitOf(view: ExecutionView, event: number | undefined): Visit | undefined {
  const id = event === undefined ? undefined : view.visitOf[event];
  return id === undefined ? undefined : view.visits[id];
}

/** From the outermost frame to this one. */
export function chainOf(view: ExecutionView, frame: string): Frame[] {
  const chain: Frame[] = [];
  let at = view.frames.get(frame);
  while (at) {
    chain.unshift(at);
    const holder: Visit | undefined = at.parent === null ? undefined : view.visits[at.parent];
    at = holder && view.frames.get(holder.frame);
  }
  return chain;
}

/** Frames of a Map or Parallel as it stands: of an index that was tried again, the last. */
export function childrenOf(view: ExecutionView, visit: Visit): Frame[] {
  const attempt = Math.max(0, ...visit.frames.slice(-1).map((id) => view.frames.get(id)?.attempt ?? 0));
  return visit.frames.flatMap((id) => {
    const frame = view.frames.get(id);
    return frame?.attempt === attempt ? [frame] : [];
  });
}

export function frameLabel(view: ExecutionView, frame: Frame): string {
  const holder = frame.parent === null ? undefined : view.visits[frame.parent];
  if (!holder) return 'Execution';
  return holder.type === 'Map' ? `Item ${frame.index}` : `Branch ${(frame.index ?? 0) + 1}`;
}

/** `Item 3 › Branch 1`; '' outside of Maps and Parallels. */
export function placeLabel(view: ExecutionView, { frame }: Visit): string {
  const inner = chainOf(view, frame).slice(1);
  return inner.map((frame) => frameLabel(view, frame)).join(' › ');
}

/** `Restart each › Item 3 › Reboot`. */
export function pathLabel(view: ExecutionView, visit: Visit): string {
  const around = chainOf(view, visit.frame).flatMap((frame) => {
    const holder = frame.parent === null ? undefined : view.visits[frame.parent];
    return holder ? [holder.name, frameLabel(view, frame)] : [];
  });
  return [...around, visit.name].join(' › ');
}

/** The last visit of each state. */
function latest(view: ExecutionView, frame: Frame): Visit[] {
  const states = new Map<StatePath, Visit>();
  for (const id of frame.visits) {
    const visit = view.visits[id];
    if (visit) states.set(visit.state, visit);
  }
  return [...states.values()];
}

/** What happened on the way to this item or branch and inside it; nothing of its siblings. */
export function pictureOf(
  view: ExecutionView,
  workflow: Workflow | null,
  frame: string,
): { statuses: ReadonlyMap<StatePath, NodeStatus>; walked: ReadonlySet<string> } {
  if (frame === '' || !view.frames.has(frame)) return view;
  const statuses = new Statuses();
  const walked = new Set<string>();
  const chain = chainOf(view, frame);
  const show = (frame: Frame, isInside: boolean) => {
    for (const [index, id] of frame.visits.entries()) {
      const visit = view.visits[id];
      const before = view.visits[frame.visits[index - 1] ?? -1];
      const transition = visit && before && takenTransition(workflow, before, visit);
      if (transition) walked.add(transition.pointer);
    }
    for (const visit of latest(view, frame)) {
      statuses.enter(visit);
      statuses.attempt(visit);
      const children = childrenOf(view, visit);
      if (visit.type === 'Map' && visit.length !== undefined)
        statuses.progress(visit.state, progressOf(visit, children));
      if (isInside) for (const child of children) show(child, true);
    }
  };
  for (const one of chain) show(one, one.id === frame);
  return { statuses: statuses.all(), walked };
}

function progressOf(visit: Visit, items: Frame[]): Required<NodeStatus>['progress'] {
  const count = (...those: Frame['status'][]) => items.filter(({ status }) => those.includes(status)).length;
  return {
    total: visit.length ?? items.length,
    succeeded: count('succeeded'),
    failed: count('failed', 'aborted'),
    running: count('running'),
  };
}

/** Of many visits of a state the one that people look for: one that failed, else one that runs, else the last. */
export function representative(view: ExecutionView, state: StatePath, frame: string): Visit | undefined {
  const around = new Set(chainOf(view, frame).map(({ id }) => id));
  let best: Visit | undefined;
  for (const visit of view.visits) {
    if (visit.state !== state || (best && rank(visit) < rank(best))) continue;
    if (frame === '' || around.has(visit.frame) || isInside(view, visit, frame)) best = visit;
  }
  return best;
}

function rank({ status }: Visit): number {
  if (status === 'failed' || status === 'timedOut') return 2;
  return status === 'running' || status === 'retrying' ? 1 : 0;
}

function isInside(view: ExecutionView, visit: Visit, frame: string): boolean {
  let at: Visit | undefined = visit;
  while (at && at.frame !== frame) {
    const parent: number | null | undefined = view.frames.get(at.frame)?.parent;
    at = parent === null || parent === undefined ? undefined : view.visits[parent];
  }
  return at !== undefined;
}

/** Items of a Map, by index; those that have not begun are undefined. */
export function itemsOf(view: ExecutionView, visit: Visit): (Frame | undefined)[] {
  const begun = childrenOf(view, visit);
  const items: (Frame | undefined)[] = new Array(Math.max(visit.length ?? 0, begun.length)).fill(undefined);
  for (const frame of begun) items[frame.index ?? 0] = frame;
  return items;
}

/** Where an item or branch stands, or ended: its last visit; of one that failed deep inside, the one that did. */
export function endOf(view: ExecutionView, frame: Frame): Visit | undefined {
  const last = view.visits[frame.visits.at(-1) ?? -1];
  if (!last || (last.status !== 'failed' && last.status !== 'running')) return last;
  const child = childrenOf(view, last).find(({ status }) => status === last.status);
  return (child && endOf(view, child)) ?? last;
}
