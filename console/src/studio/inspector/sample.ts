/** Data of a run: what a state got when the run came to it last. */
import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { StatePath, Workflow } from '../../asl/types';
import { variablesAt } from '../../history/variables';
import { detailsOf, eventQuery, type HistoryEvent } from '../../pages/execution/payloads';
import { useRun } from '../canvas/run';
import type { Sample } from './editing';

export function useSample(
  run: string | undefined,
  workflow: Workflow | null,
  state: StatePath | undefined,
): Sample | null {
  const view = useRun(run, workflow);
  const visit = useMemo(() => view?.visits.findLast((one) => one.state === state) ?? null, [view, state]);
  const variables = useMemo(() => (view && visit ? variablesAt(view, visit.entered, visit.frame) : []), [view, visit]);
  const ids = run && visit ? [visit.entered, ...new Set(variables.map(({ event }) => event))] : [];
  const events = useQueries({
    queries: ids.map((id) => eventQuery(run ?? '', id)),
    combine: byId,
  });
  return useMemo(() => {
    const entered = visit && events.get(visit.entered);
    if (!entered) return null;
    const values = variables.map(({ name, event }) => [name, variableIn(events.get(event), name)]);
    return { input: parsed(detailsOf(entered).input), variables: Object.fromEntries(values) };
  }, [visit, variables, events]);
}

function byId(results: UseQueryResult<HistoryEvent>[]): Map<number, HistoryEvent> {
  return new Map(results.flatMap(({ data }) => (data ? [[data.id, data]] : [])));
}

function variableIn(event: HistoryEvent | undefined, name: string): unknown {
  const assigned = detailsOf(event).assignedVariables as Record<string, unknown> | undefined;
  return parsed(assigned?.[name]);
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    // Cut by the server, for it is large.
    return undefined;
  }
}
