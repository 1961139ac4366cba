import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue } from 'react';
import type { Page as PageOf } from '../../api/types';
import { getUi } from '../../api/ui';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import { useParameter } from '../../shared/parameters';
import { Time } from '../../shared/Time';

interface Entry {
  number: number;
  atMillis: number;
  /** An access key, `user:NAME`, or `anonymous`. */
  principal: string;
  source: string;
  action: string;
  resource: string;
}

/** Who changed what, newest first. */
export function Page() {
  const [text, setText] = useParameter('filter');
  const asked = useDeferredValue(text);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isPending } = useInfiniteQuery({
    queryKey: ['ui', 'audit', asked],
    queryFn: ({ pageParam, signal }) =>
      getUi<PageOf<Entry>>('audit', { text: asked, cursor: pageParam, limit: 100 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <SpaceBetween size="s">
      {error && <ErrorBox error={error} onRetry={() => refetch()} />}
      <Table
        variant="full-page"
        stickyHeader
        items={items}
        trackBy={(entry) => String(entry.number)}
        loading={isPending && !error}
        loadingText="Loading"
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Audit log' }}
        header={
          <Header
            variant="h1"
            description="Every start, stop, answer and change, with who made it. Entries are only ever added."
            actions={<Button iconName="refresh" ariaLabel="Reload" onClick={() => refetch()} />}
          >
            Audit log
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find by principal, address, operation or resource"
            filteringAriaLabel="Find entries"
            onChange={({ detail }) => setText(detail.filteringText)}
          />
        }
        empty={<EmptyState title={text ? 'No matches' : 'Nothing yet'} />}
        columnDefinitions={[
          { id: 'at', header: 'Time', cell: (entry) => <Time millis={entry.atMillis} />, isRowHeader: true },
          { id: 'principal', header: 'Principal', cell: (entry) => entry.principal },
          { id: 'source', header: 'From', cell: (entry) => entry.source },
          { id: 'action', header: 'Operation', cell: (entry) => entry.action },
          { id: 'resource', header: 'Resource', cell: (entry) => <Resource arn={entry.resource} /> },
        ]}
        footer={
          hasNextPage && (
            <Box textAlign="center">
              <Button loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
                {items.length === 0 ? 'Search further back' : 'Older entries'}
              </Button>
            </Box>
          )
        }
      />
    </SpaceBetween>
  );
}

function Resource({ arn }: { arn: string }) {
  if (/:states:[^:]*:[^:]*:(execution|express):/.test(arn)) {
    return (
      <Link to="/console/executions/$arn" params={{ arn }} search={{}}>
        {arn}
      </Link>
    );
  }
  if (/:states:[^:]*:[^:]*:stateMachine:[^:]+$/.test(arn)) {
    return (
      <Link to="/console/state-machines/$arn" params={{ arn }} search={{}}>
        {arn}
      </Link>
    );
  }
  return arn;
}
