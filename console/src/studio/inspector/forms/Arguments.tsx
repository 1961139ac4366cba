import Button from '@cloudscape-design/components/button';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Spinner from '@cloudscape-design/components/spinner';
import { useState } from 'react';
import { setField, setFields } from '../../../asl/edits';
import { isSame } from '../../../asl/same';
import type { State } from '../../../asl/types';
import { Structure, type Suggestions } from '../action/ShapeField';
import { rows, withRequired } from '../action/shape';
import { type ActionModel, useFunctions, useStateMachines } from '../catalog';
import { member, problemsAt, useEditing } from '../editing';
import { JsonControl } from '../fields/controls';
import { Expression, ExpressionTool } from '../fields/Expression';
import { Field, Info } from '../fields/Field';
import { ProblemList } from '../fields/ProblemList';
import styles from '../inspector.module.css';
import { asExpression, asLiteral, isJsonata } from '../model/values';
import { slotOf } from './common';

/** `Arguments` or `Parameters` of a Task: as a form of the action's model, or as JSON. */
export function Arguments({ state, model }: { state: State; model: ActionModel }) {
  const editing = useEditing();
  const { apply, set, language, isReadOnly } = editing;
  const [view, setView] = useState<'form' | 'json'>('form');
  const suggestions = useLocalNames();
  const name = language === 'JSONata' ? 'Arguments' : 'Parameters';
  const slot = member(slotOf(state), name);
  const structure = model.shape?.input.type === 'structure' ? model.shape.input : null;
  const isExpression = language === 'JSONata' && isJsonata(slot.value);
  const showsForm = view === 'form' && structure !== null && model.shape !== null;
  const complete = structure && model.shape ? withRequired(structure, slot.value, language, model.shape.shapes) : null;
  const unknown =
    structure && model.shape
      ? rows(structure, slot.value, language, model.shape.shapes).filter(({ shape }) => shape === null)
      : [];
  const toggle = () =>
    set(
      slot.at,
      isExpression ? asLiteral('', slot.value, {}).value : asExpression('', slot.value ?? {}, language, '.$').value,
    );
  return (
    <section className={styles.stack} data-testid="arguments">
      <div className={styles.row}>
        <h3 className={`${styles.section} ${styles.grow}`}>
          {name} <Info about={name} label={name} />
        </h3>
        {language === 'JSONata' && (
          <ExpressionTool name={name} language={language} isExpression={isExpression} onToggle={toggle} />
        )}
        {structure && !isExpression && (
          <SegmentedControl
            label={`View of ${name}`}
            selectedId={view}
            options={[
              { id: 'form', text: 'Form' },
              { id: 'json', text: 'JSON' },
            ]}
            onChange={({ detail }) => setView(detail.selectedId === 'json' ? 'json' : 'form')}
          />
        )}
      </div>
      {showsForm && <ProblemList problems={problemsAt(editing, slot.at)} />}
      {model.isLoading && <Spinner />}
      {isExpression ? (
        <Field label={name} at={slot.at} isWhole>
          <Expression label={name} value={slot.value} onChange={(text) => set(slot.at, text)} />
        </Field>
      ) : showsForm && model.shape && structure ? (
        <>
          <Structure slot={slot} shape={structure} shapes={model.shape.shapes} suggestions={suggestions} isTop />
          {complete && !isSame(complete, slot.value ?? {}) && (
            <div>
              <Button
                variant="inline-link"
                iconName="add-plus"
                disabled={isReadOnly}
                onClick={() => apply((parsed) => setField(parsed, slot.at, complete))}
              >
                Write the required parameters
              </Button>
            </div>
          )}
          {unknown.length > 0 && (
            <div>
              <Button
                variant="inline-link"
                iconName="remove"
                disabled={isReadOnly}
                onClick={() =>
                  apply((parsed) =>
                    setFields(parsed, slot.at, Object.fromEntries(unknown.map(({ key }) => [key, undefined]))),
                  )
                }
              >
                Remove what the action does not have
              </Button>
            </div>
          )}
          {Object.keys(structure.members).length === 0 && (
            <p className={styles.muted}>This action takes no parameters.</p>
          )}
        </>
      ) : (
        <JsonControl label={name} value={slot.value} onChange={(value) => set(slot.at, value)}>
          {(control, error) => (
            <Field label={`${name} as JSON`} at={slot.at} isWhole error={error}>
              {control}
            </Field>
          )}
        </JsonControl>
      )}
    </section>
  );
}

/** Parameters that name something of this server. */
function useLocalNames(): Suggestions {
  const functions = useFunctions();
  const machines = useStateMachines();
  return { FunctionName: functions.map(({ name }) => name), StateMachineArn: machines.map(({ arn }) => arn) };
}
