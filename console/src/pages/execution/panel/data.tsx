import Select from '@cloudscape-design/components/select';
import { useUrl } from '../../../app/search';
import { eventOf } from '../../../history/frames';
import type { CompactEvent, ExecutionView, Visit } from '../../../history/types';
import { ErrorBox, Loading } from '../../../shared/Feedback';
import { JsonDiff } from '../../../shared/JsonDiff';
import { JsonView } from '../../../shared/JsonView';
import { Cause } from '../cause';
import { hintFor } from '../hints';
import { useModel } from '../model';
import { detailsOf, payloadOf, unfolded, useEvent } from '../payloads';
import styles from './panel.module.css';

const kinds = ['input', 'arguments', 'result', 'output', 'diff'] as const;
type Kind = (typeof kinds)[number];

const texts: Record<Kind, string> = {
  input: 'Input',
  arguments: 'Arguments',
  result: 'Result',
  output: 'Output',
  diff: 'Diff',
};

/** What went in, what was asked, what came back, what went out, and what that changed. */
export function DataTab({ visit }: { visit: Visit }) {
  const { view, attempt: chosen, setAttempt } = useModel();
  const [url, setUrl] = useUrl();
  const attempts = visit.attempts;
  const attempt = attempts[(chosen ?? attempts.length) - 1] ?? attempts.at(-1);
  const isCall = visit.type === 'Task';
  const there = isCall ? kinds : kinds.filter((kind) => kind !== 'arguments' && kind !== 'result');
  const kind = there.find((kind) => kind === url.data) ?? 'input';
  const isOfAttempt = kind === 'arguments' || kind === 'result';
  return (
    <div>
      <Failure visit={visit} />
      <div className={styles.kinds} role="toolbar" aria-label="Data">
        {there.map((id) => (
          <button key={id} type="button" aria-pressed={id === kind} onClick={() => setUrl({ data: id })}>
            {texts[id]}
          </button>
        ))}
      </div>
      {isOfAttempt && attempts.length > 1 && attempt && (
        <div className={styles.choose}>
          <Select
            ariaLabel="Attempt"
            selectedOption={{ value: String(attempt.number), label: `Attempt ${attempt.number}` }}
            options={attempts.map(({ number, status, error }) => ({
              value: String(number),
              label: `Attempt ${number}`,
              description: error ?? status,
            }))}
            onChange={({ detail }) => setAttempt(Number(detail.selectedOption.value))}
          />
        </div>
      )}
      {kind === 'diff' ? (
        <Diff visit={visit} />
      ) : kind === 'output' ? (
        <Payload event={visit.exited} label={`${visit.name} output`} none={noOutput(visit)} />
      ) : kind === 'arguments' ? (
        <Payload event={attempt?.event} label={`${visit.name} arguments`} none="Nothing was sent yet." isScheduled />
      ) : kind === 'result' ? (
        <Payload
          event={resultEvent(view, visit, attempt?.event)}
          label={`${visit.name} result`}
          none="There is no result yet."
        />
      ) : (
        <Payload event={visit.entered} label={`${visit.name} input`} none="" />
      )}
    </div>
  );
}

function noOutput({ status }: Visit): string {
  return status === 'running' || status === 'retrying' ? 'It still runs.' : 'It ended without an output.';
}

function Failure({ visit }: { visit: Visit }) {
  const { arn, view } = useModel();
  // Compact events cut a long cause; the whole one is asked for.
  const id = visit.events.findLast((id) => eventOf(view, id)?.error !== undefined);
  const event = useEvent(arn, visit.error === undefined ? null : id);
  if (visit.error === undefined) return null;
  const whole = detailsOf(event.data).cause;
  const cause = typeof whole === 'string' ? whole : visit.cause;
  const hint = visit.status === 'caught' ? null : hintFor(visit.error, cause);
  return (
    <div className={styles.error} data-testid="step-error">
      <strong>{visit.error || 'Error without a name'}</strong>
      {cause && <Cause cause={cause} error={visit.error} />}
      {hint && (
        <div className={styles.small}>
          <b>Hint:</b> {hint}
        </div>
      )}
    </div>
  );
}

/** The event that ended an attempt, or the answer to its submit. */
function resultEvent(view: ExecutionView, visit: Visit, attempt: number | undefined): number | undefined {
  const ends = /(Succeeded|Failed|TimedOut|Submitted)$/;
  const ofAttempt = visit.events.filter((id) => id >= (attempt ?? 0));
  const next = ofAttempt.find((id) => id > (attempt ?? 0) && eventOf(view, id)?.type.endsWith('Scheduled'));
  const fits = (event: CompactEvent | undefined) =>
    event && ends.test(event.type) && !event.type.endsWith('StateFailed');
  return ofAttempt.filter((id) => next === undefined || id < next).findLast((id) => fits(eventOf(view, id)));
}

interface PayloadProps {
  event: number | null | undefined;
  label: string;
  /** Said when there is none. */
  none: string;
  isScheduled?: boolean;
}

function Payload({ event: id, label, none, isScheduled = false }: PayloadProps) {
  const { arn } = useModel();
  const event = useEvent(arn, id);
  if (id === null || id === undefined) return <div className={styles.note}>{none}</div>;
  if (event.error) return <ErrorBox error={event.error} onRetry={() => event.refetch()} />;
  if (!event.data) return <Loading />;
  const text = payloadOf(event.data);
  const details = detailsOf(event.data);
  if (text !== undefined) {
    return (
      <>
        {isScheduled && <Sent details={details} />}
        <JsonView text={text} label={label} maxHeight={520} />
      </>
    );
  }
  if (details.error !== undefined || details.cause !== undefined)
    return <JsonView value={unfolded({ error: details.error, cause: details.cause })} label={label} />;
  return <div className={styles.note}>The event carries no data.</div>;
}

/** How a call was made, beside its arguments. */
function Sent({ details }: { details: Record<string, unknown> }) {
  const { resourceType, resource, region, timeoutInSeconds, heartbeatInSeconds } = details;
  const seconds = (value: unknown) => (typeof value === 'number' ? `${value} s` : undefined);
  const facts: [string, unknown][] = [
    ['Resource', resourceType ? `${resourceType} ${resource}` : resource],
    ['Region', region],
    ['Timeout', seconds(timeoutInSeconds)],
    ['Heartbeat', seconds(heartbeatInSeconds)],
  ];
  return (
    <dl className={styles.pairs}>
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
    </dl>
  );
}

function Diff({ visit }: { visit: Visit }) {
  const { arn } = useModel();
  const input = useEvent(arn, visit.entered);
  const output = useEvent(arn, visit.exited);
  if (visit.exited === null) return <div className={styles.note}>{noOutput(visit)}</div>;
  const error = input.error ?? output.error;
  if (error) return <ErrorBox error={error} />;
  const [before, after] = [payloadOf(input.data), payloadOf(output.data)];
  if (before === undefined || after === undefined) return <Loading />;
  return <JsonDiff before={before} after={after} label={`What ${visit.name} changed`} maxHeight={520} />;
}
