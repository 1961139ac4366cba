/** Two executions of one machine, state by state. */
import type { StatePath } from '../asl/types';
import type { NodeStatus } from '../graph/types';
import type { ExecutionView } from './types';

export interface Side {
  status: NodeStatus['status'];
  /** How often it was entered. */
  count: number;
  /** Of all its visits. */
  millis: number;
}

export interface Compared {
  state: StatePath;
  name: string;
  mine: Side | null;
  other: Side | null;
  /** Entered by one alone, another number of times, or to another end. */
  isDifferent: boolean;
}

export function compareVisits(mine: ExecutionView, other: ExecutionView): Compared[] {
  const [a, b] = [sidesOf(mine), sidesOf(other)];
  return [...new Set([...a.keys(), ...b.keys()])].map((state) => {
    const [one, two] = [a.get(state), b.get(state)];
    const isDifferent = one?.status !== two?.status || one?.count !== two?.count;
    return { state, name: (one ?? two)?.name ?? state, mine: one ?? null, other: two ?? null, isDifferent };
  });
}

function sidesOf(view: ExecutionView): Map<StatePath, Side & { name: string }> {
  const sides = new Map<StatePath, Side & { name: string }>();
  const end = view.stopMillis ?? view.events.at(-1)?.at ?? 0;
  for (const { state, name, startMillis, stopMillis } of view.visits) {
    const side = sides.get(state) ?? { status: view.statuses.get(state)?.status ?? 'idle', count: 0, millis: 0, name };
    side.count += 1;
    side.millis += (stopMillis ?? end) - startMillis;
    sides.set(state, side);
  }
  return sides;
}
