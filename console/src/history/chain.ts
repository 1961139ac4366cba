/** What is known of an execution so far, where the next event belongs in it, and the counts that change with it. */
import type { StatePath, Workflow } from '../asl/types';
import { Names } from './names';
import { Statuses } from './statuses';
import type { Attempt, CompactEvent, Frame, Visit } from './types';

export class Chain {
  protected readonly events: CompactEvent[] = [];
  protected readonly visits: Visit[] = [];
  protected readonly frames = new Map<string, Frame>();
  protected readonly names: Names;
  /** By the id of an event. */
  protected readonly byId: CompactEvent[] = [];
  protected readonly visitOf: (number | undefined)[] = [];
  protected readonly frameOf: Frame[] = [];
  /** Items and branches of the running attempt of each Map or Parallel, by index. */
  protected readonly children = new Map<Visit, Map<number, Frame>>();

  protected readonly statuses = new Statuses();
  /** Visits that count in `statuses`: a frame's last one of each state. */
  protected readonly latest = new Map<Frame, Map<StatePath, Visit>>();

  constructor(protected readonly workflow: Workflow | null) {
    this.names = new Names(workflow);
  }

  protected root(event: CompactEvent): Frame {
    const root = this.frames.get('');
    if (root) return root;
    return this.addFrame({ id: '', parent: null, index: null, attempt: 1, scope: '' }, event.at);
  }

  protected addFrame(named: Omit<Frame, 'visits' | 'status' | 'startMillis' | 'stopMillis'>, at: number): Frame {
    const frame: Frame = { ...named, visits: [], status: 'running', startMillis: at, stopMillis: null };
    this.frames.set(frame.id, frame);
    if (frame.parent !== null) this.visits[frame.parent]?.frames.push(frame.id);
    return frame;
  }

  protected addChild(parent: Visit, index: number, scope: string, at: number): Frame {
    const attempt = parent.attempts.filter(({ isRedriven }) => !isRedriven).length;
    const id = `${parent.id}.${attempt}.${index}`;
    const frame = this.frames.get(id) ?? this.addFrame({ id, parent: parent.id, index, attempt, scope }, at);
    const children = this.children.get(parent) ?? new Map();
    this.children.set(parent, children.set(index, frame));
    return frame;
  }

  protected visitBefore(event: CompactEvent): Visit | undefined {
    const id = this.visitOf[event.prev];
    return id === undefined ? undefined : this.visits[id];
  }

  protected frame(visit: Visit): Frame {
    return this.frames.get(visit.frame) as Frame;
  }

  protected parent(visit: Visit): Visit | undefined {
    const parent = this.frame(visit).parent;
    return parent === null ? undefined : this.visits[parent];
  }

  /** The innermost visit around the event before this one that is not over and fits. */
  protected around(event: CompactEvent, fits: (visit: Visit) => boolean): Visit | undefined {
    let visit = this.visitBefore(event);
    while (visit && !(visit.exited === null && fits(visit))) visit = this.parent(visit);
    return visit;
  }

  protected note(event: CompactEvent, visit: Visit | undefined, frame?: Frame) {
    if (!visit) return;
    visit.events.push(event.id);
    this.visitOf[event.id] = visit.id;
    this.frameOf[event.id] = frame ?? this.frame(visit);
  }

  protected count(frame: Frame, visit: Visit) {
    const states = this.latest.get(frame) ?? new Map<StatePath, Visit>();
    this.latest.set(frame, states);
    const earlier = states.get(visit.state);
    if (earlier) this.statuses.leave(earlier);
    states.set(visit.state, visit);
    this.statuses.enter(visit);
  }

  protected running(visit: Visit): Attempt | undefined {
    const last = visit.attempts.at(-1);
    return last?.status === 'running' ? last : undefined;
  }

  protected endAttempt(attempt: Attempt, status: Attempt['status'], event: CompactEvent) {
    attempt.status = status;
    attempt.stopMillis = event.at;
    if (event.error !== undefined) attempt.error = event.error;
    if (event.cause !== undefined) attempt.cause = event.cause;
  }

  protected endFrame(frame: Frame, status: Frame['status'], event: CompactEvent) {
    if (frame.status !== 'running') return;
    frame.status = status;
    frame.stopMillis = event.at;
    this.progressOf(frame, -1);
  }

  protected progressOf(frame: Frame, running: number) {
    const parent = frame.parent === null ? undefined : this.visits[frame.parent];
    if (parent?.type !== 'Map') return;
    const ended = frame.status === 'succeeded' ? { succeeded: -running } : { failed: -running };
    this.statuses.progress(parent.state, { running, ...ended });
  }

  /** A further attempt: the graph shows what happens in it, not in those before. */
  protected forget(visit: Visit) {
    const frames = this.children.get(visit);
    if (!frames) return;
    for (const frame of frames.values()) {
      for (const inner of this.latest.get(frame)?.values() ?? []) {
        this.statuses.leave(inner);
        this.forget(inner);
      }
      this.latest.delete(frame);
      if (visit.type === 'Map') {
        const { status } = frame;
        const key = status === 'running' || status === 'succeeded' ? status : 'failed';
        this.statuses.progress(visit.state, { [key]: -1 });
      }
    }
    if (visit.length !== undefined) this.statuses.progress(visit.state, { total: -visit.length });
    this.children.delete(visit);
  }

  protected set(visit: Visit, status: Visit['status'], stopMillis: number | null = visit.stopMillis) {
    const from = visit.status;
    visit.status = status;
    visit.stopMillis = stopMillis;
    if (from !== status && this.latest.get(this.frame(visit))?.get(visit.state) === visit)
      this.statuses.change(visit, from);
  }
}
