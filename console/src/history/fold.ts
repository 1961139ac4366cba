/**
 * From the events of an execution to what they mean. Events are chained by `prev`; the chain says which frame (the machine's walk, a
 * branch's, an item's) and which visit of a state each belongs to. Where AWS's chain jumps (a Map's end follows an event inside its
 * last item), the search goes outwards from there.
 *
 * Events are appended one by one, at a cost that does not grow with those before.
 */
import type { Workflow } from '../asl/types';
import { Chain } from './chain';
import { catcherOf, willRetry } from './errors';
import { takenTransition } from './transitions';
import type { Attempt, CompactEvent, ExecutionView, Frame, Visit } from './types';

export function fold(
  workflow: Workflow | null,
  events: readonly CompactEvent[],
  upTo = Number.POSITIVE_INFINITY,
): ExecutionView {
  const history = new History(workflow);
  history.append(upTo === Number.POSITIVE_INFINITY ? events : events.filter(({ id }) => id <= upTo));
  return history.view();
}

const callEvent =
  /^(Task|LambdaFunction|Activity)(Schedule|Start|Submit)?(Scheduled|Started|Submitted|Succeeded|Failed|TimedOut)$/;
const failing = new Set<Visit['status']>(['failed', 'timedOut']);

export class History extends Chain {
  private readonly walked = new Set<string>();
  private readonly redrives: number[] = [];
  private readonly unknown = new Set<string>();
  private status: ExecutionView['status'] = 'RUNNING';
  private startMillis: number | null = null;
  private stopMillis: number | null = null;
  private error?: string;
  private cause?: string;
  private failure: Visit | null = null;

  /** Not exited, and not given up either: what a redrive goes on with. */
  private readonly open = new Set<Visit>();
  /** Maps and Parallels whose attempt has ended in failure or abortion. */
  private readonly settled = new Set<Visit>();

  append(events: readonly CompactEvent[]) {
    for (const event of events) {
      // What comes twice, when a stream goes on, is taken once.
      if (this.byId[event.id]) continue;
      this.events.push(event);
      this.byId[event.id] = event;
      this.take(event);
    }
  }

  view(): ExecutionView {
    return {
      events: this.events,
      frames: this.frames,
      visits: this.visits,
      statuses: this.statuses.all(),
      walked: new Set(this.walked),
      status: this.status,
      startMillis: this.startMillis,
      stopMillis: this.stopMillis,
      error: this.error,
      cause: this.cause,
      failure: this.failure,
      redrives: this.redrives,
      visitOf: this.visitOf,
      unknown: this.unknown,
    };
  }

  private take(event: CompactEvent) {
    const { type } = event;
    this.frameOf[event.id] = this.frameOf[event.prev] ?? this.root(event);
    if (type.startsWith('Execution')) this.execution(event);
    else if (type.endsWith('StateEntered')) this.entered(event);
    else if (type.endsWith('StateExited')) this.exited(event);
    else if (type.endsWith('StateAborted')) this.aborted(event);
    else if (type.startsWith('MapIteration')) this.iteration(event);
    else if (type.startsWith('MapRun')) this.mapRun(event);
    else if (/^(Map|Parallel)State/.test(type)) this.container(event);
    else if (type === 'EvaluationFailed') this.evaluationFailed(event);
    else if (callEvent.test(type)) this.call(event);
    else {
      this.unknown.add(type);
      this.note(event, this.visitBefore(event));
    }
  }

  // ---- states

  private entered(event: CompactEvent) {
    const name = event.name ?? '';
    let frame = event.prev === 0 ? this.root(event) : (this.frameOf[event.prev] as Frame);
    if (this.byId[event.prev]?.type === 'ParallelStateStarted') {
      const parallel = this.visitBefore(event) as Visit;
      const taken = new Set(this.children.get(parallel)?.keys());
      const { scope, index } = this.names.branch(parallel.state, name, taken);
      frame = this.addChild(parallel, index, scope, event.at);
    }
    const state = this.names.path(frame.scope, name);
    const type = event.type.slice(0, -'StateEntered'.length);
    const before = this.visits[frame.visits.at(-1) ?? -1];
    const visit: Visit = {
      id: this.visits.length,
      state,
      name,
      type,
      frame: frame.id,
      entered: event.id,
      exited: null,
      startMillis: event.at,
      stopMillis: null,
      status: 'running',
      attempts: [],
      events: [],
      frames: [],
    };
    if (type === 'Fail') {
      const { Error: error, Cause: cause } = this.names.state(state)?.value ?? {};
      visit.status = 'failed';
      visit.stopMillis = event.at;
      if (typeof error === 'string' && !error.startsWith('{%')) visit.error = error;
      if (typeof cause === 'string' && !cause.startsWith('{%')) visit.cause = cause;
    }
    this.visits.push(visit);
    frame.visits.push(visit.id);
    this.open.add(visit);
    this.note(event, visit, frame);
    this.count(frame, visit);
    if (before) this.walk(before, visit);
    if (type === 'Fail') this.fails(visit, event);
  }

