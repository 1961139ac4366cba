import { pathLabel, placeLabel } from '../../history/frames';
import type { Visit } from '../../history/types';
import styles from './execution.module.css';
import { useModel } from './model';

/** The state, and behind it the item or branch that it ran in: what is cut off is the less important. */
export function StepName({ visit }: { visit: Visit }) {
  const { view } = useModel();
  const place = placeLabel(view, visit);
  return (
    <span title={pathLabel(view, visit)}>
      {visit.name}
      {place && <span className={styles.place}> {place}</span>}
    </span>
  );
}
