import { setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import type { State } from '../../../asl/types';
import { useEditing } from '../editing';
import { JsonControl } from '../fields/controls';
import { Field, Tool } from '../fields/Field';
import styles from '../inspector.module.css';
import { strayFields } from '../model/known-fields';

/** What the state has and its type or language does not know: kept, shown, and easy to take away. */
export function Strays({ state }: { state: State }) {
  const { apply, set, isReadOnly } = useEditing();
  const strays = strayFields(state);
  if (strays.length === 0) return null;
  return (
    <section className={`${styles.card} ${styles.stack}`} aria-label="Other fields">
      <h3 className={styles.section}>Other fields</h3>
      {strays.map(({ name, why }) => {
        const at = child(state.path, name);
        return (
          <JsonControl key={name} label={name} value={state.value[name]} onChange={(value) => set(at, value)}>
            {(control, error) => (
              <Field
                label={name}
                at={at}
                isWhole
                error={error}
                hint={why}
                actions={
                  <Tool
                    label={`Remove ${name}`}
                    isDisabled={isReadOnly}
                    onClick={() => apply((parsed) => setField(parsed, at, undefined))}
                  >
                    ✕
                  </Tool>
                }
              >
                {control}
              </Field>
            )}
          </JsonControl>
        );
      })}
    </section>
  );
}
