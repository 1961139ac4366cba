import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TextFilter from '@cloudscape-design/components/text-filter';
import Toggle from '@cloudscape-design/components/toggle';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { useParameter } from '../../shared/parameters';
import { usePreferences } from '../../shared/preferences';
import { timeText } from '../../shared/time';
import { useSettled } from '../../shared/useSettled';
import { hasGroupQuery, type LogEvent, logsQuery, mostLines, streamsQuery } from '../functions/api';
import styles from './function.module.css';
import { kindOfLine } from './report';

const week = '604800000';
const spans = [
  { value: '900000', label: 'Last 15 minutes' },
  { value: '3600000', label: 'Last hour' },
  { value: '86400000', label: 'Last day' },
  { value: week, label: 'Last week' },
];
const allStreams = { value: '', label: 'All streams' };

/** A log group's lines, searched by the server, followed as they come. */
export function Logs({ group }: { group: string }) {
  const [text, setText] = useParameter('log');
  const [span, setSpan] = useParameter('since', '3600000');
  const [stream, setStream] = useParameter('stream');
  const [isFollowed, follow] = useState(true);
  const hasGroup = useQuery(hasGroupQuery(group));
  const enabled = hasGroup.data === true;
  const streams = useQuery({ ...streamsQuery(group), enabled }).data?.logStreams ?? [];
  const search = { group, stream, text: useSettled(text), sinceMillis: Number(span) || 3_600_000 };
  const log = useQuery({ ...logsQuery(search, isFollowed), enabled });
  const error = hasGroup.error ?? log.error;
  const isMissing = hasGroup.data === false;
  const lines = isMissing ? [] : log.data;
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={lines && `(${lines.length === mostLines ? `the last ${mostLines}` : lines.length})`}
          description={group}
          actions={
            <Toggle checked={isFollowed} onChange={({ detail }) => follow(detail.checked)}>
              Follow
            </Toggle>
          }
        >
          Log lines
        </Header>
      }
    >
      <SpaceBetween size="s">
        <div className={styles.controls}>
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find in lines"
            filteringAriaLabel="Find in lines"
            onChange={({ detail }) => setText(detail.filteringText)}
          />
          <Select
            ariaLabel="Log stream"
            selectedOption={stream ? { value: stream, label: stream } : allStreams}
            options={[allStreams, ...streams.map(({ logStreamName: value }) => ({ value, label: value }))]}
            onChange={({ detail }) => setStream(detail.selectedOption.value ?? '')}
          />
          <Select
            ariaLabel="Since when"
            selectedOption={spans.find(({ value }) => value === span) ?? null}
            options={spans}
            onChange={({ detail }) => setSpan(detail.selectedOption.value ?? '')}
          />
        </div>
        {error && <ErrorBox error={error} onRetry={() => (enabled ? log : hasGroup).refetch()} />}
        {lines === undefined ? (
          !error && <Loading what="Loading lines" />
        ) : lines.length === 0 ? (
          <EmptyState
            title={text && !isMissing ? 'No line holds this text' : 'No lines'}
            action={!isMissing && span !== week && <Button onClick={() => setSpan(week)}>Show the last week</Button>}
          >
            {isMissing
              ? 'The function has not run yet: try it on the Test tab.'
              : 'Choose a longer time, or wait: new lines are shown as they come.'}
          </EmptyState>
        ) : (
          <Lines lines={lines} isFollowed={isFollowed} onScrolledAway={() => follow(false)} />
        )}
      </SpaceBetween>
    </Container>
  );
}

/** Who scrolls up wants to read, and does not follow any more. */
function Lines(props: { lines: LogEvent[]; isFollowed: boolean; onScrolledAway(): void }) {
  const { lines, isFollowed, onScrolledAway } = props;
  const { times } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what it scrolls to
  useEffect(() => {
    if (isFollowed) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines, isFollowed]);
  return (
    <div
      ref={box}
      role="log"
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
      tabIndex={0}
      className={styles.lines}
      onWheel={({ deltaY }) => deltaY < 0 && isFollowed && onScrolledAway()}
    >
      {lines.map(({ eventId, timestamp, message }) => (
        <div key={eventId} className={styles.line}>
          <time dateTime={new Date(timestamp).toISOString()}>{clockText(timestamp, times)}</time>
          <span className={styles[kindOfLine(message)]}>{message.trimEnd()}</span>
        </div>
      ))}
    </div>
  );
}

/** `Nov 23, 13:40:21.077`: the year stands in nobody's way. */
const clockText = (millis: number, zone: 'local' | 'utc') =>
  timeText(millis, zone, true)
    .replace(/, \d{4}/, '')
    .replace(/ \(.*/, '');
