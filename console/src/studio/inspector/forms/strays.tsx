import { setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { member, type Slot, useEditing } from '../editing';
import { JsonControl } from '../fields/controls';
import { Field, Tool } from '../fields/Field';
import styles from '../inspector.module.css';
import { type Stray, strayInState } from '../model/known-fields';

/** What something has and its type or language does not know: kept, shown, and easy to take away. */
export function Strays({ of, strays }: { of: Slot; strays: readonly Stray[] }) {
  const { apply, set, isReadOnly } = useEditing();
  if (strays.length === 0) return null;
  return (
    <section className={`${styles.card} ${styles.stack}`} aria-label="Other fields">
      <h3 className={styles.section}>Other fields</h3>
      {strays.map(({ name, why }) => {
        const at = child(of.at, name);
        return (
          <JsonControl key={name} label={name} value={member(of, name).value} onChange={(value) => set(at, value)}>
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

/** Those of something in a state, such as a retrier: `at` is the way there from the state. */
export function StraysIn({ of, at }: { of: Slot; at: string[] }) {
  const { language } = useEditing();
  return <Strays of={of} strays={strayInState(of.value, language, at)} />;
}
