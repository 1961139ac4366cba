import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { aws, ui } from '../../api/queries';
import type { ExecutionSummary, Page } from '../../api/types';
import { Link } from '../../app/Link';
import { links, nameOf } from '../../app/links';
import { compareVisits } from '../../history/compare';
import { fold } from '../../history/fold';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { JsonDiff } from '../../shared/JsonDiff';
import Modal from '../../shared/Modal';
import { usePreferences } from '../../shared/preferences';
import { statusWords } from '../../shared/StatusBadge';
import { durationText, timeText } from '../../shared/time';
import styles from './compare.module.css';
import { eventsQuery } from './history';
import { type Description, useModel } from './model';
import { VisitStatus } from './visit-status';

/** Another execution of the same machine beside this one: input, way, durations, output. */
export function Compare({ onClose }: { onClose: () => void }) {
  const { arn, description } = useModel();
  const { times } = usePreferences();
  const [chosen, setChosen] = useState<string | null>(null);
  const recent = useQuery(
    ui<Page<ExecutionSummary>>('executions', {
      stateMachineArn: description.stateMachineArn,
      mapRunArn: description.mapRunArn,
      limit: 50,
    }),
  );
  const others = (recent.data?.items ?? []).filter((one) => one.arn !== arn);
  const option = ({ arn, name, status, startMillis }: ExecutionSummary) => ({
    value: arn,
    label: name,
    description: `${statusWords[status]}, ${timeText(startMillis, times)}`,
  });
  const usual = others.find(({ status }) => status === 'SUCCEEDED') ?? others[0];
  const selected = others.find((one) => one.arn === chosen) ?? usual;
  return (
    <Modal visible size="max" header="Compare with another execution" onDismiss={onClose}>
      <SpaceBetween size="m">
        {recent.error && <ErrorBox error={recent.error} onRetry={() => recent.refetch()} />}
        <FormField label="Execution" description="Of the last 50 of this state machine.">
          <Select
            selectedOption={selected ? option(selected) : null}
            options={others.map(option)}
            filteringType="auto"
            placeholder="Choose an execution"
            empty="There is no other execution"
            onChange={({ detail }) => setChosen(detail.selectedOption.value ?? null)}
          />
        </FormField>
        {selected && <Both other={selected.arn} />}
        {recent.data && !selected && <EmptyState title="There is no other execution of this state machine" />}
      </SpaceBetween>
    </Modal>
  );
}

function Both({ other }: { other: string }) {
  const { description, live, workflow } = useModel();
  const described = useQuery(aws<Description>('stepfunctions', 'DescribeExecution', { executionArn: other }));
  const events = useQuery(eventsQuery(other));
  const theirs = useMemo(() => (events.data ? fold(workflow, events.data) : null), [workflow, events.data]);
  const error = described.error ?? events.error;
  if (error) return <ErrorBox error={error} />;
  if (!theirs || !described.data) return <Loading />;
  const rows = compareVisits(live, theirs);
  const there = described.data;
  return (
    <SpaceBetween size="m">
      <table className={styles.table}>
        <caption>Steps</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">This execution</th>
            <th scope="col">
              <Link href={links.execution(other)}>{nameOf(other)}</Link>
            </th>
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ state, name, mine, other, isDifferent }) => (
            <tr key={state} data-different={isDifferent || undefined}>
              <th scope="row">{name}</th>
              <td>{mine ? <Side {...mine} /> : 'Not entered'}</td>
              <td>{other ? <Side {...other} /> : 'Not entered'}</td>
              <td>{mine && other ? signed(other.millis - mine.millis) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3 className={styles.heading}>Input</h3>
      <JsonDiff before={description.input ?? 'null'} after={there.input ?? 'null'} label="Difference of the inputs" />
      <h3 className={styles.heading}>Output</h3>
      {description.output && there.output ? (
        <JsonDiff before={description.output} after={there.output} label="Difference of the outputs" />
      ) : (
        <div>Not both have an output.</div>
      )}
    </SpaceBetween>
  );
}

function Side({
  status,
  count,
  millis,
}: {
  status: Parameters<typeof VisitStatus>[0]['status'];
  count: number;
  millis: number;
}) {
  return (
    <span className={styles.side}>
      <VisitStatus status={status} /> {durationText(millis)}
      {count > 1 && ` (${count.toLocaleString('en')}×)`}
    </span>
  );
}

function signed(millis: number): string {
  return `${millis < 0 ? '−' : '+'}${durationText(Math.abs(millis))}`;
}
