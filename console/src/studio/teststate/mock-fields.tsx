import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { State, Workflow } from '../../asl/types';
import type { FormProps } from './form';
import { JsonField } from './json-field';
import { type FieldValidationMode, readsItems } from './request';
import styles from './teststate.module.css';

const modes: { value: FieldValidationMode; label: string; description: string }[] = [
  { value: 'STRICT', label: 'STRICT', description: 'As the API’s model says, with all required fields' },
  { value: 'PRESENT', label: 'PRESENT', description: 'Fields that are there are as the model says' },
  { value: 'NONE', label: 'NONE', description: 'Anything' },
];

/** The mock, and what came before it. */
export function MockFields({ state, workflow, settings, problems, change }: FormProps) {
  const isMap = state.type === 'Map';
  const inside = statesInside(workflow, state);
  return (
    <SpaceBetween size="m">
      {settings.answer === 'result' ? (
        <>
          <JsonField
            label="Result"
            value={settings.result}
            error={problems.result}
            onChange={(result) => change({ result })}
            description={describe(state)}
          />
          {state.type === 'Task' && (
            <FormField label="Field validation" stretch>
              <Select
                selectedOption={modes.find(({ value }) => value === settings.fieldValidationMode) ?? null}
                options={modes}
                onChange={({ detail }) =>
                  change({ fieldValidationMode: detail.selectedOption.value as FieldValidationMode })
                }
              />
            </FormField>
          )}
        </>
      ) : (
        <div className={styles.pair}>
          <FormField label="Error" errorText={problems.error}>
            <Input
              value={settings.error}
              onChange={({ detail }) => change({ error: detail.value })}
              spellcheck={false}
              invalid={problems.error !== undefined}
            />
          </FormField>
          <FormField label="Cause – optional">
            <Input value={settings.cause} onChange={({ detail }) => change({ cause: detail.value })} />
          </FormField>
          {inside.length > 0 && (
            <FormField label="Error caused by state – optional" errorText={problems.errorCausedByState}>
              <Select
                selectedOption={{
                  value: settings.errorCausedByState,
                  label: settings.errorCausedByState || 'Not said',
                }}
                options={[{ value: '', label: 'Not said' }, ...inside.map((name) => ({ value: name, label: name }))]}
                onChange={({ detail }) => change({ errorCausedByState: detail.selectedOption.value ?? '' })}
              />
            </FormField>
          )}
        </div>
      )}
      <div className={styles.pair}>
        <FormField label="Retries so far" errorText={problems.retrierRetryCount}>
          <Input
            value={settings.retrierRetryCount}
            onChange={({ detail }) => change({ retrierRetryCount: detail.value })}
            inputMode="numeric"
            placeholder="0"
          />
        </FormField>
        {isMap && (
          <FormField label="Failed items" errorText={problems.mapIterationFailureCount}>
            <Input
              value={settings.mapIterationFailureCount}
              onChange={({ detail }) => change({ mapIterationFailureCount: detail.value })}
              inputMode="numeric"
              placeholder="0"
            />
          </FormField>
        )}
      </div>
      {readsItems(state) && (
        <JsonField
          label="Data of the item reader"
          description="The file as it is read: JSON, JSONL or CSV."
          language="text"
          value={settings.mapItemReaderData}
          error={problems.mapItemReaderData}
          onChange={(mapItemReaderData) => change({ mapItemReaderData })}
        />
      )}
      <ExpandableSection headerText="Context object" defaultExpanded={settings.context.trim() !== ''}>
        <JsonField
          label="Context object as JSON"
          value={settings.context}
          error={problems.context}
          onChange={(context) => change({ context })}
          constraint="Execution, State and StateMachine, and Task for a token; empty: the test’s own."
        />
      </ExpandableSection>
    </SpaceBetween>
  );
}

function describe({ type, value }: State): string | undefined {
  if (type === 'Map')
    return value.ResultWriter === undefined ? 'An array: what each item came to.' : 'What the result writer answers.';
  return type === 'Parallel' ? 'An array: what each branch came to.' : undefined;
}

/** Names of the states in its branches or its processor, however deep. */
function statesInside(workflow: Workflow, { path, scopes }: State): string[] {
  if (scopes.length === 0) return [];
  return [...workflow.states.values()].flatMap((state) => (state.path.startsWith(`${path}/`) ? [state.name] : []));
}
