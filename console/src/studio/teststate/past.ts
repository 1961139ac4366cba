/** The data that a state had in an execution: its input, its variables, the context object, and what its work came to. */
import { queries } from '../../api/queries';
import { nameOf } from '../../app/links';
import type { Workflow } from '../../asl/types';
import { fold } from '../../history/fold';
import type { ExecutionView, Visit } from '../../history/types';
import { variablesAt } from '../../history/variables';
import { detailsOf, eventQuery } from '../../pages/execution/payloads';
import { pretty } from '../../shared/json/text';
import { allEvents } from '../canvas/run';
import type { Settings } from './request';

export async function viewOf(arn: string, workflow: Workflow, signal?: AbortSignal): Promise<ExecutionView> {
  const { events } = await allEvents(arn, signal);
  return fold(workflow, events);
}

export interface Described {
  executionArn: string;
  name: string;
  stateMachineArn: string;
  startDate: number;
  input?: string;
}

const event = async (arn: string, id: number) => detailsOf(await queries.fetchQuery(eventQuery(arn, id)));
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

export async function dataOf(
  execution: Described,
  roleArn: string,
  view: ExecutionView,
  visit: Visit,
): Promise<Partial<Settings>> {
  const arn = execution.executionArn;
  const input = text((await event(arn, visit.entered)).input) ?? '{}';
  const variables: Record<string, unknown> = {};
  for (const { name, event: id } of variablesAt(view, visit.entered - 1, visit.frame)) {
    const assigned = (await event(arn, id)).assignedVariables as Record<string, string> | undefined;
    if (assigned?.[name] !== undefined) variables[name] = JSON.parse(assigned[name]);
  }
  const retries = Math.max(0, visit.attempts.length - 1);
  const context = {
    Execution: {
      Id: arn,
      Input: JSON.parse(execution.input ?? '{}'),
      Name: execution.name,
      RoleArn: roleArn,
      StartTime: new Date(execution.startDate * 1000).toISOString(),
    },
    State: { EnteredTime: new Date(visit.startMillis).toISOString(), Name: visit.name, RetryCount: retries },
    StateMachine: { Id: execution.stateMachineArn, Name: nameOf(execution.stateMachineArn) },
  };
  return {
    input: pretty(input),
    variables: Object.keys(variables).length > 0 ? JSON.stringify(variables, null, 2) : '',
    context: JSON.stringify(context, null, 2),
    ...(await workOf(arn, view, visit)),
  };
}

/** How the work ended: a result to mock it with, or an error. */
async function workOf(arn: string, view: ExecutionView, visit: Visit): Promise<Partial<Settings>> {
  const events = visit.events.flatMap((id) => view.events.find((one) => one.id === id) ?? []);
  const succeeded = events.findLast(({ type }) => /^(Task|LambdaFunction|Activity)Succeeded$/.test(type));
  if (succeeded) {
    const output = text((await event(arn, succeeded.id)).output);
    return output === undefined ? {} : { result: pretty(output) };
  }
  const failed = events.findLast(({ error }) => error !== undefined);
  if (!failed) return {};
  const { error, cause } = await event(arn, failed.id);
  return { error: text(error) ?? '', cause: text(cause) ?? '' };
}
