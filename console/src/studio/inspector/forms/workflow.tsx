import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { useEditing } from '../editing';
import { TargetField } from '../fields/NextField';
import { StateField } from '../fields/StateField';
import styles from '../inspector.module.css';
import { strayOfWorkflow } from '../model/known-fields';
import { LanguageField } from './common';
import { Strays } from './strays';

/** Nothing is selected: the workflow's own fields. */
export function WorkflowForm() {
  const { workflow } = useEditing();
  const slot = { at: '', value: workflow.value };
  const types = new Map<string, number>();
  for (const { type } of workflow.states.values())
    types.set(type ?? 'Unknown', (types.get(type ?? 'Unknown') ?? 0) + 1);
  return (
    <div className={styles.stack}>
      <StateField of={slot} name="Comment" kind="longText" />
      <TargetField at="/StartAt" value={workflow.value.StartAt} label="First state" help="StartAt" scope="" />
      <div className={styles.pair}>
        <LanguageField pointer="" value={workflow.value.QueryLanguage} around="JSONPath" />
        <StateField
          of={slot}
          name="TimeoutSeconds"
          label="Timeout, seconds"
          help="Workflow.TimeoutSeconds"
          kind="integer"
          placeholder="No limit"
        />
      </div>
      <StateField of={slot} name="Version" kind="text" placeholder="1.0" />
      <Strays of={slot} strays={strayOfWorkflow(slot.value, workflow.queryLanguage, true)} />
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'States', value: workflow.states.size },
          { label: 'By type', value: [...types].map(([type, count]) => `${count} ${type}`).join(', ') || '–' },
        ]}
      />
    </div>
  );
}
