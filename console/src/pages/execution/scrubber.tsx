import Button from '@cloudscape-design/components/button';
import { useEffect, useMemo, useState } from 'react';
import type { CompactEvent } from '../../history/types';
import { durationText } from '../../shared/time';
import styles from './execution.module.css';
import { useModel } from './model';

/** Most events that one picture of the film leaves out. */
const pictures = 150;
const pictureMillis = 80;

/** Sets graph, tables and data to any event of the past; `Live` leads back to now. */
export function Scrubber() {
  const { live, at, setAt } = useModel();
  const last = live.events.at(-1)?.id ?? 0;
  const value = at ?? last;
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => {
      const next = Math.min(last, value + Math.max(1, Math.round(last / pictures)));
      setAt(next === last ? null : next);
      if (next === last) setPlaying(false);
    }, pictureMillis);
    return () => clearInterval(timer);
  }, [isPlaying, value, last, setAt]);
  const event = live.events[value - 1];
  const moveTo = (next: number) => {
    setPlaying(false);
    setAt(Math.max(1, Math.min(next, last)));
  };
  if (last === 0) return null;
  const from = live.startMillis ?? 0;
  const told = event && `${event.type}${event.name ? ` ${event.name}` : ''}`;
  return (
    <div className={styles.scrubber} data-testid="scrubber" data-at={at ?? 'live'}>
      <Button
        variant="icon"
        iconName={isPlaying ? 'pause' : 'play'}
        ariaLabel={isPlaying ? 'Stop the replay' : 'Replay from here'}
        onClick={() => {
          if (!isPlaying && value >= last) setAt(1);
          setPlaying(!isPlaying);
        }}
      />
      <Button
        variant="icon"
        iconName="angle-left"
        ariaLabel="Previous event"
        disabled={value <= 1}
        onClick={() => moveTo(value - 1)}
      />
      <div className={styles.track}>
        <Ticks events={live.events} last={last} />
        <input
          type="range"
          min={1}
          max={last}
          value={value}
          aria-label="Event that is shown"
          aria-valuetext={`Event ${value} of ${last}: ${told ?? ''}`}
          onChange={({ target }) => moveTo(Number(target.value))}
        />
      </div>
      <Button
        variant="icon"
        iconName="angle-right"
        ariaLabel="Next event"
        disabled={value >= last}
        onClick={() => moveTo(value + 1)}
      />
      <output className={styles.at} title={told}>
        <b>
          {value.toLocaleString('en')} / {last.toLocaleString('en')}
        </b>
        <span>{event ? ` +${durationText(event.at - from)}` : ''}</span>
        <span className={styles.atType}>{at === null ? (live.status === 'RUNNING' ? 'Now' : 'The end') : told}</span>
      </output>
      <Button variant={at === null ? 'normal' : 'primary'} disabled={at === null} onClick={() => setAt(null)}>
        {live.status === 'RUNNING' ? 'Live' : 'Latest'}
      </Button>
    </div>
  );
}

const buckets = 240;
const bad = /Failed|TimedOut|Aborted/;

/** Where something went wrong, and where it was redriven. */
function Ticks({ events, last }: { events: readonly CompactEvent[]; last: number }) {
  const marks = useMemo(() => {
    const marks = new Map<number, 'failed' | 'redriven'>();
    for (const { id, type } of events) {
      const kind = type === 'ExecutionRedriven' ? 'redriven' : bad.test(type) ? 'failed' : null;
      if (kind) marks.set(Math.round(((id - 1) / Math.max(1, last - 1)) * buckets), kind);
    }
    return [...marks];
  }, [events, last]);
  return (
    <svg className={styles.ticks} viewBox={`0 0 ${buckets} 10`} preserveAspectRatio="none" aria-hidden="true">
      {marks.map(([at, kind]) => (
        <rect key={at} x={at - 0.4} y={0} width={0.8} height={10} data-kind={kind} />
      ))}
    </svg>
  );
}
