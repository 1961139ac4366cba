import { renameField, setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { isObject } from '../../../asl/tree';
import type { State } from '../../../asl/types';
import { AddMember } from '../action/add';
import { ShapeField } from '../action/ShapeField';
import { member, type Slot, useEditing, useVariables } from '../editing';
import { JsonControl } from '../fields/controls';
import { Expression, ExpressionTool } from '../fields/Expression';
import { Field, Info } from '../fields/Field';
import { slotOf } from '../forms/common';
import styles from '../inspector.module.css';
import { asExpression, asLiteral, isJsonata } from '../model/values';

export function Variables({ state }: { state: State }) {
  const { workflow, store } = useEditing();
  const variables = useVariables();
  return (
    <>
      <AssignRows of={slotOf(state)} />
      <h3 className={styles.section}>In reach</h3>
      {variables.length === 0 ? (
        <p className={styles.muted}>No state before this one assigns a variable.</p>
      ) : (
        <ul className={styles.list} aria-label="Variables in reach">
          {variables.map(({ name, states }) => (
            <li key={name} className={styles.row}>
              <span className={`${styles.grow} ${styles.code}`}>${name}</span>
              {states.map((path) => (
                <button
                  type="button"
                  key={path}
                  className={styles.link}
                  onClick={() => store.getState().select([path])}
                >
                  {workflow.states.get(path)?.name}
                </button>
              ))}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** `Assign` of a state, a rule or a catcher: a row a variable. */
export function AssignRows({ of, isCompact = false }: { of: Slot; isCompact?: boolean }) {
  const { apply, language, set } = useEditing();
  const slot = member(of, 'Assign');
  const isWhole = slot.value !== undefined && !isObject(slot.value);
  const start = language === 'JSONata' ? '{% $states.input %}' : '$';
  const add = (name: string) =>
    apply((parsed) => setField(parsed, child(slot.at, language === 'JSONata' ? name : `${name}.$`), start));
  return (
    <section className={styles.stack} data-testid="assign">
      <h3 className={styles.section}>
        {isCompact ? 'Assign variables' : 'Variables that it assigns'} <Info about="Assign" label="Assign" />
      </h3>
      {isWhole && language === 'JSONata' && isJsonata(slot.value) && (
        <Field
          label="Assign"
          at={slot.at}
          actions={
            <ExpressionTool
              name="Assign"
              language={language}
              isExpression
              onToggle={() => set(slot.at, asLiteral('', slot.value, {}).value)}
            />
          }
        >
          <Expression label="Assign" value={slot.value} onChange={(text) => set(slot.at, text)} />
        </Field>
      )}
      {isWhole && !isJsonata(slot.value) && (
        <JsonControl label="Assign" value={slot.value} onChange={(value) => set(slot.at, value)}>
          {(control, error) => (
            <Field label="Assign" at={slot.at} isWhole error={error}>
              {control}
            </Field>
          )}
        </JsonControl>
      )}
      {isObject(slot.value) &&
        Object.entries(slot.value).map(([key, value]) => {
          const isPath = language === 'JSONPath' && key.endsWith('.$');
          const name = isPath ? key.slice(0, -2) : key;
          const isExpression = isPath || (language === 'JSONata' && isJsonata(value));
          const at = child(slot.at, key);
          const toggle = () => {
            const next = isExpression ? asLiteral(name, value, '') : asExpression(name, value, language, '.$');
            apply((parsed) => renameField(parsed, at, next.key, next.value));
          };
          return (
            <ShapeField
              key={name}
              slot={{ at, value }}
              label={name}
              shape={typeof value === 'string' ? { type: 'string' } : { type: 'document' }}
              shapes={{}}
              isExpression={isExpression}
              onToggle={toggle}
              onRemove={() => apply((parsed) => setField(parsed, at, undefined))}
            />
          );
        })}
      {!isWhole && (
        <AddMember
          names={[]}
          isFree
          label="variables"
          taken={isObject(slot.value) ? Object.keys(slot.value).map((key) => key.replace(/\.\$$/, '')) : []}
          onAdd={add}
        />
      )}
    </section>
  );
}
