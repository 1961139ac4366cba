import { insertItem } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import type { State } from '../../../asl/types';
import { AddButton } from '../action/add';
import { member, type Slot, useEditing } from '../editing';
import { Card, useOpen } from '../fields/Card';
import { Expression } from '../fields/Expression';
import { Field } from '../fields/Field';
import { ItemTools } from '../fields/ItemTools';
import { TargetField, useTargets } from '../fields/NextField';
import { StateField } from '../fields/StateField';
import { slotOf } from '../forms/common';
import { StraysIn } from '../forms/strays';
import { AssignRows } from '../tabs/Variables';
import { NEW_COMPARISON } from './model';
import { RuleEditor } from './RuleEditor';

export function ChoiceForm({ state }: { state: State }) {
  const { apply } = useEditing();
  const targets = useTargets(state.scope);
  const slot = slotOf(state);
  const list = member(slot, 'Choices');
  const rules = Array.isArray(list.value) ? list.value : [];
  const isOpen = useOpen(rules.length);
  const add = () => {
    const next = targets.find(({ value }) => value !== state.name)?.value ?? state.name;
    const rule =
      state.queryLanguage === 'JSONata' ? { Condition: '{% true %}', Next: next } : { ...NEW_COMPARISON, Next: next };
    apply((parsed) => insertItem(parsed, list.at, rules.length, rule));
  };
  return (
    <>
      {rules.map((rule, index) => {
        const transition = state.transitions.find(({ kind, index: of }) => kind === 'choice' && of === index);
        return (
          <Card
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no names
            key={index}
            isOpen={isOpen(index)}
            name={`Rule #${index + 1}`}
            more={transition?.target && ` → ${transition.target}`}
            summary={transition?.label || 'No condition yet'}
            actions={<ItemTools list={list.at} index={index} count={rules.length} name={`rule ${index + 1}`} />}
          >
            <RuleForm slot={{ at: child(list.at, index), value: rule }} state={state} number={index + 1} />
          </Card>
        );
      })}
      <AddButton label="Add rule" onClick={add} />
      <TargetField
        at={child(state.path, 'Default')}
        value={state.value.Default}
        label="Default"
        help="Default"
        scope={state.scope}
        none="None: the state fails when no rule matches"
      />
    </>
  );
}

function RuleForm({ slot, state, number }: { slot: Slot; state: State; number: number }) {
  const { set } = useEditing();
  const condition = member(slot, 'Condition');
  const next = member(slot, 'Next');
  return (
    <>
      {state.queryLanguage === 'JSONata' ? (
        <>
          <Field label="Condition" at={condition.at} help="Condition">
            <Expression
              label="Condition"
              value={condition.value}
              placeholder="$states.input.count > 10"
              onChange={(text) => set(condition.at, text)}
            />
          </Field>
          <StateField of={slot} name="Output" kind="json" expression="jsonata" />
        </>
      ) : (
        <RuleEditor slot={slot} name={`rule ${number}`} />
      )}
      <TargetField at={next.at} value={next.value} label="Then go to" help="Next" scope={state.scope} />
      <AssignRows of={slot} isCompact />
      <StateField of={slot} name="Comment" label="Comment of the rule" help="RuleComment" kind="text" />
      {state.queryLanguage === 'JSONata' && <StraysIn of={slot} at={['Choices', '0']} />}
    </>
  );
}
