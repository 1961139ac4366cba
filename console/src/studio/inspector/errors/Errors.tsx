import { insertItem } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import { isObject } from '../../../asl/tree';
import type { State } from '../../../asl/types';
import { AddButton } from '../action/add';
import { useActionModel } from '../catalog';
import { member, type Slot, useEditing } from '../editing';
import { Card, useOpen } from '../fields/Card';
import { Info } from '../fields/Field';
import { ItemTools } from '../fields/ItemTools';
import { TargetField, useTargets } from '../fields/NextField';
import { ResultPathField, StateField } from '../fields/StateField';
import { slotOf } from '../forms/common';
import { StraysIn } from '../forms/strays';
import styles from '../inspector.module.css';
import { readResource } from '../model/resource';
import { AssignRows } from '../tabs/Variables';
import { ErrorNames } from './ErrorNames';
import { duration, NEW_RETRIER, waits } from './retry';
import { errorSuggestions } from './suggestions';

/** What happens when the state fails: retriers first, then catchers. */
export function Errors({ state }: { state: State }) {
  const { apply } = useEditing();
  const resource = readResource(String(state.value.Resource ?? ''));
  const model = useActionModel(resource);
  const targets = useTargets(state.scope);
  const suggestions = errorSuggestions(state.type, state.type === 'Task' ? resource : null, model.shape);
  const slot = slotOf(state);
  const retry = member(slot, 'Retry');
  const catches = member(slot, 'Catch');
  const retriers = Array.isArray(retry.value) ? retry.value : [];
  const catchers = Array.isArray(catches.value) ? catches.value : [];
  const isOpenRetrier = useOpen(retriers.length);
  const isOpenCatcher = useOpen(catchers.length);
  const elsewhere = targets.find(({ value }) => value !== state.name)?.value ?? state.name;
  const newCatcher = { ErrorEquals: ['States.ALL'], Next: elsewhere };
  return (
    <>
      <h3 className={styles.section}>Retry on errors</h3>
      {retriers.map((retrier, index) => (
        <Card
          // biome-ignore lint/suspicious/noArrayIndexKey: retriers have no names
          key={index}
          isOpen={isOpenRetrier(index)}
          name={`Retrier #${index + 1}`}
          summary={`${namesOf(retrier)} · ${summary(retrier)}`}
          actions={<ItemTools list={retry.at} index={index} count={retriers.length} name={`retrier ${index + 1}`} />}
        >
          <Retrier
            slot={{ at: child(retry.at, index), value: retrier }}
            name={`retrier ${index + 1}`}
            suggestions={suggestions}
            isLast={index === retriers.length - 1}
          />
        </Card>
      ))}
      <AddButton
        label="Add retrier"
        onClick={() => apply((parsed) => insertItem(parsed, retry.at, retriers.length, NEW_RETRIER))}
      />
      <h3 className={styles.section}>Catch errors</h3>
      {catchers.map((catcher, index) => {
        const at = child(catches.at, index);
        const catcherSlot: Slot = { at, value: catcher };
        const name = `catcher ${index + 1}`;
        const next = isObject(catcher) ? catcher.Next : undefined;
        return (
          <Card
            // biome-ignore lint/suspicious/noArrayIndexKey: catchers have no names
            key={index}
            isOpen={isOpenCatcher(index)}
            name={`Catcher #${index + 1}`}
            more={typeof next === 'string' && ` → ${next}`}
            summary={namesOf(catcher)}
            actions={<ItemTools list={catches.at} index={index} count={catchers.length} name={name} />}
          >
            <ErrorNames of={catcherSlot} name={name} suggestions={suggestions} isLast={index === catchers.length - 1} />
            <TargetField at={child(at, 'Next')} value={next} label="Then go to" help="Next" scope={state.scope} />
            {state.queryLanguage === 'JSONata' ? (
              <StateField of={catcherSlot} name="Output" kind="json" expression="jsonata" />
            ) : (
              <ResultPathField of={catcherSlot} placeholder="$.error" />
            )}
            <AssignRows of={catcherSlot} isCompact />
            <StateField of={catcherSlot} name="Comment" label="Comment of the catcher" help="Comment" kind="text" />
            <StraysIn of={catcherSlot} at={['Catch', '0']} />
          </Card>
        );
      })}
      <AddButton
        label="Add catcher"
        onClick={() => apply((parsed) => insertItem(parsed, catches.at, catchers.length, newCatcher))}
      />
      <p className={styles.muted}>
        A failed attempt goes to the first retrier that names its error; when that gives up, to the first catcher.{' '}
        <Info about="ErrorEquals" label="errors" />
      </p>
    </>
  );
}

function Retrier({
  slot,
  name,
  suggestions,
  isLast,
}: {
  slot: Slot;
  name: string;
  suggestions: readonly string[];
  isLast: boolean;
}) {
  return (
    <>
      <ErrorNames of={slot} name={name} suggestions={suggestions} isLast={isLast} />
      <div className={styles.pair}>
        <StateField of={slot} name="IntervalSeconds" label="Interval, seconds" kind="integer" placeholder="1" />
        <StateField of={slot} name="MaxAttempts" label="Max attempts" kind="integer" placeholder="3" />
        <StateField of={slot} name="BackoffRate" label="Backoff rate" kind="number" placeholder="2" />
        <StateField of={slot} name="MaxDelaySeconds" label="Max delay, seconds" kind="integer" placeholder="No limit" />
      </div>
      <StateField
        of={slot}
        name="JitterStrategy"
        label="Jitter"
        kind={[
          { value: 'NONE', label: 'None' },
          { value: 'FULL', label: 'Full: a random part of each wait' },
        ]}
        none="None (default)"
      />
      <Waits retrier={slot.value} />
      <StateField of={slot} name="Comment" label="Comment of the retrier" help="Comment" kind="text" />
      <StraysIn of={slot} at={['Retry', '0']} />
    </>
  );
}

/** The waits before each attempt, as bars and in words. */
function Waits({ retrier }: { retrier: unknown }) {
  const list = waits(retrier);
  if (!list) return null;
  if (list.length === 0) return <p className={styles.muted}>It does not try again.</p>;
  const longest = Math.max(...list, 0.001);
  const all = waits(retrier, 10_000) ?? list;
  const isRandom = isObject(retrier) && retrier.JitterStrategy === 'FULL';
  return (
    <div>
      <div className={styles.bars} aria-hidden="true">
        {list.map((wait, attempt) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts are told apart by their order
            key={attempt}
            style={{ blockSize: `${Math.max(6, (wait / longest) * 100)}%`, opacity: isRandom ? 0.55 : 1 }}
          />
        ))}
      </div>
      <p className={styles.muted} data-testid="waits">
        {isRandom ? 'Up to ' : ''}
        {list.slice(0, 6).map(duration).join(', ')}
        {all.length > 6 ? ' …' : ''} · {duration(all.reduce((sum, wait) => sum + wait, 0))} in all
      </p>
    </div>
  );
}

function namesOf(entry: unknown): string {
  const names = isObject(entry) && Array.isArray(entry.ErrorEquals) ? entry.ErrorEquals : [];
  return names.length > 0 ? names.join(', ') : 'No errors yet';
}

function summary(retrier: unknown): string {
  const list = waits(retrier, 10_000);
  if (!list) return 'expressions';
  return list.length === 0 ? 'never' : `${list.length} × from ${duration(list[0] ?? 0)}`;
}
