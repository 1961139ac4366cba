import { addBranch, moveItem, removeBranch } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { isObject } from '../../../asl/tree';
import type { State } from '../../../asl/types';
import { AddButton } from '../action/add';
import { useEditing } from '../editing';
import { Card } from '../fields/Card';
import { Info, Tool } from '../fields/Field';
import { TargetField } from '../fields/NextField';
import { StateField } from '../fields/StateField';
import styles from '../inspector.module.css';
import { strayOfWorkflow } from '../model/known-fields';
import { Strays } from './strays';

export function ParallelForm({ state }: { state: State }) {
  const { workflow, apply, isReadOnly, store, language } = useEditing();
  const list = child(state.path, 'Branches');
  const branches = Array.isArray(state.value.Branches) ? state.value.Branches : [];
  return (
    <>
      <h3 className={styles.section}>
        Branches <Info about="Branches" label="Branches" />
      </h3>
      {branches.map((branch, index) => {
        const at = child(list, index);
        const scope = workflow.scopes.get(at);
        const names = (scope?.states ?? []).map((path) => workflow.states.get(path)?.name ?? '');
        const name = `branch ${index + 1}`;
        return (
          <Card
            // biome-ignore lint/suspicious/noArrayIndexKey: branches have no names
            key={index}
            name={`Branch #${index + 1}`}
            summary={
              names.length === 0 ? 'No states yet' : names.slice(0, 4).join(' · ') + (names.length > 4 ? ' …' : '')
            }
            actions={
              <>
                <Tool
                  label={`Move ${name} up`}
                  isDisabled={isReadOnly || index === 0}
                  onClick={() => apply((parsed) => moveItem(parsed, list, index, index - 1))}
                >
                  ↑
                </Tool>
                <Tool
                  label={`Move ${name} down`}
                  isDisabled={isReadOnly || index === branches.length - 1}
                  onClick={() => apply((parsed) => moveItem(parsed, list, index, index + 1))}
                >
                  ↓
                </Tool>
                <Tool
                  label={`Remove ${name}`}
                  isDisabled={isReadOnly || branches.length === 1}
                  onClick={() => apply((parsed) => removeBranch(parsed, state.path, index))}
                >
                  ✕
                </Tool>
              </>
            }
          >
            <TargetField
              at={child(at, 'StartAt')}
              value={isObject(branch) ? branch.StartAt : undefined}
              label="First state"
              help="StartAt"
              scope={at}
            />
            <StateField
              of={{ at, value: branch }}
              name="Comment"
              label="Comment of the branch"
              help="Comment"
              kind="text"
            />
            <Strays of={{ at, value: branch }} strays={strayOfWorkflow(branch, language, false)} />
            <ul className={styles.list}>
              {(scope?.states ?? []).map((path) => (
                <li key={path}>
                  <button type="button" className={styles.link} onClick={() => store.getState().select([path])}>
                    {workflow.states.get(path)?.name}
                  </button>
                </li>
              ))}
            </ul>
          </Card>
        );
      })}
      <AddButton label="Add branch" onClick={() => apply((parsed) => addBranch(parsed, state.path))} />
    </>
  );
}