  private walk(before: Visit, visit: Visit) {
    if (before.exited === null) {
      // A redriven Fail state is entered again.
      this.open.delete(before);
      if (before.status === 'running') this.set(before, 'failed', visit.startMillis);
      return;
    }
    const transition = takenTransition(this.workflow, before, visit);
    if (!transition) return;
    this.walked.add(transition.pointer);
    // Errors without an event of their own (an output that could not be made) show by where they lead.
    if (transition.kind === 'catch' && before.status === 'succeeded') this.set(before, 'caught');
  }

  private exited(event: CompactEvent) {
    const visit = this.around(event, ({ name }) => name === event.name);
    this.note(event, visit);
    if (!visit) return;
    visit.exited = event.id;
    const attempt = this.running(visit);
    if (attempt) this.endAttempt(attempt, 'succeeded', event);
    this.open.delete(visit);
    this.settled.delete(visit);
    this.giveUp(visit, event);
    this.set(visit, visit.error === undefined ? 'succeeded' : 'caught', event.at);
    const frame = this.frame(visit);
    const parent = this.parent(visit);
    if (parent?.type === 'Parallel' && this.names.state(visit.state)?.isEnd) this.endFrame(frame, 'succeeded', event);
  }

  private aborted(event: CompactEvent) {
    const type = event.type.slice(0, -'StateAborted'.length);
    const visit = this.around(event, (visit) => visit.type === type && !this.settled.has(visit));
    this.note(event, visit);
    if (!visit) return;
    const attempt = this.running(visit);
    if (attempt) this.endAttempt(attempt, 'aborted', event);
    if (type === 'Map' || type === 'Parallel') {
      this.settled.add(visit);
      this.abortInside(visit, event);
    }
    if (!failing.has(visit.status)) this.set(visit, 'aborted', event.at);
  }

  // ---- attempts

  private beginAttempt(visit: Visit, event: CompactEvent): Attempt {
    const last = visit.attempts.at(-1);
    // A redrive begins one before any event of it comes.
    if (last?.isRedriven && last.status === 'running' && this.byId[last.event]?.type === 'ExecutionRedriven') {
      last.event = event.id;
      last.startMillis = event.at;
      return last;
    }
    const attempt: Attempt = {
      number: visit.attempts.length + 1,
      startMillis: event.at,
      stopMillis: null,
      status: 'running',
      event: event.id,
    };
    visit.attempts.push(attempt);
    visit.error = undefined;
    visit.cause = undefined;
    this.set(visit, 'running', null);
    this.statuses.attempt(visit);
    return attempt;
  }

  private call(event: CompactEvent) {
    const visit = this.visitBefore(event);
    this.note(event, visit);
    if (!visit) return;
    if (event.resource !== undefined) visit.resource = event.resource;
    if (event.type.endsWith('Scheduled')) {
      this.beginAttempt(visit, event);
      return;
    }
    const attempt = this.running(visit);
    if (!attempt) return;
    if (event.type.endsWith('Started')) attempt.startedMillis = event.at;
    else if (event.type.endsWith('Submitted')) attempt.submittedMillis = event.at;
    else if (event.type.endsWith('Succeeded')) this.endAttempt(attempt, 'succeeded', event);
    else {
      const status = event.type.endsWith('TimedOut') ? 'timedOut' : 'failed';
      this.endAttempt(attempt, status, event);
      this.failsWith(visit, event, status);
    }
  }

  private evaluationFailed(event: CompactEvent) {
    // The chain goes on before the state was entered, maybe before its branch began.
    const before = this.visitBefore(event);
    const branches = before?.type === 'Parallel' ? this.children.get(before)?.values() : undefined;
    const frames = [this.frameOf[event.id] as Frame, ...(branches ?? [])];
    const lasts = frames.map(({ visits }) => this.visits[visits.at(-1) ?? -1]);
    const visit =
      lasts.find((last) => last?.exited === null && last.name === event.name) ??
      this.around(event, ({ name }) => name === event.name);
    this.note(event, visit);
    if (visit) this.failsWith(visit, event, 'failed');
  }

