/** Where an error first came up, when a Fail state raises it again at the end, after cleaning up. */
import type { ExecutionView, Visit } from './types';

export function originOf(view: ExecutionView): Visit | null {
  const { failure } = view;
  if (failure?.type !== 'Fail' || failure.error === undefined) return null;
  const { error, id } = failure;
  const raised = (visit: Visit) => visit.id < id && visit.error === error && visit.frames.length === 0;
  return view.visits.findLast(raised) ?? null;
}
