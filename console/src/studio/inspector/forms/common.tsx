/** What states of most types have. */
import Input from '@cloudscape-design/components/input';
import { useEffect, useState } from 'react';
import { renameState, setQueryLanguage } from '../../../asl/edits';
import type { QueryLanguage, State } from '../../../asl/types';
import { useEditing } from '../editing';
import { EnumControl } from '../fields/controls';
import { Field } from '../fields/Field';
import { StateField } from '../fields/StateField';

export function slotOf(state: State) {
  return { at: state.path, value: state.value };
}

/** The name, which everything that leads to the state uses too. A name that another state has is kept, and not taken. */
export function NameField({ state }: { state: State }) {
  const { workflow, apply, isReadOnly } = useEditing();
  const [typed, setTyped] = useState(state.name);
  useEffect(() => setTyped(state.name), [state.name]);
  const isTaken = (name: string) =>
    name !== state.name && [...workflow.states.values()].some((other) => other.name === name);
  const error =
    typed.trim() === ''
      ? 'A state needs a name'
      : typed.length > 80
        ? `At most 80 characters; this name has ${typed.length}`
        : isTaken(typed)
          ? 'Another state has this name'
          : null;
  return (
    <Field label="State name" at={[]} help="Name" error={typed === state.name ? null : error}>
      <Input
        value={typed}
        ariaLabel="State name"
        disabled={isReadOnly}
        spellcheck={false}
        invalid={typed !== state.name && error !== null}
        onChange={({ detail }) => {
          const name = detail.value;
          setTyped(name);
          if (name.trim() !== '' && name.length <= 80 && !isTaken(name))
            apply((parsed) => renameState(parsed, state.path, name), 'form:rename');
        }}
      />
    </Field>
  );
}

export function CommentField({ state }: { state: State }) {
  return <StateField of={slotOf(state)} name="Comment" kind="longText" />;
}

/** Languages of a state, or of the whole workflow (`pointer` is then ''). */
export function LanguageField({ pointer, value, around }: { pointer: string; value: unknown; around: QueryLanguage }) {
  const { apply } = useEditing();
  return (
    <Field label="Query language" at={`${pointer}/QueryLanguage`} help="QueryLanguage">
      <EnumControl
        label="Query language"
        value={value}
        none={pointer === '' ? 'JSONPath (default)' : `${around} (of the workflow)`}
        // A JSONata workflow has no JSONPath states.
        choices={around === 'JSONata' ? [{ value: 'JSONata' }] : [{ value: 'JSONata' }, { value: 'JSONPath' }]}
        onChange={(language) =>
          apply((parsed) => setQueryLanguage(parsed, pointer, language as QueryLanguage | undefined))
        }
      />
    </Field>
  );
}
