/** Executions that start executions: each leads to the other. */
import { Link } from '../../app/Link';
import { links, nameOf } from '../../app/links';
import { eventOf } from '../../history/frames';
import type { Visit } from '../../history/types';
import { useModel } from './model';
import { payloadOf, useEvent } from './payloads';

/** By what AWS asks people to put into the input of an execution that another starts. */
export function parentOf(input: string | undefined): string | null {
  const name = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';
  if (!input?.includes(name)) return null;
  return textIn(input, name);
}

/** Of a Task that starts an execution: the way to it, as soon as it is there. */
export function Child({ visit }: { visit: Visit }) {
  const { arn, view } = useModel();
  const isStart = /startExecution|startSyncExecution/i.test(visit.resource ?? '');
  const answered = visit.events.findLast((id) => /Task(Submitted|Succeeded)$/.test(eventOf(view, id)?.type ?? ''));
  const event = useEvent(arn, isStart ? answered : null);
  const payload = payloadOf(event.data);
  const child = payload && (textIn(payload, 'ExecutionArn') ?? textIn(payload, 'executionArn'));
  if (!isStart || !child) return null;
  return (
    <span>
      Started <Link href={links.execution(child)}>{nameOf(child)}</Link>
    </span>
  );
}

function textIn(json: string, name: string): string | null {
  try {
    const value = JSON.parse(json)?.[name];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
