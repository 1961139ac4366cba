/** Pass, Wait, Succeed and Fail. */
import { useRef } from 'react';
import { setFields } from '../../../asl/edits';
import type { State } from '../../../asl/types';
import { useEditing } from '../editing';
import { EnumControl } from '../fields/controls';
import { Field } from '../fields/Field';
import { StateField } from '../fields/StateField';
import { slotOf } from './common';

export function PassForm({ state }: { state: State }) {
  if (state.queryLanguage === 'JSONata')
    return <StateField of={slotOf(state)} name="Output" kind="json" expression="jsonata" />;
  return <StateField of={slotOf(state)} name="Result" kind="json" />;
}

const WAITS = [
  { value: 'Seconds', label: 'A fixed time', start: 60 },
  { value: 'Timestamp', label: 'Until a time', start: '2030-01-01T00:00:00Z' },
  { value: 'SecondsPath', label: 'Seconds from the input', start: '$.' },
  { value: 'TimestampPath', label: 'Until a time from the input', start: '$.' },
] as const;

export function WaitForm({ state }: { state: State }) {
  const { apply, language } = useEditing();
  const slot = slotOf(state);
  // What was there before the other kind was chosen comes back with it.
  const left = useRef<Record<string, unknown>>({});
  const kinds = WAITS.filter(({ value }) => language === 'JSONPath' || !value.endsWith('Path'));
  const current = WAITS.find(({ value }) => Object.hasOwn(state.value, value))?.value;
  const choose = (name: unknown) => {
    const kind = kinds.find(({ value }) => value === name);
    if (!kind || kind.value === current) return;
    if (current) left.current[current] = state.value[current];
    apply((parsed) =>
      setFields(parsed, state.path, {
        ...(current ? { [current]: undefined } : {}),
        [kind.value]: left.current[kind.value] ?? kind.start,
      }),
    );
  };
  return (
    <>
      <Field label="Wait" at={[]}>
        <EnumControl label="Wait" value={current} choices={kinds} placeholder="Choose how long" onChange={choose} />
      </Field>
      {current === 'Seconds' && <StateField of={slot} name="Seconds" kind="integer" expression="jsonata" />}
      {current === 'Timestamp' && (
        <StateField of={slot} name="Timestamp" kind="text" expression="jsonata" placeholder="2026-01-31T12:00:00Z" />
      )}
      {(current === 'SecondsPath' || current === 'TimestampPath') && (
        <StateField of={slot} name={current} help={current.replace('Path', '')} kind="text" expression="always" />
      )}
    </>
  );
}

export function FailForm({ state }: { state: State }) {
  const slot = slotOf(state);
  return (
    <>
      <StateField of={slot} name="Error" kind="text" expression="Path" placeholder="InstanceNotHealthy" />
      <StateField of={slot} name="Cause" kind="longText" expression="Path" />
    </>
  );
}
