/** A value as its shape in the model says: structures, lists and maps hold fields again. */
import { useRef, useState } from 'react';
import type { Shape } from '../../../api/types';
import { insertItem, moveItem, removeItem, renameField, setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { isObject } from '../../../asl/tree';
import { member, type Slot, useEditing } from '../editing';
import { BooleanControl, EnumControl, JsonControl, NumberControl, TextControl } from '../fields/controls';
import { Expression, ExpressionTool } from '../fields/Expression';
import { Field, Tool } from '../fields/Field';
import styles from '../inspector.module.css';
import { asExpression, asLiteral, isJsonata } from '../model/values';
import { AddButton, AddMember } from './add';
import { addable, empty, fits, hint, mayBeJson, type Row, resolve, rows, type Shapes } from './shape';

interface ShapeFieldProps {
  slot: Slot;
  label: string;
  shape: Shape | null;
  shapes: Shapes;
  isExpression: boolean;
  /** Of a member that the model knows. */
  isRequired?: boolean;
  /** null: where JSONPath can find nothing, as in a list. */
  onToggle: (() => void) | null;
  onRemove: (() => void) | null;
  onMoveUp?: () => void;
  suggestions?: Suggestions;
  isDeprecated?: boolean;
}

/** Values of this server for some members, by name. */
export type Suggestions = Record<string, readonly string[]>;

export function ShapeField({
  slot,
  label,
  shape,
  shapes,
  isExpression,
  isRequired,
  onToggle,
  onRemove,
  onMoveUp,
  suggestions,
  isDeprecated,
}: ShapeFieldProps) {
  const { set, language, isReadOnly } = useEditing();
  const [asJson, setAsJson] = useState(false);
  const wasTyped = useRef(false);
  const { at, value } = slot;
  const model: Shape = shape ?? { type: 'document' };
  const isNested = model.type === 'structure' || model.type === 'list' || model.type === 'map';
  const showsJson = !isExpression && value !== undefined && (asJson || !fits(model, value));
  const says =
    shape === null ? 'The model has no such parameter; it is kept' : hint(model, isExpression ? undefined : value);
  const frame = (control: React.ReactNode, error: string | null = null) => (
    <Field
      label={label}
      at={at}
      isWhole={showsJson || isExpression}
      isOptional={isRequired === undefined ? undefined : !isRequired}
      error={error}
      hint={says ?? (isDeprecated ? 'AWS advises against this parameter' : null)}
      constraint={isExpression || showsJson ? undefined : bounds(model)}
      actions={
        <>
          {onMoveUp && (
            <Tool label={`Move ${label} up`} onClick={onMoveUp} isDisabled={isReadOnly}>
              ↑
            </Tool>
          )}
          {!isExpression && (isNested || mayBeJson(label, model)) && (
            <Tool label={`JSON for ${label}`} isPressed={showsJson} onClick={() => setAsJson(!showsJson)}>
              {'{ }'}
            </Tool>
          )}
          {onToggle && (
            <ExpressionTool name={label} language={language} isExpression={isExpression} onToggle={onToggle} />
          )}
          {onRemove && (
            <Tool label={`Remove ${label}`} onClick={onRemove} isDisabled={isReadOnly}>
              ✕
            </Tool>
          )}
        </>
      }
    >
      {control}
    </Field>
  );
  const commit = (next: unknown) => {
    wasTyped.current = isJsonata(next);
    set(at, next);
  };
  const control = { label, value, onChange: commit };
  if (isExpression)
    return frame(
      <Expression label={label} value={value} onChange={(text) => set(at, text)} autoFocus={wasTyped.current} />,
    );
  if (showsJson || model.type === 'document')
    return (
      <JsonControl {...control} onChange={(next) => commit(next === undefined ? null : next)}>
        {frame}
      </JsonControl>
    );
  switch (model.type) {
    case 'structure':
      return frame(<Structure slot={slot} shape={model} shapes={shapes} />);
    case 'list':
      return frame(<List slot={slot} shape={model} shapes={shapes} label={label} />);
    case 'map':
      return frame(<Entries slot={slot} shape={model} shapes={shapes} label={label} />);
    case 'boolean':
      return frame(<BooleanControl {...control} />);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return (
        <NumberControl {...control} isRequired isWhole={model.type === 'integer' || model.type === 'long'}>
          {frame}
        </NumberControl>
      );
    case 'string':
      if (model.enum) return frame(<EnumControl {...control} choices={model.enum.map((name) => ({ value: name }))} />);
      return frame(<TextControl {...control} empty="" suggestions={suggestions?.[label]} />);
    default:
      return frame(
        <TextControl
          {...control}
          empty=""
          placeholder={model.type === 'timestamp' ? '2026-01-31T12:00:00Z' : undefined}
        />,
      );
  }
}

function bounds(shape: Shape): string | undefined {
  if (shape.type === 'integer' || shape.type === 'long' || shape.type === 'float' || shape.type === 'double') {
    if (shape.min !== undefined && shape.max !== undefined) return `${shape.min} to ${shape.max}`;
    return undefined;
  }
  return shape.type === 'timestamp' ? 'ISO 8601, with its zone' : undefined;
}

/** The fields of an object, and a way to add those that it can have. */
export function Structure({
  slot,
  shape,
  shapes,
  suggestions,
  isTop = false,
}: {
  slot: Slot;
  shape: Extract<Shape, { type: 'structure' }>;
  shapes: Shapes;
  suggestions?: Suggestions;
  isTop?: boolean;
}) {
  const { apply, language } = useEditing();
  const object = isObject(slot.value) ? slot.value : {};
  const add = (name: string) => {
    const shapeOf = shape.members[name]?.shape;
    apply((parsed) => setField(parsed, child(slot.at, name), shapeOf ? empty(shapeOf, shapes) : ''));
  };
  return (
    <div className={`${styles.stack} ${isTop ? '' : styles.group}`}>
      {rows(shape, object, language, shapes).map((row) => (
        <StructureRow key={row.name} of={slot} row={row} shapes={shapes} suggestions={suggestions} />
      ))}
      <AddMember names={addable(shape, object, language)} shape={shape} onAdd={add} isTop={isTop} />
    </div>
  );
}

function StructureRow({
  of,
  row,
  shapes,
  suggestions,
}: {
  of: Slot;
  row: Row;
  shapes: Shapes;
  suggestions?: Suggestions;
}) {
  const { apply, language } = useEditing();
  const other = useRef<unknown>(undefined);
  const { name, key, value, isExpression, isWritten } = row;
  const at = child(of.at, key);
  const toggle = () => {
    const kept = other.current;
    other.current = value;
    const start = row.shape ? empty(row.shape, shapes) : '';
    const next = isExpression
      ? asLiteral(name, value, kept ?? start)
      : asExpression(name, kept ?? (value === undefined ? '' : value), language, '.$');
    apply((parsed) =>
      isWritten ? renameField(parsed, at, next.key, next.value) : setField(parsed, child(of.at, next.key), next.value),
    );
  };
  return (
    <ShapeField
      slot={{ at, value }}
      label={name}
      shape={row.shape}
      shapes={shapes}
      isExpression={isExpression}
      isRequired={row.shape ? row.isRequired : undefined}
      isDeprecated={row.member?.isDeprecated}
      suggestions={suggestions}
      onToggle={toggle}
      onRemove={isWritten ? () => apply((parsed) => setField(parsed, at, undefined)) : null}
    />
  );
}

function List({
  slot,
  shape,
  shapes,
  label,
}: {
  slot: Slot;
  shape: Extract<Shape, { type: 'list' }>;
  shapes: Shapes;
  label: string;
}) {
  const { apply, language, set } = useEditing();
  const items = Array.isArray(slot.value) ? slot.value : [];
  const itemShape = resolve(shape.member, shapes);
  return (
    <div className={`${styles.stack} ${styles.group}`}>
      {items.map((item, index) => {
        const inside = member(slot, index);
        const isExpression = language === 'JSONata' && isJsonata(item);
        const toggle = () =>
          set(
            inside.at,
            isExpression
              ? asLiteral('', item, empty(itemShape, shapes)).value
              : asExpression('', item, language, '.$').value,
          );
        return (
          <ShapeField
            // Items have no names of their own.
            // biome-ignore lint/suspicious/noArrayIndexKey: their order is what tells them apart
            key={index}
            slot={inside}
            label={`${label} ${index + 1}`}
            shape={itemShape}
            shapes={shapes}
            isExpression={isExpression}
            onToggle={language === 'JSONata' ? toggle : null}
            onRemove={() => apply((parsed) => removeItem(parsed, slot.at, index))}
            onMoveUp={index === 0 ? undefined : () => apply((parsed) => moveItem(parsed, slot.at, index, index - 1))}
          />
        );
      })}
      <AddButton
        label={`Add to ${label}`}
        onClick={() => apply((parsed) => insertItem(parsed, slot.at, items.length, empty(itemShape, shapes)))}
      />
    </div>
  );
}

function Entries({
  slot,
  shape,
  shapes,
  label,
}: {
  slot: Slot;
  shape: Extract<Shape, { type: 'map' }>;
  shapes: Shapes;
  label: string;
}) {
  const { apply, language } = useEditing();
  const object = isObject(slot.value) ? slot.value : {};
  const valueShape = resolve(shape.value, shapes);
  return (
    <div className={`${styles.stack} ${styles.group}`}>
      {Object.entries(object).map(([key, value]) => {
        const isPath = language === 'JSONPath' && key.endsWith('.$');
        const name = isPath ? key.slice(0, -2) : key;
        const at = child(slot.at, key);
        const isExpression = isPath || (language === 'JSONata' && isJsonata(value));
        const toggle = () => {
          const next = isExpression
            ? asLiteral(name, value, empty(valueShape, shapes))
            : asExpression(name, value, language, '.$');
          apply((parsed) => renameField(parsed, at, next.key, next.value));
        };
        return (
          <ShapeField
            key={key}
            slot={{ at, value }}
            label={name}
            shape={valueShape}
            shapes={shapes}
            isExpression={isExpression}
            onToggle={toggle}
            onRemove={() => apply((parsed) => setField(parsed, at, undefined))}
          />
        );
      })}
      <AddMember
        names={resolveEnum(shape, shapes).filter((name) => !Object.hasOwn(object, name))}
        isFree
        label={label}
        taken={Object.keys(object)}
        onAdd={(name) => apply((parsed) => setField(parsed, child(slot.at, name), empty(valueShape, shapes)))}
      />
    </div>
  );
}

function resolveEnum(shape: Extract<Shape, { type: 'map' }>, shapes: Shapes): readonly string[] {
  const key = resolve(shape.key, shapes);
  return (key.type === 'string' && key.enum) || [];
}
