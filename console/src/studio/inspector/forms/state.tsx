import type { State, StateType } from '../../../asl/types';
import { useEditing } from '../editing';
import { NextField } from '../fields/NextField';
import { ChoiceForm } from '../rules/ChoiceForm';
import { CommentField, LanguageField, NameField } from './common';
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

export function StateForm({ state }: { state: State }) {
  const { workflow } = useEditing();
  const Own = state.type && FORMS[state.type];
  const goesOn = state.type !== 'Choice' && state.type !== 'Succeed' && state.type !== 'Fail';
  return (
    <>
      <NameField state={state} />
      {Own && <Own state={state} />}
      <Strays state={state} />
      {goesOn && <NextField />}
      <CommentField state={state} />
      <LanguageField
        pointer={state.path}
        value={state.value.QueryLanguage}
        around={workflow.value.QueryLanguage === 'JSONata' ? 'JSONata' : 'JSONPath'}
      />
    </>
  );
}
