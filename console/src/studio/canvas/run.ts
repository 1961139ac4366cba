import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Events } from '../../api/types';
import { getUi } from '../../api/ui';
import type { Workflow } from '../../asl/types';
import type { CompactEvent, ExecutionView } from '../../history/types';

const againMillis = 2_000;

/** What an execution makes of the graph that is edited; null: there is none. */
export function useRun(arn: string | undefined, workflow: Workflow | null): ExecutionView | null {
  const { data } = useQuery({
    queryKey: ['studio-run', arn],
    queryFn: async ({ signal, client, queryKey }) => {
      const known = client.getQueryData<Events>(queryKey)?.events;
      // Few come with a run, so what reads one is loaded with it.
      const [events, { fold }] = await Promise.all([allEvents(arn ?? '', signal, known), import('../../history/fold')]);
      return { ...events, fold };
    },
    enabled: arn !== undefined,
    refetchInterval: ({ state }) => (state.data && !state.data.isComplete ? againMillis : false),
  });
  return useMemo(() => (data && workflow ? data.fold(workflow, data.events) : null), [data, workflow]);
}

const pageSize = 10_000;

/** Those behind the known ones are asked for: events never change. */
export async function allEvents(
  arn: string,
  signal?: AbortSignal,
  known: readonly CompactEvent[] = [],
): Promise<Events> {
  const events = [...known];
  for (;;) {
    const after = events.at(-1)?.id ?? 0;
    const page = await getUi<Events>('executions/events', { arn, after, limit: pageSize }, signal);
    events.push(...page.events);
    if (page.isComplete || page.events.length === 0) return { events, isComplete: page.isComplete };
  }
}
