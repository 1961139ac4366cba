import Button from '@cloudscape-design/components/button';
import { deleteStates, duplicateStates, insertItem, wrapIn } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import type { Parsed, State } from '../../../asl/types';
import { useEditing } from '../editing';
import { NEW_RETRIER } from '../errors/retry';
import styles from '../inspector.module.css';

const CAN_FAIL = new Set(['Task', 'Parallel', 'Map']);

/** Several states are selected: what can be done with all of them. */
export function SeveralForm({ states }: { states: readonly State[] }) {
  const { apply, applyAll, store, isReadOnly } = useEditing();
  const paths = states.map(({ path }) => path);
  const failing = states.filter(({ type }) => CAN_FAIL.has(type ?? ''));
  const button = (text: string, onClick: () => void, icon?: 'copy' | 'remove') => (
    <Button disabled={isReadOnly} onClick={onClick} iconName={icon}>
      {text}
    </Button>
  );
  const addRetrier = (state: State) => (parsed: Parsed) => {
    const { Retry } = state.value;
    return insertItem(parsed, child(state.path, 'Retry'), Array.isArray(Retry) ? Retry.length : 0, NEW_RETRIER);
  };
  return (
    <div className={styles.stack}>
      <div className={styles.row} style={{ flexWrap: 'wrap' }}>
        {button('Wrap in Map', () => apply((parsed) => wrapIn(parsed, 'Map', paths)))}
        {button('Wrap in Parallel', () => apply((parsed) => wrapIn(parsed, 'Parallel', paths)))}
        {button('Duplicate', () => apply((parsed) => duplicateStates(parsed, paths)), 'copy')}
        {button('Delete', () => apply((parsed) => deleteStates(parsed, paths)), 'remove')}
        {failing.length > 0 && button(`Add a retrier to ${failing.length}`, () => applyAll(failing.map(addRetrier)))}
      </div>
      <ul className={styles.list} aria-label="Selected states">
        {states.map(({ path, name, type }) => (
          <li key={path} className={styles.row}>
            <button
              type="button"
              className={`${styles.link} ${styles.grow}`}
              onClick={() => store.getState().select([path])}
            >
              {name}
            </button>
            <span className={styles.muted}>{type ?? 'Unknown'}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
