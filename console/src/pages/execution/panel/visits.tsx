import Button from '@cloudscape-design/components/button';
import { placeLabel } from '../../../history/frames';
import type { Visit } from '../../../history/types';
import { useModel } from '../model';
import styles from './panel.module.css';

/** Of a state that was entered many times: which of them this is, and the way to the others. */
export function Visits({ visit }: { visit: Visit }) {
  const { view, selectVisit, frame } = useModel();
  const all = view.visits.filter(({ state }) => state === visit.state);
  const index = all.indexOf(visit);
  const bad = all.filter(({ status }) => status === 'failed' || status === 'timedOut');
  const nextBad = bad.find(({ id }) => id > visit.id) ?? bad[0];
  const where = placeLabel(view, visit);
  if (all.length <= 1 && !where) return null;
  const to = (other: Visit | undefined) => other && selectVisit(other);
  return (
    <div className={styles.visits}>
      {where && <b>{where}</b>}
      {all.length > 1 && (
        <>
          <span>
            entered {index + 1} of {all.length.toLocaleString('en')}
          </span>
          <Button
            variant="inline-icon"
            iconName="angle-left"
            ariaLabel="Previous time that it was entered"
            disabled={index <= 0}
            onClick={() => to(all[index - 1])}
          />
          <Button
            variant="inline-icon"
            iconName="angle-right"
            ariaLabel="Next time that it was entered"
            disabled={index >= all.length - 1}
            onClick={() => to(all[index + 1])}
          />
          {nextBad && nextBad !== visit && (
            <Button variant="inline-link" onClick={() => to(nextBad)}>
              Next failed
            </Button>
          )}
        </>
      )}
      {frame === '' && where && (
        <Button variant="inline-link" onClick={() => selectVisit(visit)}>
          Show it in the graph
        </Button>
      )}
    </div>
  );
}
