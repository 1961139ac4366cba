/** The times of a timeline, and the lines below them. */
import { axisMarks } from '../../history/timeline';
import { durationText } from '../../shared/time';
import styles from './timeline.module.css';

interface AxisProps {
  start: number;
  from: number;
  to: number;
  /** Of the whole timeline, in pixels. */
  width: number;
}

/** In percent of what is shown. */
function marksOf({ start, from, to, width }: AxisProps): { millis: number; left: number }[] {
  // A third and more is names and durations.
  const most = Math.max(2, Math.floor((width * 0.6) / 75));
  const { marks } = axisMarks(from - start, to - start, most);
  return marks.map((millis) => ({ millis, left: place({ from, to }, millis + start) }));
}

function place({ from, to }: { from: number; to: number }, millis: number): number {
  return ((millis - from) / (to - from)) * 100;
}

/** `1.5 s`, not `1.50 s`. */
function roundText(millis: number): string {
  const text = durationText(millis).replace(/(\.\d*?)0+ s$/, '$1 s');
  return millis === 0 ? '0' : text.replace('. s', ' s');
}

export function Axis(props: AxisProps) {
  return (
    <div className={styles.axis} aria-hidden="true">
      <div className={styles.name}>Step</div>
      <div className={styles.lane}>
        {marksOf(props)
          .filter(({ left }) => left < 95)
          .map(({ millis, left }) => (
            <span key={millis} style={{ left: `${left}%` }}>
              {roundText(millis)}
            </span>
          ))}
      </div>
      <div className={styles.duration}>Duration</div>
    </div>
  );
}

/** `cursor`: the time that is looked at. */
export function Grid({ cursor, ...props }: AxisProps & { cursor: number | null }) {
  const at = cursor === null ? null : place(props, cursor);
  return (
    <div className={styles.grid} data-lane aria-hidden="true">
      {marksOf(props).map(({ millis, left }) => (
        <span key={millis} style={{ left: `${left}%` }} />
      ))}
      {at !== null && at <= 100 && <span className={styles.cursor} style={{ left: `${at}%` }} />}
    </div>
  );
}
