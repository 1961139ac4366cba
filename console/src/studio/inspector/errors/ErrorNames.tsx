import Autosuggest from '@cloudscape-design/components/autosuggest';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';
import { insertItem, removeItem, setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { member, type Slot, useEditing } from '../editing';
import { Field } from '../fields/Field';
import styles from '../inspector.module.css';

/** `ErrorEquals`: names as tokens, and a field to add some. */
export function ErrorNames({
  of,
  name,
  suggestions,
  isLast,
}: {
  of: Slot;
  name: string;
  suggestions: readonly string[];
  isLast: boolean;
}) {
  const { apply, isReadOnly } = useEditing();
  const [typed, setTyped] = useState('');
  const slot = member(of, 'ErrorEquals');
  const names = Array.isArray(slot.value) ? slot.value.map(String) : [];
  const add = (error: string) => {
    const wanted = error.trim();
    setTyped('');
    if (wanted === '' || names.includes(wanted)) return;
    // A new retrier or catcher begins with all errors; naming one says which instead.
    const takesPlace = names.length === 1 && names[0] === 'States.ALL';
    apply((parsed) =>
      takesPlace ? setField(parsed, child(slot.at, 0), wanted) : insertItem(parsed, slot.at, names.length, wanted),
    );
  };
  const hint =
    names.includes('States.ALL') && names.length > 1
      ? 'States.ALL has to stand alone'
      : names.includes('States.ALL') && !isLast
        ? 'States.ALL has to come last: what follows is never reached'
        : null;
  return (
    <Field label="Errors" at={slot.at} isWhole help="ErrorEquals" hint={hint}>
      <div className={styles.stack}>
        {names.length > 0 && (
          <TokenGroup
            items={names.map((label) => ({ label, dismissLabel: `Remove ${label}` }))}
            readOnly={isReadOnly}
            onDismiss={({ detail }) => apply((parsed) => removeItem(parsed, slot.at, detail.itemIndex))}
          />
        )}
        <Autosuggest
          value={typed}
          ariaLabel={`Errors of ${name}`}
          placeholder="Add an error: States.Timeout, a name of your own …"
          options={suggestions.filter((error) => !names.includes(error)).map((value) => ({ value }))}
          enteredTextLabel={(text) => `Add “${text}”`}
          clearAriaLabel="Clear"
          expandToViewport
          disabled={isReadOnly}
          onChange={({ detail }) => setTyped(detail.value)}
          onSelect={({ detail }) => add(detail.value)}
        />
      </div>
    </Field>
  );
}
