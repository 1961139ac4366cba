/** An execution's events, kept up to date, and what they mean: now, or at an event of the past. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { queries } from '../../api/queries';
import { useTopic } from '../../api/stream';
import type { Events } from '../../api/types';
import { getUi } from '../../api/ui';
import type { Workflow } from '../../asl/types';
import { History } from '../../history/fold';
import type { CompactEvent, ExecutionView } from '../../history/types';

const pageSize = 10_000;

export const eventsQuery = (arn: string) =>
  queryOptions({
    queryKey: ['ui', 'executions/events', arn],
    staleTime: Number.POSITIVE_INFINITY,
    // Events never change: only what is behind the last known one is asked for.
    queryFn: async ({ signal, queryKey }) => {
      let all = queries.getQueryData<CompactEvent[]>(queryKey) ?? [];
      for (;;) {
        const parameters = { arn, after: all.at(-1)?.id ?? 0, limit: pageSize };
        const { events, isComplete } = await getUi<Events>('executions/events', parameters, signal);
        all = append(all, events);
        // What the stream brought meanwhile stands in the cache.
        if (isComplete || events.length < pageSize)
          return append(all, queries.getQueryData<CompactEvent[]>(queryKey) ?? []);
      }
    },
  });

function append(known: CompactEvent[], more: readonly CompactEvent[]): CompactEvent[] {
  const last = known.at(-1)?.id ?? 0;
  const news = more.filter(({ id }) => id > last);
  return news.length === 0 ? known : known.concat(news);
}

export interface Told {
  /** The status of the execution, or what else its summary says, has changed. */
  onSummary(isPaused: boolean): void;
}

export function useEvents(arn: string, { onSummary }: Told) {
  const query = useQuery(eventsQuery(arn));
  const { queryKey } = eventsQuery(arn);
  // What the stream tells goes behind what is there.
  useTopic(query.data ? `execution:${arn}` : null, {
    onMessage: ({ events, summary }) => {
      const known = queries.getQueryData<CompactEvent[]>(queryKey) ?? [];
      // A gap is closed by asking.
      if (events.length > 0 && (events[0]?.id ?? 0) > (known.at(-1)?.id ?? 0) + 1) query.refetch();
      else queries.setQueryData(queryKey, append(known, events));
      if (summary) onSummary(summary.isPaused ?? false);
    },
    onMissed: () => query.refetch(),
    after: () => queries.getQueryData<CompactEvent[]>(queryKey)?.at(-1)?.id,
  });
  return query;
}

/** Folds what is new when events are appended; begins anew when it goes back in time. */
export function useView(
  workflow: Workflow | null,
  events: readonly CompactEvent[],
  upTo: number | null,
): ExecutionView {
  const kept = useRef<{
    history: History;
    workflow: Workflow | null;
    first: CompactEvent | undefined;
    count: number;
  } | null>(null);
  return useMemo(() => {
    const count = upTo === null ? events.length : countUpTo(events, upTo);
    let one = kept.current;
    if (!one || one.workflow !== workflow || one.first !== events[0] || one.count > count) {
      one = { history: new History(workflow), workflow, first: events[0], count: 0 };
      kept.current = one;
    }
    one.history.append(events.slice(one.count, count));
    one.count = count;
    return one.history.view();
  }, [workflow, events, upTo]);
}

function countUpTo(events: readonly CompactEvent[], id: number): number {
  // Ids count from 1 without gaps.
  return Math.max(0, Math.min(events.length, id - (events[0]?.id ?? 1) + 1));
}
