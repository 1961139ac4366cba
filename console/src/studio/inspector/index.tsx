import Alert from '@cloudscape-design/components/alert';
import Tabs from '@cloudscape-design/components/tabs';
import { type ReactNode, useState } from 'react';
import { useStore } from 'zustand';
import type { State, Workflow } from '../../asl/types';
import { StateTile } from '../../graph/tile';
import { kindText } from '../../layout/describe';
import type { StudioStore } from '../store';
import { EditingProvider, problemsAt, useEditing, useMakeEditing } from './editing';
import { Errors } from './errors/Errors';
import { ProblemList } from './fields/ProblemList';
import { SeveralForm } from './forms/several';
import { StateForm } from './forms/state';
import { WorkflowForm } from './forms/workflow';
import styles from './inspector.module.css';
import { useSample } from './sample';
import { Definition } from './tabs/Definition';
import { InputOutput } from './tabs/InputOutput';
import { Variables } from './tabs/Variables';

export interface InspectorProps {
  store: StudioStore;
  /** An execution whose data is shown, and whose paths are offered in expressions. */
  run?: string;
}

/** The Studio's right pane: everything about what is selected. */
export function Inspector({ store, run }: InspectorProps) {
  const selection = useStore(store, (studio) => studio.selection);
  const workflow = useStore(store, (studio) => studio.workflow);
  const sample = useSample(run, workflow, selection.length === 1 ? selection[0] : undefined);
  const { editing, refusal } = useMakeEditing(store, sample);
  const [tab, setTab] = useState('form');
  if (!editing) return null;
  const states = selection.flatMap((path) => editing.workflow.states.get(path) ?? []);
  const [only] = states;
  return (
    <EditingProvider value={editing}>
      <section className={styles.panel} aria-label="Inspector" data-testid="inspector">
        {editing.isReadOnly && (
          <Alert type="warning">The text cannot be read, so the forms rest. Repair it in Code mode, or undo.</Alert>
        )}
        {refusal && <Alert type="error">{refusal}</Alert>}
        {states.length === 0 ? (
          <Plain kind="Nothing is selected" title="Workflow">
            <WorkflowForm />
          </Plain>
        ) : states.length > 1 ? (
          <Plain kind="Selected" title={`${states.length} states`}>
            <SeveralForm states={states} />
          </Plain>
        ) : (
          only && <OneState key={placeOf(only, editing.workflow)} state={only} tab={tab} onTab={setTab} />
        )}
      </section>
    </EditingProvider>
  );
}

/** Tells states apart, and stays while a name is being typed. */
function placeOf({ path, scope }: State, workflow: Workflow): string {
  return `${scope} ${workflow.scopes.get(scope)?.states.indexOf(path)}`;
}

function Plain({ kind, title, children }: { kind: string; title: string; children: ReactNode }) {
  return (
    <>
      <header className={styles.head}>
        <div className={styles.kind}>{kind}</div>
        <h2 className={styles.title}>{title}</h2>
      </header>
      <div className={styles.body}>{children}</div>
    </>
  );
}

const COMPACT = { tab: { fontSize: '13px', paddingInline: '0', paddingBlock: '2px' } };

function OneState({ state, tab, onTab }: { state: State; tab: string; onTab(tab: string): void }) {
  const { workflow } = useEditing();
  const { type } = state;
  const tabs = [
    { id: 'form', label: 'Form', show: true, content: <StateForm state={state} /> },
    { id: 'data', label: 'I/O', show: type !== 'Fail', content: <InputOutput state={state} /> },
    {
      id: 'variables',
      label: 'Variables',
      show: type !== 'Succeed' && type !== 'Fail',
      content: <Variables state={state} />,
    },
    {
      id: 'errors',
      label: 'Errors',
      show: type === 'Task' || type === 'Parallel' || type === 'Map',
      content: <Errors state={state} />,
    },
    { id: 'definition', label: 'Definition', show: true, content: <Definition state={state} /> },
  ].filter(({ show }) => show);
  const active = tabs.some(({ id }) => id === tab) ? tab : 'form';
  return (
    <>
      <header className={styles.head}>
        <div className={styles.row}>
          <StateTile state={state} size={32} />
          <div className={styles.grow}>
            <div className={styles.kind}>{kindText(state, workflow)}</div>
            <h2 className={styles.title}>{state.name}</h2>
          </div>
        </div>
        <Problems state={state} />
      </header>
      <Tabs
        activeTabId={active}
        onChange={({ detail }) => onTab(detail.activeTabId)}
        ariaLabel="About the state"
        disableContentPaddings
        style={COMPACT}
        tabs={tabs.map(({ id, label, content }) => ({
          id,
          label,
          contentRenderStrategy: 'active',
          content: <div className={`${styles.body} ${styles.stack}`}>{content}</div>,
        }))}
      />
    </>
  );
}

/** All that is wrong with the state, wherever its fields are. */
function Problems({ state }: { state: State }) {
  const editing = useEditing();
  // What is inside of a state in it is that state's.
  const found = problemsAt(editing, state.path, false).filter(
    (problem) => problem.state === undefined || problem.state === state.path,
  );
  return <ProblemList problems={found} />;
}
