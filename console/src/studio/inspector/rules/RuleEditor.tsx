/** One condition of a Choice in JSONPath: a comparison, or And, Or, Not of conditions. */
import { insertItem, renameField, setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { isObject } from '../../../asl/tree';
import type { Parsed } from '../../../asl/types';
import { AddButton } from '../action/add';
import { type Slot, useEditing } from '../editing';
import { BooleanControl, EnumControl, JsonControl, NumberControl, TextControl } from '../fields/controls';
import { Expression, ExpressionTool } from '../fields/Expression';
import { Field } from '../fields/Field';
import { ItemTools } from '../fields/ItemTools';
import styles from '../inspector.module.css';
import {
  asKind,
  conditionOf,
  NEW_COMPARISON,
  OPERATORS,
  operandFor,
  operatorOf,
  type Rule,
  readRule,
  withCondition,
} from './model';

const KINDS = [
  { value: 'compare', label: 'Comparison' },
  { value: 'And', label: 'All of (And)' },
  { value: 'Or', label: 'Any of (Or)' },
  { value: 'Not', label: 'Not' },
];

const OPERATOR_CHOICES = [...new Set(OPERATORS.map(({ group }) => group))].map((group) => ({
  label: group,
  options: OPERATORS.filter((operator) => operator.group === group).map(({ name, label }) => ({
    value: name,
    label: name,
    description: label,
  })),
}));

export function RuleEditor({ slot, name, tools }: { slot: Slot; name: string; tools?: React.ReactNode }) {
  const { apply, set } = useEditing();
  const rule = readRule(slot.value);
  const written = isObject(slot.value) ? slot.value : {};
  const choose = (kind: unknown) => {
    if (kind !== 'compare' && kind !== 'And' && kind !== 'Or' && kind !== 'Not') return;
    const condition = asKind(conditionOf(written), kind);
    apply((parsed) => setField(parsed, slot.at, withCondition(written, condition)));
  };
  return (
    <div className={styles.stack} data-rule={rule.kind}>
      <div className={styles.row}>
        <div className={styles.grow}>
          <EnumControl
            label={`Kind of ${name}`}
            value={rule.kind === 'other' ? undefined : rule.kind}
            choices={KINDS}
            placeholder="Choose what it compares"
            onChange={choose}
          />
        </div>
        {tools}
      </div>
      {rule.kind === 'compare' && <Comparison slot={slot} rule={rule} name={name} />}
      {(rule.kind === 'And' || rule.kind === 'Or') && (
        <div className={`${styles.stack} ${styles.group}`}>
          {rule.rules.map((part, index) => {
            const list = child(slot.at, rule.kind);
            const partName = `${name}.${index + 1}`;
            return (
              <RuleEditor
                // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no names
                key={index}
                slot={{ at: child(list, index), value: part }}
                name={partName}
                tools={<ItemTools list={list} index={index} count={rule.rules.length} name={partName} />}
              />
            );
          })}
          <AddButton
            label={`Add condition to ${name}`}
            onClick={() =>
              apply((parsed) => insertItem(parsed, child(slot.at, rule.kind), rule.rules.length, NEW_COMPARISON))
            }
          />
        </div>
      )}
      {rule.kind === 'Not' && (
        <div className={styles.group}>
          <RuleEditor slot={{ at: child(slot.at, 'Not'), value: rule.rule }} name={`${name}.1`} />
        </div>
      )}
      {rule.kind === 'other' && (
        <JsonControl
          label={`JSON of ${name}`}
          value={isObject(rule.value) ? conditionOf(rule.value) : rule.value}
          onChange={(value) => set(slot.at, isObject(value) ? withCondition(written, value) : value)}
        >
          {(control, error) => (
            <Field label={`JSON of ${name}`} at={slot.at} isWhole error={error}>
              {control}
            </Field>
          )}
        </JsonControl>
      )}
    </div>
  );
}

function Comparison({ slot, rule, name }: { slot: Slot; rule: Extract<Rule, { kind: 'compare' }>; name: string }) {
  const { apply, set } = useEditing();
  const operand = child(slot.at, rule.key);
  const become = (key: string, value: unknown) => apply((parsed: Parsed) => renameField(parsed, operand, key, value));
  const choose = (chosen: unknown) => {
    const found = typeof chosen === 'string' ? operatorOf(chosen) : null;
    if (!found || found.operator === rule.operator) return;
    const isPath = rule.isPath && found.operator.hasPath;
    become(found.operator.name + (isPath ? 'Path' : ''), operandFor(found.operator, isPath, rule.value));
  };
  const toggle = () =>
    become(rule.operator.name + (rule.isPath ? '' : 'Path'), operandFor(rule.operator, !rule.isPath, rule.value));
  const tool = rule.operator.hasPath && (
    <ExpressionTool name={`value of ${name}`} language="JSONPath" isExpression={rule.isPath} onToggle={toggle} />
  );
  const label = `Value of ${name}`;
  const frame = (control: React.ReactNode, error: string | null = null) => (
    <Field label="Value" at={operand} error={error} actions={tool}>
      {control}
    </Field>
  );
  const common = { label, value: rule.value, onChange: (value: unknown) => set(operand, value) };
  return (
    <>
      <Field label="Variable" at={child(slot.at, 'Variable')}>
        <Expression
          label={`Variable of ${name}`}
          value={rule.variable}
          onChange={(text) => set(child(slot.at, 'Variable'), text)}
        />
      </Field>
      <div className={`${styles.pair} ${styles.wideFirst}`}>
        <Field label="Operator" at={slot.at}>
          <EnumControl
            label={`Operator of ${name}`}
            value={rule.operator.name}
            choices={OPERATOR_CHOICES}
            onChange={choose}
          />
        </Field>
        {rule.isPath ? (
          frame(<Expression label={label} value={rule.value} onChange={(text) => set(operand, text)} />)
        ) : rule.operator.operand === 'Numeric' ? (
          <NumberControl {...common} isWhole={false} isRequired>
            {frame}
          </NumberControl>
        ) : rule.operator.operand === null || rule.operator.operand === 'Boolean' ? (
          frame(<BooleanControl {...common} />)
        ) : (
          frame(
            <TextControl
              {...common}
              empty=""
              placeholder={
                rule.operator.operand === 'Timestamp'
                  ? '2026-01-31T12:00:00Z'
                  : rule.operator.name === 'StringMatches'
                    ? 'web-*'
                    : undefined
              }
            />,
          )
        )}
      </div>
    </>
  );
}