  private failsWith(visit: Visit, event: CompactEvent, status: 'failed' | 'timedOut') {
    visit.error = event.error ?? '';
    visit.cause = event.cause;
    if (willRetry(this.names.state(visit.state), visit.attempts, visit.error)) {
      this.set(visit, 'retrying', null);
      return;
    }
    this.set(visit, status, event.at);
    if (catcherOf(this.names.state(visit.state), visit.error) < 0) this.fails(visit, event);
  }

  /** A visit that fails takes its frame with it; the Map or Parallel around may try again. */
  private fails(visit: Visit, event: CompactEvent) {
    const frame = this.frame(visit);
    this.endFrame(frame, 'failed', event);
    const parent = this.parent(visit);
    const attempt = parent && this.running(parent);
    if (!parent || !attempt || visit.error === undefined) return;
    const failed: Attempt = { ...attempt, status: 'failed', error: visit.error, cause: visit.cause };
    if (!willRetry(this.names.state(parent.state), [...parent.attempts.slice(0, -1), failed], visit.error)) return;
    Object.assign(attempt, failed, { stopMillis: event.at });
    this.set(parent, 'retrying', null);
  }

  // ---- Map, Parallel

  private container(event: CompactEvent) {
    const type = event.type.startsWith('Map') ? 'Map' : 'Parallel';
    const visit = this.around(event, (visit) => visit.type === type && !this.settled.has(visit));
    this.note(event, visit);
    if (!visit) return;
    if (event.type.endsWith('Started')) {
      this.closeAttempt(visit, event);
      this.giveUp(visit, event);
      this.forget(visit);
      this.beginAttempt(visit, event);
      if (event.length !== undefined) {
        visit.length = event.length;
        this.statuses.progress(visit.state, { total: event.length });
      }
      return;
    }
    const attempt = this.running(visit) ?? visit.attempts.at(-1);
    if (event.type.endsWith('Succeeded')) {
      if (attempt) this.endAttempt(attempt, 'succeeded', event);
      for (const frame of this.children.get(visit)?.values() ?? []) this.endFrame(frame, 'succeeded', event);
      return;
    }
    const culprit = this.culprit(event);
    const failed = {
      ...event,
      error: culprit?.error ?? attempt?.error ?? visit.error,
      cause: culprit?.cause ?? visit.cause,
    };
    this.blame(event, visit);
    if (attempt) this.endAttempt(attempt, 'failed', failed);
    this.settled.add(visit);
    this.abortInside(visit, event);
    visit.error = failed.error ?? '';
    visit.cause = failed.cause;
    this.set(visit, 'failed', event.at);
    if (catcherOf(this.names.state(visit.state), visit.error) < 0) this.fails(visit, failed);
  }

  /** A second MapStateStarted says that the attempt before it failed. */
  private closeAttempt(visit: Visit, event: CompactEvent) {
    const attempt = this.running(visit);
    if (!attempt || this.byId[attempt.event]?.type === 'ExecutionRedriven') return;
    this.blame(event, visit);
    const culprit = this.culprit(event);
    this.endAttempt(attempt, 'failed', {
      ...event,
      at: culprit?.stopMillis ?? event.at,
      error: culprit?.error,
      cause: culprit?.cause,
    });
  }

  private iteration(event: CompactEvent) {
    const visit = this.around(
      event,
      ({ type, name }) => type === 'Map' && (event.name === undefined || name === event.name),
    );
    if (!visit) return;
    const index = event.index ?? 0;
    if (event.type === 'MapIterationStarted') {
      const known = this.children.get(visit)?.get(index);
      const frame = this.addChild(visit, index, this.names.itemScope(visit.state), event.at);
      if (known !== frame) this.statuses.progress(visit.state, { running: 1 });
      this.note(event, visit, frame);
      return;
    }
    const frame = this.children.get(visit)?.get(index);
    this.note(event, visit, frame);
    if (!frame) return;
    if (event.type === 'MapIterationSucceeded') this.endFrame(frame, 'succeeded', event);
    else if (event.type === 'MapIterationAborted') this.endFrame(frame, 'aborted', event);
    else {
      this.blame(event, visit);
      this.endFrame(frame, 'failed', event);
    }
  }

  private mapRun(event: CompactEvent) {
    const visit = this.around(event, ({ type }) => type === 'Map');
    this.note(event, visit);
    if (!visit) return;
    if (event.mapRunArn !== undefined) visit.mapRunArn = event.mapRunArn;
    if (event.type === 'MapRunRedriven') this.beginAttempt(visit, event);
    const attempt = this.running(visit);
    if (event.type === 'MapRunAborted' && attempt) this.endAttempt(attempt, 'aborted', event);
    if (event.type === 'MapRunFailed') {
      if (attempt) this.endAttempt(attempt, 'failed', event);
      this.failsWith(visit, event, 'failed');
    }
  }

