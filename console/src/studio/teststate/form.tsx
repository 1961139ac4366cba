import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { State, Workflow } from '../../asl/types';
import { JsonField } from './json-field';
import { MockFields } from './mock-fields';
import { type Answer, isMocked, type Level, type Problems, type Settings, workOf } from './request';
import styles from './teststate.module.css';

export interface FormProps {
  state: State;
  workflow: Workflow;
  /** Names of those that states before may have assigned. */
  variables: readonly string[];
  settings: Settings;
  problems: Problems;
  change(changed: Partial<Settings>): void;
}

const levels: { value: Level; label: string; description: string }[] = [
  { value: 'INFO', label: 'INFO', description: 'Status, output and next state' },
  { value: 'DEBUG', label: 'DEBUG', description: 'Every stage of the data, too' },
  { value: 'TRACE', label: 'TRACE', description: 'The HTTP request and response, too' },
];

/** What a test is given. */
export function Form(props: FormProps) {
  const { state, variables, settings, problems, change } = props;
  const work = workOf(state);
  return (
    <SpaceBetween size="m">
      <JsonField label="Input" value={settings.input} error={problems.input} onChange={(input) => change({ input })} />
      <ExpandableSection
        headerText="Variables"
        headerDescription={
          variables.length > 0 ? `It may read ${variables.map((name) => `$${name}`).join(', ')}` : undefined
        }
        defaultExpanded={settings.variables.trim() !== ''}
      >
        <JsonField
          label="Variables as JSON"
          value={settings.variables}
          error={problems.variables}
          onChange={(variables) => change({ variables })}
          constraint="An object: a member is a variable, without $."
        />
      </ExpandableSection>
      {work !== 'none' && (
        <FormField
          label="Answer"
          stretch
          description={work === 'mock' ? `A test of ${kindOf(state)} needs a mock.` : undefined}
        >
          <SegmentedControl
            label="Answer"
            selectedId={settings.answer}
            onChange={({ detail }) => change({ answer: detail.selectedId as Answer })}
            options={[
              { id: 'call', text: 'Real call', disabled: work === 'mock' },
              { id: 'result', text: 'Mocked result' },
              { id: 'error', text: 'Mocked error' },
            ]}
          />
        </FormField>
      )}
      {isMocked(state, settings) && <MockFields {...props} />}
      <div className={styles.pair}>
        <FormField label="Inspection level">
          <Select
            selectedOption={levels.find(({ value }) => value === settings.level) ?? null}
            options={levels}
            onChange={({ detail }) => change({ level: detail.selectedOption.value as Level })}
          />
        </FormField>
        <FormField label="Execution role" errorText={problems.roleArn}>
          <Input
            value={settings.roleArn}
            onChange={({ detail }) => change({ roleArn: detail.value })}
            spellcheck={false}
            invalid={problems.roleArn !== undefined}
          />
        </FormField>
      </div>
    </SpaceBetween>
  );
}

function kindOf({ type, value }: State): string {
  if (type !== 'Task') return `a ${type} state`;
  return String(value.Resource).includes(':activity:') ? 'an activity' : 'a task that others end';
}
