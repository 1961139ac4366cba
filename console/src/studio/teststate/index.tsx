import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { call } from '../../api/aws';
import { infoQuery } from '../../api/queries';
import { fromPointer } from '../../asl/pointer';
import type { State, StatePath, Workflow } from '../../asl/types';
import { variablesBefore } from '../../asl/variables';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyCli } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import Modal from '../../shared/Modal';
import { readStored, writeStored } from '../../shared/useStored';
import { shapeOf } from '../code/catalog';
import { deployable } from '../save/deployable';
import type { StudioState, StudioStore } from '../store';
import { Form } from './form';
import { Past } from './past-picker';
import { isMocked, problemsOf, refusalOf, requestOf, type Settings, settingsOf, workOf } from './request';
import { Result } from './result';
import type { TestAnswer } from './stages';
import styles from './teststate.module.css';

export interface TestStatePanelProps {
  store: StudioStore;
  state: StatePath;
  onClose(): void;
}

/** Larger ones are not worth the room that a browser gives. */
const keptCharacters = 200_000;

/** Tests one state: with real calls or a mock, and every stage of its data. What is filled in is remembered for each state. */
export function TestStatePanel({ store, state: path, onClose }: TestStatePanelProps) {
  const workflow = useStore(store, (studio) => studio.workflow);
  const state = workflow?.states.get(path);
  return workflow && state ? <Panel key={path} {...{ store, workflow, state, onClose }} /> : null;
}

interface Props {
  store: StudioStore;
  workflow: Workflow;
  state: State;
  onClose(): void;
}

interface Tested {
  answer: TestAnswer;
  request: ReturnType<typeof requestOf>;
  millis: number;
}

function Panel({ store, workflow, state, onClose }: Props) {
  const { base, config } = store.getState();
  const key = `stepwright.test.${base?.stateMachineArn ?? config.name}.${state.path}`;
  const variables = variablesBefore(workflow, state.path).map(({ name }) => name);
  const [settings, setSettings] = useState(() =>
    settingsOf(state, variables, config.roleArn, readStored<Partial<Settings>>(key, {})),
  );
  /** Since the last test. */
  const [isChanged, setChanged] = useState(false);
  const change = (changed: Partial<Settings>) => {
    const next = { ...settings, ...changed };
    setSettings(next);
    setChanged(true);
    if (JSON.stringify(next).length <= keptCharacters) writeStored(key, next);
  };
  const request = useRequest(store, state, settings);
  const [asks, setAsks] = useState<string | null>(null);
  const controller = useRef<AbortController | null>(null);
  const testing = useMutation({
    mutationFn: async (): Promise<Tested> => {
      setChanged(false);
      controller.current = new AbortController();
      const began = performance.now();
      const answer = await call<TestAnswer>('stepfunctions', 'TestState', request, controller.current.signal);
      return { answer, request, millis: performance.now() - began };
    },
  });
  const mistakes = problemsOf(state, settings);
  const hasMistakes = Object.keys(mistakes).length > 0;
  const problems = { ...(isChanged ? {} : refusalOf(testing.error)), ...mistakes };
  const calls = workOf(state) === 'call' && !isMocked(state, settings);
  const start = async () => {
    const resource = String(state.value.Resource ?? '');
    // What nobody knows may write.
    if (calls && (await shapeOf(resource))?.isWrite !== false) setAsks(resource);
    else testing.mutate();
  };
  return (
    <>
      <Modal
        visible
        size="max"
        onDismiss={onClose}
        header={
          <span className={styles.header}>
            Test state <span className={styles.name}>{state.name}</span>
            <span className={styles.type}>{state.type}</span>
          </span>
        }
        footer={
          <div className={styles.footer}>
            <CopyCli command={cli('stepfunctions', 'TestState', request)} />
            <Reach calls={calls} isMocked={isMocked(state, settings)} resource={String(state.value.Resource ?? '')} />
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={onClose}>
                Close
              </Button>
              {testing.isPending && <Button onClick={() => controller.current?.abort()}>Stop waiting</Button>}
              <Button
                variant="primary"
                iconName="caret-right-filled"
                disabled={hasMistakes}
                disabledReason="Something that was filled in cannot be used; it is marked."
                loading={testing.isPending}
                onClick={start}
                data-testid="start-test"
              >
                Start test
              </Button>
            </SpaceBetween>
          </div>
        }
      >
        <div className={styles.columns} data-testid="test-state">
          <section className={styles.column} aria-label="What the test is given">
            <SpaceBetween size="m">
              <Past store={store} workflow={workflow} state={state} onData={change} />
              <Form state={state} workflow={workflow} variables={variables} {...{ settings, problems, change }} />
            </SpaceBetween>
          </section>
          <section className={styles.column} aria-label="Result of the test">
            <Result
              state={state}
              tested={testing.data ?? null}
              error={controller.current?.signal.aborted ? null : testing.error}
              isPending={testing.isPending}
              isOld={isChanged}
            />
          </section>
        </div>
      </Modal>
      {asks !== null && (
        <ConfirmDialog
          title="Call it really?"
          confirm="Start test"
          onClose={() => setAsks(null)}
          onConfirm={async () => testing.mutate()}
        >
          <Box>
            This test calls <Box variant="code">{asks}</Box> with the arguments that the state makes of the input. It
            may change things. A mocked result calls nothing.
          </Box>
        </ConfirmDialog>
      )}
    </>
  );
}

/** In the whole workflow, so that a state inside of a Map sees its item; alone as long as there are mistakes elsewhere. */
function useRequest(store: StudioStore, state: State, settings: Settings) {
  const studio = useStore(store);
  const { deployed, whole } = useMemo(() => deployedOf(studio, state), [studio, state]);
  return requestOf(deployed, settings, whole);
}

/** The state with the values of substitutions, and the whole definition if it is sound. */
function deployedOf(studio: StudioState, state: State): { deployed: State; whole: string | null } {
  try {
    const definition = JSON.parse(deployable(studio));
    const value = fromPointer(state.path).reduce((found, name) => found?.[name], definition) ?? state.value;
    const isSound = !studio.isStale && !studio.diagnostics.some(({ severity }) => severity === 'error');
    return { deployed: { ...state, value }, whole: isSound ? JSON.stringify(definition) : null };
  } catch {
    // A substitution without a value where a number goes: the state as it stands.
    return { deployed: state, whole: null };
  }
}

/** What the test does to the world. */
function Reach({ calls, isMocked, resource }: { calls: boolean; isMocked: boolean; resource: string }) {
  const aws = useQuery(infoQuery).data?.aws;
  const where = aws === 'aws' ? 'AWS' : aws;
  return (
    <span className={styles.reach}>
      {isMocked
        ? 'Nothing is called: the mock answers.'
        : calls
          ? `Really calls ${resource.replace(/^arn:[^:]*:states:::/, '')}${where ? ` (AWS’s APIs at ${where})` : ''}.`
          : 'Calls nothing.'}
    </span>
  );
}
