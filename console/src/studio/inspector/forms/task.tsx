import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { isObject } from '../../../asl/tree';
import type { State } from '../../../asl/types';
import { useActionModel } from '../catalog';
import { member } from '../editing';
import { StateField } from '../fields/StateField';
import styles from '../inspector.module.css';
import { readResource } from '../model/resource';
import { Arguments } from './Arguments';
import { slotOf } from './common';
import { ResourceField } from './ResourceField';
import { StraysIn } from './strays';

export function TaskForm({ state }: { state: State }) {
  const slot = slotOf(state);
  const credentials = member(slot, 'Credentials');
  const resource = readResource(String(state.value.Resource ?? ''));
  const model = useActionModel(resource);
  return (
    <>
      <ResourceField state={state} model={model} />
      <Arguments state={state} model={model} />
      <ExpandableSection
        headerText="Time limits and credentials"
        defaultExpanded={[
          'TimeoutSeconds',
          'TimeoutSecondsPath',
          'HeartbeatSeconds',
          'HeartbeatSecondsPath',
          'Credentials',
        ].some((name) => Object.hasOwn(state.value, name))}
      >
        <div className={styles.stack}>
          <div className={styles.pair}>
            <StateField
              of={slot}
              name="TimeoutSeconds"
              label="Timeout, s"
              kind="integer"
              expression="Path"
              placeholder="99999999"
            />
            <StateField of={slot} name="HeartbeatSeconds" label="Heartbeat, s" kind="integer" expression="Path" />
          </div>
          {isObject(credentials.value ?? {}) ? (
            <StateField
              of={credentials}
              name="RoleArn"
              label="Role to call with"
              kind="text"
              expression="jsonata"
              suffix=".$"
              placeholder="arn:aws:iam::111122223333:role/name"
            />
          ) : (
            <StateField of={slot} name="Credentials" help="RoleArn" kind="json" expression="jsonata" />
          )}
          <StraysIn of={credentials} at={['Credentials']} />
        </div>
      </ExpandableSection>
    </>
  );
}
