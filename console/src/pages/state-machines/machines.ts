/** The list's data: all state machines at once, since filter and order are the browser's; kept up to date by the stream. */
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTopic } from '../../api/stream';
import type { ExecutionSummary, Page, StateMachineSummary } from '../../api/types';
import { getUi } from '../../api/ui';
import { baseArn } from '../../app/links';

const keptRuns = 20;

export const machinesQuery = queryOptions({
  queryKey: ['ui', 'state-machines', 'all'],
  queryFn: async ({ signal }) => {
    const machines: StateMachineSummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await getUi<Page<StateMachineSummary>>('state-machines', { cursor, limit: 200 }, signal);
      machines.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return machines;
  },
});

export function useMachines() {
  const queries = useQueryClient();
  const query = useQuery(machinesQuery);
  const reload = () => queries.invalidateQueries({ queryKey: machinesQuery.queryKey });
  const soon = useThrottled(reload, 3_000);
  useTopic('executions', {
    onMissed: reload,
    onMessage: ({ changed }) => {
      if (changed.length === 0) return;
      queries.setQueryData(machinesQuery.queryKey, (machines) => machines && withRuns(machines, changed));
      // How many run is counted by the server.
      soon();
    },
  });
  return query;
}

/** The bars of the state machines whose executions changed. */
function withRuns(machines: StateMachineSummary[], changed: ExecutionSummary[]): StateMachineSummary[] {
  const byMachine = new Map<string, ExecutionSummary[]>();
  for (const run of changed) {
    if (run.mapRunArn) continue;
    const arn = baseArn(run.stateMachineArn);
    byMachine.set(arn, [...(byMachine.get(arn) ?? []), run]);
  }
  return machines.map((machine) => {
    const runs = byMachine.get(machine.arn);
    if (!runs) return machine;
    const news = new Set(runs.map(({ arn }) => arn));
    const all = [...runs, ...machine.recent.filter(({ arn }) => !news.has(arn))];
    return { ...machine, recent: all.sort((a, b) => b.startMillis - a.startMillis).slice(0, keptRuns) };
  });
}

/** At most once in so long; the last call is never lost. */
function useThrottled(act: () => void, everyMillis: number): () => void {
  const latest = useRef(act);
  latest.current = act;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, everyMillis);
  };
}
