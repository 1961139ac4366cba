import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TextFilter from '@cloudscape-design/components/text-filter';
import Toggle from '@cloudscape-design/components/toggle';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/errors';
import { ErrorBox } from '../../shared/Feedback';
import { useParameter } from '../../shared/parameters';
import { usePreferences } from '../../shared/preferences';
import { ScrollText } from '../../shared/ScrollText';
import { timeText } from '../../shared/time';
import { logsQuery } from '../functions/api';

const spans = [
  { value: '3600000', label: 'Last hour' },
  { value: '86400000', label: 'Last day' },
  { value: '604800000', label: 'Last week' },
];

/** A log group's lines, searched by the server, followed as they come. */
export function Logs({ group }: { group: string }) {
  const [text, setText] = useParameter('log');
  const [span, setSpan] = useParameter('since', '3600000');
  const [isFollowed, follow] = useState(true);
  const asked = useDeferredValue(text);
  const { data, error, refetch } = useQuery(logsQuery(group, asked, Number(span) || 3_600_000, isFollowed));
  const { times } = usePreferences();
  const end = useRef<HTMLDivElement>(null);
  const count = data?.length ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what it scrolls to
  useEffect(() => {
    if (isFollowed) end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [count, isFollowed]);
  const isMissing = error instanceof ApiError && error.name === 'ResourceNotFoundException';
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={data && `(${count})`}
          description={group}
          actions={
            <SpaceBetween direction="horizontal" size="s" alignItems="center">
              <Toggle checked={isFollowed} onChange={({ detail }) => follow(detail.checked)}>
                Follow
              </Toggle>
              <Select
                ariaLabel="Since when"
                selectedOption={spans.find(({ value }) => value === span) ?? spans[0] ?? null}
                options={spans}
                onChange={({ detail }) => setSpan(detail.selectedOption.value ?? '')}
              />
            </SpaceBetween>
          }
        >
          Log lines
        </Header>
      }
    >
      <SpaceBetween size="s">
        <TextFilter
          filteringText={text}
          filteringPlaceholder="Find in lines"
          filteringAriaLabel="Find in lines"
          onChange={({ detail }) => setText(detail.filteringText)}
        />
        {error && !isMissing && <ErrorBox error={error} onRetry={() => refetch()} />}
        {count === 0 && (!error || isMissing) ? (
          <Box color="text-body-secondary">
            {text ? 'No line holds this text.' : 'Nothing was logged in this time.'}
          </Box>
        ) : (
          <ScrollText ref={end} label="Log lines">
            {data?.map((event) => (
              <div key={event.eventId}>
                <Box variant="span" color="text-body-secondary">
                  {timeText(event.timestamp, times, true)}
                </Box>{' '}
                {event.message.trimEnd()}
              </div>
            ))}
          </ScrollText>
        )}
      </SpaceBetween>
    </Container>
  );
}
