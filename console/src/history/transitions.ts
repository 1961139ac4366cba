import type { Transition, Workflow } from '../asl/types';
import { catcherOf } from './errors';
import type { Visit } from './types';

/** The transition that led from one visit to the next one of its frame. Of several to the same state the first that fits. */
export function takenTransition(workflow: Workflow | null, from: Visit, to: Visit): Transition | undefined {
  const state = workflow?.states.get(from.state);
  const there = state?.transitions.filter((transition) => transition.to === to.state) ?? [];
  const plain = there.find(({ kind }) => kind !== 'catch');
  if (from.error === undefined) return plain ?? there[0];
  const catcher = catcherOf(state, from.error);
  return (
    there.find(({ kind, index }) => kind === 'catch' && index === catcher) ??
    there.find(({ kind }) => kind === 'catch') ??
    plain
  );
}
