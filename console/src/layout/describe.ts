/** What a node says of its state: the line above its name, and what its tile shows. */
import type { State, Workflow } from '../asl/types';
import { serviceTitle } from './services';

/** What a Task calls: `arn:aws:states:::lambda:invoke.waitForTaskToken` is service `lambda`, operation `invoke`. */
export interface Action {
  service: string;
  operation: string;
  /** `sync`, `sync:2`, `waitForTaskToken`; '' for request and response. */
  pattern: string;
}

export function actionOf(value: Record<string, unknown>): Action | null {
  const resource = typeof value.Resource === 'string' ? value.Resource : '';
  const integration = /^arn:[^:]*:states:[^:]*:[^:]*:(.*)$/.exec(resource)?.[1];
  if (integration) {
    if (integration.startsWith('activity:'))
      return { service: 'activity', operation: integration.slice(9), pattern: '' };
    const match = /^(?:aws-sdk:)?([^:]+):([^.:]+)\.?(.*)$/.exec(integration);
    return match ? { service: match[1] ?? '', operation: match[2] ?? '', pattern: match[3] ?? '' } : null;
  }
  const lambda = /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(resource);
  return lambda ? { service: 'lambda', operation: 'invoke', pattern: '' } : null;
}

/** The small line above the name: `AWS Lambda: Invoke`, `Choice state`, `Map state · distributed · concurrency 10`. */
export function kindText(state: State, workflow: Workflow, isCollapsed = false): string {
  const { value } = state;
  if (state.type === null)
    return typeof value.Type === 'string' ? `Unknown type ${value.Type}` : 'State without a type';
  const parts = [`${state.type} state`];
  if (state.type === 'Task') {
    const action = actionOf(value);
    if (action?.service === 'activity') return `Activity: ${action.operation}`;
    if (action) return `${serviceTitle(action.service)}: ${pascal(action.operation)}`;
    return 'Task state';
  }
  if (state.type === 'Map') {
    const processor = (value.ItemProcessor ?? value.Iterator) as { ProcessorConfig?: { Mode?: unknown } } | undefined;
    parts.push(processor?.ProcessorConfig?.Mode === 'DISTRIBUTED' ? 'distributed' : 'inline');
    const limit = value.MaxConcurrency ?? value.MaxConcurrencyPath;
    if (limit !== undefined && limit !== 0) parts.push(`concurrency ${expressionText(limit)}`);
  }
  if (state.type === 'Parallel')
    parts.push(`${state.scopes.length} ${state.scopes.length === 1 ? 'branch' : 'branches'}`);
  if (isCollapsed && state.scopes.length > 0) {
    const count = countStates(state, workflow);
    parts.push(`${count} ${count === 1 ? 'state' : 'states'} inside`);
  }
  return parts.join(' · ');
}

/** A number as it is, an expression without its braces, cut where it is long. */
function expressionText(value: unknown): string {
  const text = String(value).replace(/^\{%\s*([\s\S]*?)\s*%\}$/, '$1');
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** All states inside, at every depth. */
function countStates(state: State, workflow: Workflow): number {
  let count = 0;
  for (const path of state.scopes) {
    for (const inner of workflow.scopes.get(path)?.states ?? []) {
      const found = workflow.states.get(inner);
      count += 1 + (found ? countStates(found, workflow) : 0);
    }
  }
  return count;
}

function pascal(operation: string): string {
  return operation.charAt(0).toUpperCase() + operation.slice(1);
}
