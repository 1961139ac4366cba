import { chainOf, eventOf } from './frames';
import type { ExecutionView, Visit } from './types';

export interface Variable {
  name: string;
  /** The StateExited whose `assignedVariables` hold its value. */
  event: number;
  visit: Visit;
}

/** What is assigned once an event has happened, as a frame sees it: its own variables, then those of the frames around it. */
export function variablesAt(view: ExecutionView, event: number, frame = ''): Variable[] {
  const found = new Map<string, Variable>();
  for (const { visits } of chainOf(view, frame).reverse()) {
    for (const id of visits.toReversed()) {
      const visit = view.visits[id] as Visit;
      if (visit.exited === null || visit.exited > event) continue;
      for (const name of eventOf(view, visit.exited)?.assigned ?? [])
        if (!found.has(name)) found.set(name, { name, event: visit.exited, visit });
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
