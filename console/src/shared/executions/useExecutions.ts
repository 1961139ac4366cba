import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTopic } from '../../api/stream';
import type { ExecutionSummary, Page } from '../../api/types';
import { getUi } from '../../api/ui';
import { type ExecutionFilter, merged, parametersOf } from './filter';

const pageLimit = 100;

/** Executions as they are, newest first; the stream keeps what is loaded up to date. */
export function useExecutions(filter: ExecutionFilter) {
  const queries = useQueryClient();
  const key = useMemo(() => ['ui', 'executions', 'pages', filter], [filter]);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      getUi<Page<ExecutionSummary>>(
        'executions',
        { ...parametersOf(filter), cursor: pageParam, limit: pageLimit },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  });
  useTopic('executions', {
    onMissed: () => queries.invalidateQueries({ queryKey: key }),
    onMessage: ({ changed }) => {
      queries.setQueryData<InfiniteData<Page<ExecutionSummary>>>(
        key,
        (data) => data && withChanges(data, changed, filter),
      );
    },
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { ...query, items };
}

/** All of it becomes the first page: positions of the others stay what the server said. */
function withChanges(
  data: InfiniteData<Page<ExecutionSummary>>,
  changed: ExecutionSummary[],
  filter: ExecutionFilter,
): InfiniteData<Page<ExecutionSummary>> {
  const hasMore = data.pages.at(-1)?.next !== undefined;
  const items = data.pages.flatMap((page) => page.items);
  const all = merged(items, changed, filter, hasMore);
  let at = 0;
  const pages = data.pages.map((page, index) => {
    const isLast = index === data.pages.length - 1;
    const end = isLast ? all.length : Math.min(all.length, at + page.items.length);
    const slice = { ...page, items: all.slice(at, end) };
    at = end;
    return slice;
  });
  return { ...data, pages };
}
