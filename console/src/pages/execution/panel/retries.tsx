import Button from '@cloudscape-design/components/button';
import type { Visit } from '../../../history/types';
import { Duration, Time } from '../../../shared/Time';
import { durationText } from '../../../shared/time';
import { Cause } from '../cause';
import { useModel } from '../model';
import { VisitStatus } from '../visit-status';
import styles from './panel.module.css';

/** Every attempt: when, how long, what came of it, and how long it waited for the next. */
export function RetriesTab({ visit }: { visit: Visit }) {
  const { attempt: chosen, selectVisit, setAttempt, setTab } = useModel();
  return (
    <ol className={styles.list} data-testid="attempts">
      {visit.attempts.map((attempt, index) => {
        const before = visit.attempts[index - 1];
        const waited = before?.stopMillis == null ? 0 : attempt.startMillis - before.stopMillis;
        return (
          <li key={attempt.number} data-selected={chosen === attempt.number || undefined}>
            {before && (
              <div className={styles.small}>
                {attempt.isRedriven ? 'Redriven' : 'Tried again'} after {durationText(waited)}
              </div>
            )}
            <div className={styles.line}>
              <b>Attempt {attempt.number}</b>
              <VisitStatus status={attempt.status} />
              <Duration startMillis={attempt.startMillis} stopMillis={attempt.stopMillis} />
              <Time millis={attempt.startMillis} />
            </div>
            {attempt.error !== undefined && <b>{attempt.error}</b>}
            {attempt.cause && (
              <div>
                <Cause cause={attempt.cause} error={attempt.error} />
              </div>
            )}
            {visit.type === 'Task' ? (
              <Button
                variant="inline-link"
                ariaLabel={`Show its data, attempt ${attempt.number}`}
                onClick={() => {
                  setAttempt(attempt.number);
                  setTab('data');
                }}
              >
                Show its data
              </Button>
            ) : (
              <Button variant="inline-link" onClick={() => selectVisit(visit, { view: 'timeline' })}>
                Show in the timeline
              </Button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
