import ExpandableSection from '@cloudscape-design/components/expandable-section';
import type { State } from '../../../asl/types';
import { JsonView } from '../../../shared/JsonView';
import { type Slot, useEditing } from '../editing';
import { ResultPathField, StateField } from '../fields/StateField';
import { slotOf } from '../forms/common';
import styles from '../inspector.module.css';

const HAS_RESULT = new Set(['Task', 'Parallel', 'Map', 'Pass']);
const HAS_SELECTOR = new Set(['Task', 'Parallel', 'Map']);

/** What came in when the run that is open was here. */
function RunInput() {
  const { sample } = useEditing();
  if (!sample) return null;
  return (
    <ExpandableSection headerText="Input in the run">
      <JsonView value={sample.input} label="Input in the run" maxHeight={240} />
    </ExpandableSection>
  );
}

/** How data comes into the state and leaves it, in the order in which it happens. */
export function InputOutput({ state }: { state: State }) {
  const { language } = useEditing();
  const slot = slotOf(state);
  const type = state.type ?? '';
  if (language === 'JSONata')
    return (
      <>
        <RunInput />
        {type === 'Parallel' && (
          <Step title="What each branch gets" text="Each branch gets the state’s input when this is left out.">
            <StateField of={slot} name="Arguments" kind="json" expression="jsonata" />
          </Step>
        )}
        <Step
          title="What goes on"
          text={
            HAS_SELECTOR.has(type)
              ? 'The result goes on when this is left out.'
              : 'The input goes on when this is left out.'
          }
        >
          <StateField of={slot} name="Output" kind="json" expression="jsonata" />
        </Step>
      </>
    );
  const steps = [
    {
      title: 'Take from the input',
      show: true,
      field: <Path of={slot} name="InputPath" whenNull="The state gets an empty object." />,
    },
    {
      title: 'Shape it',
      show: type === 'Pass' || type === 'Parallel',
      field: <StateField of={slot} name="Parameters" kind="json" />,
    },
    {
      title: 'Shape the result',
      show: HAS_SELECTOR.has(type),
      field: <StateField of={slot} name="ResultSelector" kind="json" />,
    },
    { title: 'Put the result into the input', show: HAS_RESULT.has(type), field: <ResultPathField of={slot} /> },
    {
      title: 'Take what goes on',
      show: true,
      field: <Path of={slot} name="OutputPath" whenNull="An empty object goes on." />,
    },
  ].filter(({ show }) => show);
  return (
    <>
      <RunInput />
      {steps.map(({ title, field }, index) => (
        <Step key={title} title={`${index + 1} · ${title}`}>
          {field}
        </Step>
      ))}
    </>
  );
}

function Path({ of, name, whenNull }: { of: Slot; name: string; whenNull: string }) {
  return <StateField of={of} name={name} kind="text" expression="always" placeholder="$" whenNull={whenNull} />;
}

function Step({ title, text, children }: { title: string; text?: string; children?: React.ReactNode }) {
  return (
    <section className={styles.stack}>
      <h3 className={styles.section}>{title}</h3>
      {text && <p className={styles.muted}>{text}</p>}
      {children}
    </section>
  );
}
