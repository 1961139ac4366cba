import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { aws, queries, ui } from '../../api/queries';
import type { ExecutionSummary, Page } from '../../api/types';
import { nameOf } from '../../app/links';
import type { State, Workflow } from '../../asl/types';
import { pathLabel } from '../../history/frames';
import type { ExecutionView, Visit } from '../../history/types';
import { ErrorBox } from '../../shared/Feedback';
import { usePreferences } from '../../shared/preferences';
import { statusWords } from '../../shared/StatusBadge';
import { timeText } from '../../shared/time';
import type { StudioStore } from '../store';
import { type Described, dataOf, viewOf } from './past';
import { type Settings, workOf } from './request';
import styles from './teststate.module.css';

interface PastProps {
  store: StudioStore;
  workflow: Workflow;
  state: State;
  onData(settings: Partial<Settings>): void;
}

/** The newest ones that are offered. */
const offered = 30;

/** “Use the data of a past execution”: an execution, then one of the times that the state was entered in it. */
export function Past(props: PastProps) {
  // The Studio was opened from a run: its data come first.
  const run = new URLSearchParams(location.search).get('run');
  const [isOpen, setOpen] = useState(run !== null);
  const arn = props.store.getState().base?.stateMachineArn;
  if (!arn) return null;
  if (!isOpen)
    return (
      <Button iconName="history" onClick={() => setOpen(true)} data-testid="use-past">
        Use the data of a past execution
      </Button>
    );
  return <Picker {...props} stateMachineArn={arn} run={run} onClose={() => setOpen(false)} />;
}

function Picker({
  stateMachineArn,
  run,
  workflow,
  state,
  onData,
  onClose,
}: PastProps & { stateMachineArn: string; run: string | null; onClose(): void }) {
  const { times } = usePreferences();
  const [execution, setExecution] = useState(run);
  const [visit, setVisit] = useState<number | null>(null);
  const recent = useQuery(ui<Page<ExecutionSummary>>('executions', { stateMachineArn, limit: offered }));
  const view = useQuery({
    queryKey: ['ui', 'test-state/view', execution],
    queryFn: ({ signal }) => viewOf(execution ?? '', workflow, signal),
    enabled: execution !== null,
    staleTime: 0,
  });
  const loading = useLoad({ execution, view: view.data, visit, onData });
  const visits = view.data?.visits.filter((one) => one.state === state.path) ?? [];
  const options = (recent.data?.items ?? []).map(({ arn, name, status, startMillis }) => ({
    value: arn,
    label: name,
    tags: [statusWords[status], timeText(startMillis, times)],
  }));
  // One visit needs no choice.
  const only = visits.length === 1 ? visits[0] : undefined;
  const isSettled = view.data !== undefined && !view.isFetching;
  useEffect(() => {
    if (isSettled) setVisit(only?.entered ?? null);
  }, [isSettled, only?.entered]);
  const labelOf = (one: Visit) => ({
    value: String(one.entered),
    label: pathLabel(view.data as ExecutionView, one),
    tags: [one.status, timeText(one.startMillis, times, true)],
  });
  const chosen = visits.find(({ entered }) => entered === visit);
  return (
    <div className={styles.past}>
      <SpaceBetween size="xs">
        <div className={styles.pair}>
          <FormField label="Past execution" errorText={recent.isError ? 'The executions cannot be listed.' : undefined}>
            <Select
              selectedOption={
                execution === null
                  ? null
                  : (options.find(({ value }) => value === execution) ?? { value: execution, label: nameOf(execution) })
              }
              options={options}
              placeholder="Choose one"
              filteringType="auto"
              statusType={recent.isLoading ? 'loading' : 'finished'}
              empty="It has not run yet."
              onChange={({ detail }) => {
                setVisit(null);
                setExecution(detail.selectedOption.value ?? null);
              }}
            />
          </FormField>
          <FormField label={`When it entered “${state.name}”`}>
            <Select
              selectedOption={chosen ? labelOf(chosen) : null}
              options={visits.map(labelOf)}
              placeholder={isSettled && visits.length === 0 ? 'It was not entered' : 'Choose one'}
              filteringType={visits.length > 10 ? 'auto' : 'none'}
              disabled={visits.length === 0}
              statusType={view.isFetching ? 'loading' : 'finished'}
              onChange={({ detail }) => setVisit(Number(detail.selectedOption.value))}
            />
          </FormField>
        </div>
        <div className={styles.note} role="status">
          {loading.isSuccess && chosen
            ? `Input, variables and context are those of then${workOf(state) === 'none' ? '' : ', and the mock is what its work came to'}.`
            : 'Fills in input, variables and context from the history.'}{' '}
          <Button variant="inline-link" onClick={onClose}>
            Close
          </Button>
        </div>
        {(view.error || loading.error) && <ErrorBox error={view.error ?? loading.error} />}
      </SpaceBetween>
    </div>
  );
}

interface Load {
  execution: string | null;
  view: ExecutionView | undefined;
  visit: number | null;
  onData(settings: Partial<Settings>): void;
}

/** Fills the form when a visit was chosen. */
function useLoad({ execution, view, visit, onData }: Load) {
  const chosen = view?.visits.find(({ entered }) => entered === visit);
  const query = useQuery({
    queryKey: ['ui', 'test-state/data', execution, visit],
    queryFn: async () => {
      const executionArn = execution ?? '';
      const described = await queries.fetchQuery(
        aws<Described>('stepfunctions', 'DescribeExecution', { executionArn }),
      );
      const machine = await queries
        .fetchQuery(aws<{ roleArn: string }>('stepfunctions', 'DescribeStateMachineForExecution', { executionArn }))
        .catch(() => ({ roleArn: '' }));
      return dataOf(described, machine.roleArn, view as ExecutionView, chosen as Visit);
    },
    enabled: chosen !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { data } = query;
  // biome-ignore lint/correctness/useExhaustiveDependencies: filled once for each choice; what is typed afterwards stays
  useEffect(() => {
    if (data) onData(data);
  }, [data]);
  return query;
}
