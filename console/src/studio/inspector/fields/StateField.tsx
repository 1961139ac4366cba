import { useRef } from 'react';
import { renameField, setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { isObject } from '../../../asl/tree';
import { member, type Slot, useEditing } from '../editing';
import styles from '../inspector.module.css';
import { asExpression, asLiteral, isJsonata, type Suffix, written } from '../model/values';
import { BooleanControl, type Choice, EnumControl, JsonControl, NumberControl, TextControl } from './controls';
import { Expression, ExpressionTool } from './Expression';
import { Field, Tool } from './Field';

export type Kind = 'text' | 'longText' | 'integer' | 'number' | 'boolean' | 'json' | readonly Choice[];

interface StateFieldProps {
  /** The object that has the field. */
  of: Slot;
  name: string;
  kind: Kind;
  label?: string;
  help?: string;
  isOptional?: boolean;
  /** How JSONPath names the twin; `.$` in payload templates. */
  suffix?: Suffix;
  /** JSONPath: the field has a twin with this suffix that finds it at run time. JSONata: always, unless `none`. */
  expression?: 'Path' | 'jsonata' | 'always' | 'none';
  placeholder?: string;
  constraint?: string;
  suggestions?: readonly string[];
  hint?: string | null;
  none?: string;
  /** A path that may be null: what that means. */
  whenNull?: string;
}

/** A field of a state (a retrier, a batcher …) with its twin for expressions. */
export function StateField({
  of,
  name,
  kind,
  label = name,
  help = name,
  isOptional,
  expression = 'none',
  suffix = 'Path',
  placeholder,
  constraint,
  suggestions,
  hint,
  none,
  whenNull,
}: StateFieldProps) {
  const { apply, set, language, isReadOnly } = useEditing();
  const object = isObject(of.value) ? of.value : {};
  const at = child(of.at, name);
  const found = written(object, name, language, suffix);
  const other = useRef<unknown>(undefined);
  const wasTyped = useRef(false);
  const canSwitch = language === 'JSONata' ? expression !== 'none' : expression === 'Path' || suffix === '.$';
  const isExpression = expression === 'always' || (canSwitch && (found?.isExpression ?? false));
  const value = found?.value;
  const place = found ? child(of.at, found.key) : at;
  const toggle = () => {
    const kept = other.current;
    other.current = value;
    const next = isExpression ? asLiteral(name, value, kept) : asExpression(name, kept ?? value, language, suffix);
    const change = next.value;
    apply((parsed) =>
      found
        ? renameField(parsed, place, next.key, change ?? startOf(kind))
        : setField(parsed, child(of.at, next.key), change ?? startOf(kind)),
    );
  };
  const commit = (typed: unknown) => {
    wasTyped.current = isJsonata(typed);
    set(place, typed);
  };
  const common = { label, value, onChange: commit, placeholder };
  const frame = (control: React.ReactNode, error: string | null = null) => (
    <Field
      label={label}
      at={[at, at + suffix]}
      isWhole={kind === 'json'}
      help={help}
      isOptional={isOptional}
      constraint={constraint}
      error={error}
      hint={hint}
      actions={
        whenNull ? (
          <Tool
            label={`null for ${label}`}
            isPressed={value === null}
            isDisabled={isReadOnly}
            onClick={() => set(place, value === null ? undefined : null)}
          >
            null
          </Tool>
        ) : (
          canSwitch &&
          expression !== 'always' && (
            <ExpressionTool name={label} language={language} isExpression={isExpression} onToggle={toggle} />
          )
        )
      }
    >
      {control}
    </Field>
  );
  if (whenNull && value === null) return frame(<p className={styles.muted}>{whenNull}</p>);
  if (isExpression)
    return frame(
      <Expression
        label={label}
        value={value}
        onChange={(text) => set(place, text === '' && expression === 'always' ? undefined : text)}
        placeholder={placeholder}
        autoFocus={wasTyped.current}
      />,
    );
  if (kind === 'json') return <JsonControl {...common}>{frame}</JsonControl>;
  if (kind === 'integer' || kind === 'number')
    return (
      <NumberControl {...common} isWhole={kind === 'integer'}>
        {frame}
      </NumberControl>
    );
  if (kind === 'boolean') return frame(<BooleanControl {...common} />);
  if (typeof kind === 'object') return frame(<EnumControl {...common} choices={kind} none={none} />);
  return frame(<TextControl {...common} isLong={kind === 'longText'} suggestions={suggestions} />);
}

/** A field that was an expression has to hold something, or it would be gone. */
function startOf(kind: Kind): unknown {
  if (kind === 'integer' || kind === 'number') return 0;
  if (kind === 'json') return {};
  if (kind === 'boolean') return false;
  return typeof kind === 'object' ? (kind[0]?.value ?? '') : '';
}

/** The value of a field, wherever it is written. */
export function isWritten(of: Slot, ...names: string[]): boolean {
  return names.some((name) => member(of, name).value !== undefined);
}

/** Of a state or a catcher. */
export function ResultPathField({ of, placeholder = '$' }: { of: Slot; placeholder?: string }) {
  const whenNull = 'The result is dropped; the input goes on as it is.';
  return (
    <StateField
      of={of}
      name="ResultPath"
      kind="text"
      expression="always"
      placeholder={placeholder}
      whenNull={whenNull}
    />
  );
}
