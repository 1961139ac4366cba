import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { eventOf } from '../../../history/frames';
import type { Visit } from '../../../history/types';
import { durationText } from '../../../shared/time';
import { useModel } from '../model';
import styles from './panel.module.css';

/** The events of this step alone; each leads to its place among all. */
export function StepEventsTab({ visit }: { visit: Visit }) {
  const { view, selectVisit, setAt, at } = useModel();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: visit.events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 30,
    overscan: 10,
  });
  return (
    <>
      <div className={styles.small}>Choose one to see the execution as it was then.</div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section ref={scroller} className={styles.events} tabIndex={0} aria-label={`Events of ${visit.name}`}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const event = eventOf(view, visit.events[index] ?? 0);
            if (!event) return null;
            return (
              <div key={event.id} className={styles.event} style={{ transform: `translateY(${start}px)` }}>
                <button type="button" aria-pressed={at === event.id} onClick={() => setAt(event.id)}>
                  <span>{event.id}</span>
                  <span data-bad={/Failed|TimedOut|Aborted/.test(event.type) || undefined}>{event.type}</span>
                  <span>+{durationText(event.at - visit.startMillis)}</span>
                </button>
                <button
                  type="button"
                  className={styles.link}
                  aria-label={`Event ${event.id} among all`}
                  onClick={() => selectVisit(visit, { event: event.id, view: 'events' })}
                >
                  Open
                </button>
              </div>
            );
          })}
        </div>
      </section>
    </>
  );
}
