import { useSyncExternalStore } from 'react';
import { usePreferences } from './preferences';
import { durationText, relativeText, timeText } from './time';

/** A point in time, local or in UTC as is preferred; the tooltip has both, and how long ago that is. */
export function Time({ millis, isRelative = false }: { millis: number | null | undefined; isRelative?: boolean }) {
  const { times } = usePreferences();
  const now = useNow(isRelative ? 10_000 : null);
  if (millis === null || millis === undefined || !Number.isFinite(millis)) return '–';
  const both = [timeText(millis, 'local', true), timeText(millis, 'utc', true)];
  const tooltip = [...new Set(both), relativeText(millis, Date.now())].join('\n');
  return (
    <time dateTime={new Date(millis).toISOString()} title={tooltip} style={{ whiteSpace: 'nowrap' }}>
      {isRelative ? relativeText(millis, now) : timeText(millis, times)}
      {!isRelative && times === 'utc' ? ' UTC' : ''}
    </time>
  );
}

/** How long something took; without a stop it goes on counting. */
export function Duration({ startMillis, stopMillis }: { startMillis: number; stopMillis: number | null | undefined }) {
  const now = useNow(stopMillis === null ? 1_000 : null);
  if (stopMillis === undefined) return '–';
  return <span style={{ whiteSpace: 'nowrap' }}>{durationText((stopMillis ?? now) - startMillis)}</span>;
}

const clocks = new Map<number, { listeners: Set<() => void>; now: number; timer: ReturnType<typeof setInterval> }>();

/** The time, anew every `everyMillis`: one timer for all who want the same. null: the time does not matter. */
export function useNow(everyMillis: number | null): number {
  return useSyncExternalStore(
    everyMillis === null ? nobody : subscriber(everyMillis),
    everyMillis === null ? never : () => clocks.get(everyMillis)?.now ?? rounded(everyMillis),
  );
}

const nobody = () => () => {};
const never = () => 0;
const rounded = (everyMillis: number) => Math.floor(Date.now() / everyMillis) * everyMillis;
const subscribers = new Map<number, (listener: () => void) => () => void>();

function subscriber(everyMillis: number) {
  let subscribe = subscribers.get(everyMillis);
  if (!subscribe) {
    subscribe = (listener) => {
      let clock = clocks.get(everyMillis);
      if (!clock) {
        const made = {
          listeners: new Set<() => void>(),
          now: Date.now(),
          timer: setInterval(() => {
            made.now = Date.now();
            for (const one of made.listeners) one();
          }, everyMillis),
        };
        clock = made;
        clocks.set(everyMillis, made);
      }
      clock.listeners.add(listener);
      return () => {
        clock.listeners.delete(listener);
        if (clock.listeners.size > 0) return;
        clearInterval(clock.timer);
        clocks.delete(everyMillis);
      };
    };
    subscribers.set(everyMillis, subscribe);
  }
  return subscribe;
}
