import Button from '@cloudscape-design/components/button';
import type { ReactNode } from 'react';
import { representative } from '../../../history/frames';
import type { Visit } from '../../../history/types';
import { Duration } from '../../../shared/Time';
import { useModel } from '../model';
import { Child } from '../nested';
import { VisitStatus } from '../visit-status';
import { DataTab } from './data';
import { DefinitionTab } from './definition';
import { ExecutionTabs } from './execution';
import { ItemsTab } from './items';
import styles from './panel.module.css';
import { RetriesTab } from './retries';
import { StepEventsTab } from './step-events';
import { Tabs } from './tabs';
import { VariablesTab } from './variables';
import { Visits } from './visits';

/** The step that is selected; without one the execution itself. */
export function Panel() {
  const { selection, workflow } = useModel();
  if (selection.visit) return <Step visit={selection.visit} />;
  const state = selection.state === null ? undefined : workflow?.states.get(selection.state);
  if (state) return <NotEntered path={state.path} name={state.name} type={state.type ?? ''} />;
  return (
    <div className={styles.panel} data-testid="execution-panel">
      <ExecutionTabs />
    </div>
  );
}

function Title({ name, kind, children }: { name: string; kind: string; children?: ReactNode }) {
  const { selectState } = useModel();
  return (
    <header className={styles.header}>
      <div className={styles.title}>
        <span className={styles.kind}>{kind}</span>
        <h2>{name}</h2>
        {children}
      </div>
      <Button variant="icon" iconName="close" ariaLabel="Close the step" onClick={() => selectState(null)} />
    </header>
  );
}

function Step({ visit }: { visit: Visit }) {
  const { tab, setTab, workflow } = useModel();
  const state = workflow?.states.get(visit.state);
  const isMap = visit.type === 'Map';
  // One that failed before it began has nothing in it.
  const isHolder = visit.frames.length > 0 || visit.length !== undefined || visit.mapRunArn !== undefined;
  const tabs = [
    ...(isHolder ? [{ id: 'items', label: isMap ? 'Items' : 'Branches', content: <ItemsTab visit={visit} /> }] : []),
    { id: 'data', label: 'Data', content: <DataTab visit={visit} /> },
    { id: 'variables', label: 'Variables', content: <VariablesTab visit={visit} /> },
    ...(visit.attempts.length > 0
      ? [
          {
            id: 'retries',
            label: visit.attempts.length > 1 ? `Retries (${visit.attempts.length - 1})` : 'Retries',
            content: <RetriesTab visit={visit} />,
          },
        ]
      : []),
    { id: 'events', label: 'Events', content: <StepEventsTab visit={visit} /> },
    ...(state ? [{ id: 'definition', label: 'Definition', content: <DefinitionTab path={visit.state} /> }] : []),
  ];
  return (
    <div className={styles.panel} data-testid="step-panel">
      <Title name={visit.name} kind={visit.resource ? `${visit.type} · ${visit.resource}` : `${visit.type} state`}>
        <div className={styles.state} data-testid="step-status">
          <VisitStatus status={visit.status} />
          <span>
            <Duration startMillis={visit.startMillis} stopMillis={visit.stopMillis} />
          </span>
          <Child visit={visit} />
        </div>
      </Title>
      <Visits visit={visit} />
      <div className={styles.tabs}>
        <Tabs label="Step" tabs={tabs} active={tab} onChange={setTab} />
      </div>
    </div>
  );
}

function NotEntered({ path, name, type }: { path: string; name: string; type: string }) {
  const { live, at, setAt, frame } = useModel();
  const later = at === null ? undefined : representative(live, path, frame);
  return (
    <div className={styles.panel} data-testid="step-panel">
      <Title name={name} kind={`${type} state`}>
        <div className={styles.state} data-testid="step-status">
          <VisitStatus status="idle" />
        </div>
      </Title>
      <div className={styles.note}>
        {later ? (
          <>
            At event {at} this step had not begun.{' '}
            <Button variant="inline-link" onClick={() => setAt(later.entered)}>
              Go to when it did
            </Button>
          </>
        ) : frame ? (
          'This item or branch did not come here.'
        ) : (
          'This execution did not come here.'
        )}
      </div>
      <div className={styles.tabs}>
        <DefinitionTab path={path} />
      </div>
    </div>
  );
}
