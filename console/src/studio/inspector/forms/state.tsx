import { changeType } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import type { State, StateType } from '../../../asl/types';
import { useEditing } from '../editing';
import { EnumControl } from '../fields/controls';
import { Field } from '../fields/Field';
import { NextField } from '../fields/NextField';
import { strayFields } from '../model/known-fields';
import { ChoiceForm } from '../rules/ChoiceForm';
import { CommentField, LanguageField, NameField, slotOf } from './common';
import { MapForm } from './map';
import { ParallelForm } from './parallel';
import { FailForm, PassForm, WaitForm } from './simple';
import { Strays } from './strays';
import { TaskForm } from './task';

const FORMS: Partial<Record<StateType, (props: { state: State }) => React.ReactNode>> = {
  Task: TaskForm,
  Pass: PassForm,
  Wait: WaitForm,
  Choice: ChoiceForm,
  Fail: FailForm,
  Parallel: ParallelForm,
  Map: MapForm,
};

const TYPES: StateType[] = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];

/** Only where it has to be repaired: other fields hang on it. */
function TypeField({ state }: { state: State }) {
  const { apply } = useEditing();
  return (
    <Field
      label="Type"
      at={child(state.path, 'Type')}
      error={state.value.Type === undefined ? 'A state needs a type' : 'No type of the language'}
    >
      <EnumControl
        label="Type"
        value={state.value.Type}
        choices={TYPES.map((value) => ({ value }))}
        onChange={(type) => apply((parsed) => changeType(parsed, state.path, type as StateType))}
      />
    </Field>
  );
}

export function StateForm({ state }: { state: State }) {
  const { workflow } = useEditing();
  const Own = state.type && FORMS[state.type];
  const goesOn = state.type !== 'Choice' && state.type !== 'Succeed' && state.type !== 'Fail';
  return (
    <>
      <NameField state={state} />
      {state.type === null && <TypeField state={state} />}
      {Own && <Own state={state} />}
      <Strays of={slotOf(state)} strays={strayFields(state)} />
      {goesOn && <NextField />}
      <CommentField state={state} />
      <LanguageField pointer={state.path} value={state.value.QueryLanguage} around={workflow.queryLanguage} />
    </>
  );
}