  /** What failed inside without an event of its own, such as a state whose input could not be made. */
  private blame(event: CompactEvent, container: Visit | null) {
    const visit = this.visitBefore(event);
    if (!visit || visit === container || visit.exited !== null) return;
    if (visit.status === 'running' || visit.status === 'retrying') this.set(visit, 'failed', event.at);
    if (event.error !== undefined && visit.error === undefined) {
      visit.error = event.error;
      visit.cause = event.cause;
    }
  }

  /** The innermost visit whose failure made this event come. */
  private culprit(event: CompactEvent): Visit | null {
    let found: Visit | null = null;
    let at: CompactEvent | undefined = event;
    do {
      const visit = this.visitBefore(at);
      if (!visit || visit.exited !== null || !(failing.has(visit.status) || visit.status === 'retrying')) break;
      found = visit;
      at = this.byId[at.prev];
    } while (at && /^(MapState|ParallelState|MapIteration)Failed$/.test(at.type));
    return found;
  }

  /** What runs in a Map or Parallel that has failed ends with it. */
  private abortInside(visit: Visit, event: CompactEvent) {
    for (const frame of this.children.get(visit)?.values() ?? []) {
      const last = this.visits[frame.visits.at(-1) ?? -1];
      if (last?.exited === null && (last.status === 'running' || last.status === 'retrying')) {
        const attempt = this.running(last);
        if (attempt) this.endAttempt(attempt, 'aborted', { ...event, error: undefined, cause: undefined });
        this.set(last, 'aborted', event.at);
        this.abortInside(last, event);
      }
      this.endFrame(frame, 'aborted', event);
    }
  }

  /** Nothing inside goes on any more, not by a redrive either. */
  private giveUp(visit: Visit, event: CompactEvent) {
    if (visit.frames.length === 0) return;
    this.abortInside(visit, event);
    for (const frame of this.children.get(visit)?.values() ?? []) {
      const last = this.visits[frame.visits.at(-1) ?? -1];
      if (last && this.open.delete(last)) this.giveUp(last, event);
    }
  }

  // ---- the execution

  private execution(event: CompactEvent) {
    if (event.type === 'ExecutionStarted') {
      this.startMillis = event.at;
      return;
    }
    if (event.type === 'ExecutionRedriven') {
      this.redriven(event);
      return;
    }
    this.stopMillis = event.at;
    this.error = event.error;
    this.cause = event.cause;
    const root = this.frames.get('') as Frame;
    if (event.type === 'ExecutionSucceeded') {
      this.status = 'SUCCEEDED';
      this.endFrame(root, 'succeeded', event);
      return;
    }
    this.status =
      event.type === 'ExecutionFailed' ? 'FAILED' : event.type === 'ExecutionTimedOut' ? 'TIMED_OUT' : 'ABORTED';
    if (this.status === 'FAILED') {
      this.blame(event, null);
      this.failure = this.culprit(event);
      // Those around it failed with it, though they may have no event that says so.
      for (let around = this.failure && this.parent(this.failure); around; around = this.parent(around)) {
        if (around.status === 'running' || around.status === 'retrying') this.set(around, 'failed', event.at);
        this.endFrame(this.frame(around), 'failed', event);
      }
    }
    this.endFrame(root, this.status === 'FAILED' ? 'failed' : 'aborted', event);
    for (const visit of this.open) {
      const attempt = this.running(visit);
      if (attempt)
        this.endAttempt(attempt, failing.has(visit.status) ? 'failed' : 'aborted', { ...event, error: visit.error });
      if (visit.status === 'running' || visit.status === 'retrying') this.set(visit, 'aborted', event.at);
    }
    for (const frame of this.frames.values()) this.endFrame(frame, 'aborted', event);
  }

  /** Everything that had not ended well goes on where it was. */
  private redriven(event: CompactEvent) {
    this.redrives.push(event.id);
    this.status = 'RUNNING';
    this.stopMillis = null;
    this.error = undefined;
    this.cause = undefined;
    this.failure = null;
    this.settled.clear();
    for (const visit of this.open) {
      const frame = this.frame(visit);
      if (frame.status !== 'running') {
        this.progressOf(frame, 1);
        frame.status = 'running';
        frame.stopMillis = null;
      }
      if (visit.type === 'Wait' && visit.attempts.length === 0)
        visit.attempts.push({
          number: 1,
          startMillis: visit.startMillis,
          stopMillis: visit.stopMillis,
          status: 'aborted',
          event: visit.entered,
        });
      if (visit.attempts.length > 0) this.beginAttempt(visit, event).isRedriven = true;
      visit.error = undefined;
      visit.cause = undefined;
      this.set(visit, 'running', null);
    }
  }
}
