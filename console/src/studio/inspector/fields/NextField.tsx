import { retarget, setNext } from '../../../asl/edits';
import type { ScopePath } from '../../../asl/types';
import { useEditing } from '../editing';
import { EnumControl } from './controls';
import { Field } from './Field';

/** The names of the states that a transition of a scope can lead to. */
export function useTargets(scope: ScopePath | undefined): { value: string }[] {
  const { workflow } = useEditing();
  const states = scope === undefined ? [] : (workflow.scopes.get(scope)?.states ?? []);
  return states.flatMap((path) => {
    const name = workflow.states.get(path)?.name;
    return name === undefined ? [] : [{ value: name }];
  });
}

/** Where the selected state leads, or that its workflow ends there. */
export function NextField() {
  const { state, apply } = useEditing();
  const targets = useTargets(state?.scope);
  if (!state) return null;
  const next = typeof state.value.Next === 'string' ? state.value.Next : undefined;
  return (
    <Field label="Next state" at={[`${state.path}/Next`, `${state.path}/End`]} help="Next">
      <EnumControl
        label="Next state"
        value={next}
        none={
          state.value.End === true
            ? 'End of the workflow'
            : next === undefined
              ? 'Not decided yet'
              : 'End of the workflow'
        }
        choices={targets}
        onChange={(name) => apply((parsed) => setNext(parsed, state.path, typeof name === 'string' ? name : null))}
      />
    </Field>
  );
}

/** `Next` of a rule or a catcher, `Default`, `StartAt`. */
export function TargetField({
  at,
  value,
  label,
  help,
  scope,
  none,
}: {
  at: string;
  value: unknown;
  label: string;
  help?: string;
  scope: ScopePath | undefined;
  /** What is said for: it is not there. Without it there has to be one. */
  none?: string;
}) {
  const { set, apply } = useEditing();
  const targets = useTargets(scope);
  return (
    <Field label={label} at={at} help={help}>
      <EnumControl
        label={label}
        value={value}
        none={none}
        choices={targets}
        placeholder="Choose a state"
        onChange={(name) =>
          typeof name === 'string' && value !== undefined
            ? apply((parsed) => retarget(parsed, at, name))
            : set(at, name)
        }
      />
    </Field>
  );
}
