import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { State } from '../../asl/types';
import { ErrorBox } from '../../shared/Feedback';
import { JsonDiff } from '../../shared/JsonDiff';
import { JsonView } from '../../shared/JsonView';
import { isSameJson } from '../../shared/json/diff';
import { durationText } from '../../shared/time';
import type { requestOf } from './request';
import { handlingOf, type InspectionData, type Stage, stagesOf, type TestAnswer } from './stages';
import styles from './teststate.module.css';

interface ResultProps {
  state: State;
  tested: { answer: TestAnswer; request: ReturnType<typeof requestOf>; millis: number } | null;
  error: unknown;
  isPending: boolean;
  /** Something else has been filled in since. */
  isOld: boolean;
}

const looks: Record<TestAnswer['status'], [StatusIndicatorProps.Type, string]> = {
  SUCCEEDED: ['success', 'Succeeded'],
  CAUGHT_ERROR: ['warning', 'Caught an error'],
  RETRIABLE: ['pending', 'Would be retried'],
  FAILED: ['error', 'Failed'],
};

export function Result({ state, tested, error, isPending, isOld }: ResultProps) {
  const [shown, setShown] = useState('differences');
  if (isPending)
    return (
      <div className={styles.empty} role="status">
        <Spinner /> The test runs; it has five minutes.
      </div>
    );
  if (error) return <ErrorBox error={error} title="The test could not be started" />;
  if (!tested)
    return (
      <div className={styles.empty}>
        <b>Nothing tested yet</b>
        <span>
          Start the test to see every stage of the data: what came in, what each field made of it, what goes out.
        </span>
      </div>
    );
  const { answer, request, millis } = tested;
  const [type, words] = looks[answer.status];
  const retriers = Array.isArray(state.value.Retry) ? (state.value.Retry as { MaxAttempts?: unknown }[]) : [];
  const handling = handlingOf(answer, retriers);
  const stages = stagesOf(answer, request);
  return (
    <SpaceBetween size="m">
      <div className={styles.summary} data-testid="test-status" role="status">
        <StatusIndicator type={type}>{words}</StatusIndicator>
        {answer.nextState !== undefined && (
          <span>
            Next state <b>{answer.nextState}</b>
          </span>
        )}
        <span className={styles.secondary}>
          {durationText(millis)}
          {isOld && ' · of what was filled in before'}
        </span>
        <Numbers data={answer.inspectionData} />
        <span className={styles.fill} />
        <SegmentedControl
          label="What is shown of each stage"
          selectedId={shown}
          onChange={({ detail }) => setShown(detail.selectedId)}
          options={[
            { id: 'differences', text: 'Differences' },
            { id: 'values', text: 'Values' },
          ]}
        />
      </div>
      {handling !== null && (
        <Alert type={answer.status === 'FAILED' ? 'error' : 'warning'} header={answer.error ?? 'The state failed'}>
          {answer.cause && <div className={styles.cause}>{answer.cause}</div>}
          <b>{handling}</b>
        </Alert>
      )}
      <ol className={styles.flow}>
        {stages.map((stage) => (
          <StageView key={stage.id} stage={stage} areDifferences={shown === 'differences'} />
        ))}
      </ol>
      <Http data={answer.inspectionData} />
    </SpaceBetween>
  );
}

function StageView({ stage, areDifferences }: { stage: Stage; areDifferences: boolean }) {
  const { id, title, field, text, before } = stage;
  const isSame = before !== null && isSameJson(before.text, text);
  return (
    <li className={styles.stage} data-testid={`stage-${id}`}>
      <div className={styles.stageHead}>
        <h3>{title}</h3>
        {field && title !== field && !title.endsWith(field) && <span className={styles.secondary}>{field}</span>}
        {before && (
          <span className={styles.secondary}>{isSame ? `same as ${before.title}` : `from ${before.title}`}</span>
        )}
      </div>
      {areDifferences && isSame ? null : areDifferences && before ? (
        <JsonDiff
          before={before.text}
          after={text}
          label={`${title}: differences from ${before.title}`}
          maxHeight={260}
        />
      ) : (
        <JsonView text={text} label={title} maxHeight={260} />
      )}
    </li>
  );
}

/** What a Map's fields came to. */
function Numbers({ data }: { data: InspectionData | undefined }) {
  const told = [
    ['Concurrency', data?.maxConcurrency === 0 ? 'no limit' : data?.maxConcurrency],
    ['Tolerated failures', data?.toleratedFailureCount],
    [
      'Tolerated failures',
      data?.toleratedFailurePercentage === undefined ? undefined : `${data.toleratedFailurePercentage} %`,
    ],
  ].filter(([, value]) => value !== undefined);
  return told.map(([name, value]) => (
    <span key={`${name}${value}`} className={styles.secondary}>
      {name} <b>{value}</b>
    </span>
  ));
}

/** Of an HTTP task, at TRACE. */
function Http({ data }: { data: InspectionData | undefined }) {
  const { request, response } = data ?? {};
  if (!request && !response) return null;
  const parts = [
    ['Request', request && `${request.method ?? ''} ${request.url ?? ''} ${request.protocol ?? ''}`, request],
    [
      'Response',
      response && `${response.protocol ?? ''} ${response.statusCode ?? ''} ${response.statusMessage ?? ''}`,
      response,
    ],
  ] as const;
  return parts.map(
    ([title, line, message]) =>
      message && (
        <div key={title} className={styles.http}>
          <Box variant="h3">HTTP {title.toLowerCase()}</Box>
          <Box variant="code">{line}</Box>
          {message.headers && (
            <JsonView text={message.headers} label={`Headers of the ${title.toLowerCase()}`} maxHeight={160} />
          )}
          {message.body && (
            <JsonView text={message.body} label={`Body of the ${title.toLowerCase()}`} maxHeight={200} />
          )}
        </div>
      ),
  );
}
