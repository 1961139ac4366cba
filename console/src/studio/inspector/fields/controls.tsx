/** Controls of values that are written out. `undefined` stands for: not there. */
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import Textarea from '@cloudscape-design/components/textarea';
import Toggle from '@cloudscape-design/components/toggle';
import type { ReactNode } from 'react';
import { JsonEditor } from '../../code';
import { useEditing } from '../editing';
import { readJson, readNumber, useDraft, writeJson, writeScalar } from './draft';

export interface ControlProps {
  label: string;
  value: unknown;
  onChange(value: unknown): void;
  placeholder?: string;
  isInvalid?: boolean;
}

interface TextControlProps extends ControlProps {
  suggestions?: readonly string[];
  isLong?: boolean;
  /** What an empty text becomes. */
  empty?: '' | undefined;
}

export function TextControl({
  label,
  value,
  onChange,
  placeholder,
  isInvalid,
  suggestions,
  isLong,
  empty,
}: TextControlProps) {
  const { isReadOnly } = useEditing();
  const text = writeScalar(value);
  const common = {
    value: text,
    placeholder,
    ariaLabel: label,
    disabled: isReadOnly,
    invalid: isInvalid,
    onChange: ({ detail }: { detail: { value: string } }) => onChange(detail.value === '' ? empty : detail.value),
  };
  if (isLong || text.includes('\n'))
    return <Textarea {...common} rows={Math.min(8, Math.max(2, text.split('\n').length))} />;
  if (suggestions && suggestions.length > 0)
    return (
      <Autosuggest
        {...common}
        options={suggestions.map((suggestion) => ({ value: suggestion }))}
        enteredTextLabel={(typed) => `Use “${typed}”`}
        clearAriaLabel="Clear"
        expandToViewport
      />
    );
  return <Input {...common} spellcheck={false} />;
}

/** A number, with what is wrong with what was typed. */
export function NumberControl({
  label,
  value,
  onChange,
  placeholder,
  isInvalid,
  isWhole = true,
  isRequired = false,
  children,
}: ControlProps & {
  isWhole?: boolean;
  isRequired?: boolean;
  children(control: ReactNode, error: string | null): ReactNode;
}) {
  const { isReadOnly } = useEditing();
  const draft = useDraft(value, writeScalar, (text) => readNumber(text, isWhole, isRequired));
  return children(
    <Input
      value={draft.text}
      inputMode={isWhole ? 'numeric' : 'decimal'}
      placeholder={placeholder}
      ariaLabel={label}
      disabled={isReadOnly}
      invalid={isInvalid || draft.error !== null}
      onChange={({ detail }) => draft.type(detail.value, onChange)}
    />,
    draft.error,
  );
}

/** Any JSON; a text that is none yet stays and is marked. */
export function JsonControl({
  label,
  value,
  onChange,
  height,
  children,
}: ControlProps & { height?: number; children(control: ReactNode, error: string | null): ReactNode }) {
  const { isReadOnly, language } = useEditing();
  const draft = useDraft(value, writeJson, (text) => readJson(text, language));
  const lines = draft.text.split('\n').length;
  return children(
    <JsonEditor
      label={label}
      value={draft.text}
      height={height ?? Math.min(360, lines * 18 + (lines === 1 ? 16 : 24))}
      readOnly={isReadOnly}
      isOfDocument
      onChange={(text) => draft.type(text, onChange)}
    />,
    draft.error,
  );
}

export function BooleanControl({ label, value, onChange }: ControlProps) {
  const { isReadOnly } = useEditing();
  return (
    <Toggle
      checked={value === true}
      disabled={isReadOnly}
      ariaLabel={label}
      onChange={({ detail }) => onChange(detail.checked)}
    >
      {String(value === true)}
    </Toggle>
  );
}

export interface Choice {
  value: string;
  label?: string;
  description?: string;
}

export interface ChoiceGroup {
  label: string;
  options: readonly Choice[];
}

export function EnumControl({
  label,
  value,
  onChange,
  isInvalid,
  choices,
  none,
  placeholder,
}: ControlProps & { choices: readonly (Choice | ChoiceGroup)[]; none?: string }) {
  const { isReadOnly } = useEditing();
  const flat = choices.flatMap((choice): readonly Choice[] => ('options' in choice ? choice.options : [choice]));
  const known = flat.find((choice) => choice.value === (value ?? ''));
  const asWritten = typeof value === 'string' && !known ? { value, description: 'As written' } : null;
  const options = [
    ...(none === undefined ? [] : [{ value: '', label: none }]),
    ...choices,
    ...(asWritten ? [asWritten] : []),
  ];
  return (
    <Select
      options={options}
      selectedOption={
        known ?? asWritten ?? (value === undefined && none !== undefined ? { value: '', label: none } : null)
      }
      placeholder={placeholder ?? 'Choose'}
      ariaLabel={label}
      disabled={isReadOnly}
      invalid={isInvalid}
      filteringType={flat.length > 8 ? 'auto' : 'none'}
      filteringAriaLabel={`Filter ${label}`}
      expandToViewport
      onChange={({ detail }) =>
        onChange(detail.selectedOption.value === '' && none !== undefined ? undefined : detail.selectedOption.value)
      }
    />
  );
}
