import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Page as PageOf } from '../../api/types';
import { getUi } from '../../api/ui';
import { usePage } from '../../app/frame';
import { Link } from '../../app/Link';
import { useUrl } from '../../app/search';
import { download } from '../../shared/browser';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import styles from '../../shared/shared.module.css';
import { Time } from '../../shared/Time';
import { useSettled } from '../../shared/useSettled';
import { type Entry, hrefOf, isWanted, shortArn } from './entries';

/** Who changed what, newest first. */
export function Page() {
  usePage('Audit log');
  const [{ filter = '', principal = '', operation = '' }, setUrl] = useUrl();
  // The server looks for one text in all members; the browser sees to it that each filter is met by its own.
  const asked = useSettled(filter || operation || principal);
  const log = useInfiniteQuery({
    queryKey: ['ui', 'audit', asked],
    queryFn: ({ pageParam, signal }) =>
      getUi<PageOf<Entry>>('audit', { text: asked, cursor: pageParam, limit: 100 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) < 3 ? 5_000 : false),
  });
  const { hasNextPage, isFetching, fetchNextPage, error } = log;
  const loaded = log.data?.pages.flatMap((page) => page.items) ?? [];
  const items = loaded.filter((entry) => isWanted(entry, { principal, operation }));
  // Where few match, a look further back is what was meant.
  const goesOn = items.length < 20 && (log.data?.pages.length ?? 0) < 10 && hasNextPage && !isFetching && !error;
  useEffect(() => {
    if (goesOn) fetchNextPage();
  }, [goesOn, fetchNextPage]);
  const isFiltered = Boolean(filter || principal || operation);
  const clear = () => setUrl({ filter: undefined, principal: undefined, operation: undefined });
  const choice = (name: 'principal' | 'operation', values: string[], chosen: string) => {
    const any = { value: '', label: `Any ${name}` };
    const options = [...new Set([...values, ...(chosen ? [chosen] : [])])].sort();
    return (
      <Select
        ariaLabel={name === 'principal' ? 'Principal' : 'Operation'}
        filteringType="auto"
        selectedOption={chosen ? { value: chosen, label: chosen } : any}
        options={[any, ...options.map((value) => ({ value, label: value }))]}
        onChange={({ detail }) => setUrl({ [name]: detail.selectedOption.value || undefined })}
      />
    );
  };
  return (
    <SpaceBetween size="s">
      {error && <ErrorBox error={error} onRetry={() => log.refetch()} />}
      <Table
        variant="full-page"
        stickyHeader
        items={items}
        trackBy={(entry) => String(entry.number)}
        loading={log.isPending && !error}
        loadingText="Loading the log"
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Audit log' }}
        header={
          <Header
            variant="h1"
            description="Every start, stop, answer and change, with who made it. Entries are only ever added."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Reload" onClick={() => log.refetch()} />
                <Button
                  disabled={items.length === 0}
                  onClick={() => download('audit.json', JSON.stringify(items, null, 2))}
                >
                  Download
                </Button>
              </SpaceBetween>
            }
          >
            Audit log
          </Header>
        }
        filter={
          <div className={styles.filters}>
            <TextFilter
              filteringText={filter}
              filteringPlaceholder="Find by principal, source, operation or resource"
              filteringAriaLabel="Find entries"
              onChange={({ detail }) => setUrl({ filter: detail.filteringText || undefined })}
            />
            {choice(
              'principal',
              loaded.map((entry) => entry.principal),
              principal,
            )}
            {choice(
              'operation',
              loaded.map((entry) => entry.action),
              operation,
            )}
          </div>
        }
        empty={
          isFiltered ? (
            <EmptyState title="No matches" action={<Button onClick={clear}>Clear filters</Button>} />
          ) : (
            <EmptyState title="No entries">Whatever changes something on this server is written down here.</EmptyState>
          )
        }
        columnDefinitions={[
          {
            id: 'at',
            header: 'Time',
            cell: (entry) => <Time millis={entry.atMillis} />,
            isRowHeader: true,
            width: 190,
          },
          { id: 'action', header: 'Operation', cell: (entry) => entry.action, width: 210 },
          {
            id: 'resource',
            header: 'Resource',
            cell: (entry) => <Arn arn={entry.resource} />,
            minWidth: 260,
            maxWidth: 380,
          },
          { id: 'principal', header: 'Principal', cell: (entry) => entry.principal, width: 150 },
          { id: 'source', header: 'Source', cell: (entry) => <Arn arn={entry.source} />, maxWidth: 230 },
        ]}
        footer={
          hasNextPage && (
            <Box textAlign="center">
              <Button loading={log.isFetchingNextPage} onClick={() => fetchNextPage()}>
                {items.length === 0 ? 'Search further back' : 'Older entries'}
              </Button>
            </Box>
          )
        }
      />
    </SpaceBetween>
  );
}

/** Short, with the whole as its tooltip; a link where this console has a page of it. */
function Arn({ arn }: { arn: string }) {
  const href = hrefOf(arn);
  return <span title={arn}>{href ? <Link href={href}>{shortArn(arn)}</Link> : shortArn(arn)}</span>;
}
