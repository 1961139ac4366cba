import ExpandableSection from '@cloudscape-design/components/expandable-section';
import type { State } from '../../../asl/types';
import { JsonView } from '../../../shared/JsonView';
import { useEditing } from '../editing';
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
  return (
    <>
      <RunInput />
      <Step title="1 · Take from the input">
        <StateField
          of={slot}
          name="InputPath"
          kind="text"
          expression="always"
          placeholder="$"
          whenNull="The state gets an empty object."
        />
      </Step>
      {(type === 'Pass' || type === 'Parallel' || type === 'Map') && (
        <Step
          title="2 · Shape it"
          text={type === 'Map' ? 'ItemSelector shapes each item; it stands in the form.' : undefined}
        >
          {type !== 'Map' && <StateField of={slot} name="Parameters" kind="json" />}
        </Step>
      )}
      {HAS_SELECTOR.has(type) && (
        <Step title="3 · Shape the result">
          <StateField of={slot} name="ResultSelector" kind="json" />
        </Step>
      )}
      {HAS_RESULT.has(type) && (
        <Step title="4 · Put the result into the input">
          <ResultPathField of={slot} />
        </Step>
      )}
      <Step title="5 · Take what goes on">
        <StateField
          of={slot}
          name="OutputPath"
          kind="text"
          expression="always"
          placeholder="$"
          whenNull="An empty object goes on."
        />
      </Step>
    </>
  );
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
