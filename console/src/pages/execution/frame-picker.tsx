import Button from '@cloudscape-design/components/button';
import { chainOf, childrenOf, frameLabel } from '../../history/frames';
import type { Frame } from '../../history/types';
import styles from './execution.module.css';
import { useModel } from './model';
import { VisitStatus } from './visit-status';

/** Which item or branch the graph shows, level by level, and the way to its neighbours and to the next that failed. */
export function FramePicker() {
  const { view, frame, setFrame } = useModel();
  const chain = chainOf(view, frame).slice(1);
  if (chain.length === 0) return null;
  return (
    <section className={styles.picker} aria-label="Item that is shown" data-testid="frame-picker">
      {chain.map((one) => (
        <Level key={one.id} frame={one} />
      ))}
      <Button variant="inline-link" onClick={() => setFrame('')}>
        Show all
      </Button>
    </section>
  );
}

function Level({ frame }: { frame: Frame }) {
  const { view, setFrame } = useModel();
  const holder = view.visits[frame.parent ?? -1];
  if (!holder) return null;
  const all = childrenOf(view, holder).sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  const at = all.findIndex(({ id }) => id === frame.id);
  const failed = all.filter(({ status }) => status === 'failed');
  const nextFailed = failed.find(({ index }) => (index ?? 0) > (frame.index ?? 0)) ?? failed[0];
  const to = (other: Frame | undefined) => other && setFrame(other.id);
  return (
    <>
      <strong title={holder.name}>{holder.name}</strong>
      <Button
        variant="inline-icon"
        iconName="angle-left"
        ariaLabel={`Before ${frameLabel(view, frame)}`}
        disabled={at <= 0}
        onClick={() => to(all[at - 1])}
      />
      <span>
        {frameLabel(view, frame)} of {(holder.length ?? all.length).toLocaleString('en')}
      </span>
      <Button
        variant="inline-icon"
        iconName="angle-right"
        ariaLabel={`After ${frameLabel(view, frame)}`}
        disabled={at < 0 || at >= all.length - 1}
        onClick={() => to(all[at + 1])}
      />
      <VisitStatus status={frame.status} />
      {nextFailed && nextFailed !== frame && (
        <Button variant="inline-link" onClick={() => to(nextFailed)}>
          Next failed
        </Button>
      )}
      <span aria-hidden="true">›</span>
    </>
  );
}
