/** What the graph shows of each state: many visits, in many frames, put together. */
import type { StatePath } from '../asl/types';
import type { NodeStatus } from '../graph/types';
import type { Visit } from './types';

/** The first of these that any visit has. */
const order = ['failed', 'timedOut', 'retrying', 'running', 'aborted', 'caught', 'succeeded'] as const;

type Counts = Record<(typeof order)[number], number>;

interface Tally {
  counts: Counts;
  entered: number;
  attempts: number;
  progress: Required<NodeStatus>['progress'] | null;
}

/** Counts that are kept while events come, so that a new event costs the same however many there were. */
export class Statuses {
  private readonly tallies = new Map<StatePath, Tally>();

  private tally(state: StatePath): Tally {
    let tally = this.tallies.get(state);
    if (!tally) {
      const counts = { failed: 0, timedOut: 0, retrying: 0, running: 0, aborted: 0, caught: 0, succeeded: 0 };
      tally = { counts, entered: 0, attempts: 0, progress: null };
      this.tallies.set(state, tally);
    }
    return tally;
  }

  enter(visit: Visit) {
    const tally = this.tally(visit.state);
    tally.counts[visit.status] += 1;
    tally.entered += 1;
  }

  /** A later visit or attempt stands for it now. */
  leave(visit: Visit) {
    this.tally(visit.state).counts[visit.status] -= 1;
  }

  change(visit: Visit, from: Visit['status']) {
    const tally = this.tally(visit.state);
    tally.counts[from] -= 1;
    tally.counts[visit.status] += 1;
  }

  attempt(visit: Visit) {
    const tally = this.tally(visit.state);
    tally.attempts = Math.max(tally.attempts, visit.attempts.length);
  }

  progress(state: StatePath, change: Partial<Required<NodeStatus>['progress']>) {
    const tally = this.tally(state);
    tally.progress ??= { total: 0, succeeded: 0, failed: 0, running: 0 };
    for (const key of Object.keys(change) as (keyof typeof change)[]) tally.progress[key] += change[key] ?? 0;
  }

  all(): Map<StatePath, NodeStatus> {
    const all = new Map<StatePath, NodeStatus>();
    for (const [state, { counts, entered, attempts, progress }] of this.tallies) {
      const status: NodeStatus = { status: order.find((status) => counts[status] > 0) ?? 'idle', entered };
      if (attempts > 0) status.attempts = attempts;
      if (progress) status.progress = { ...progress };
      all.set(state, status);
    }
    return all;
  }
}
