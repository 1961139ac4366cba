/** What a screen reader says of a state. */
import type { State, Workflow } from '../asl/types';
import { kindText } from '../layout/describe';
import { statusLooks } from './looks';
import type { GraphProps, NodeStatus } from './types';

type Mark = NonNullable<GraphProps['marks']> extends ReadonlyMap<unknown, infer M> ? M : never;

/** `Reboot instance, Amazon EC2: RebootInstances, Task, failed, 2 attempts`: begins with what is seen. */
export function accessibleName(
  state: State,
  workflow: Workflow,
  isCollapsed: boolean,
  status: NodeStatus | undefined,
  mark: Mark | undefined,
  change?: string,
): string {
  const kind = kindText(state, workflow, isCollapsed);
  const parts = [state.name, kind, ...(state.type === 'Task' ? ['Task'] : [])];
  if (status) {
    parts.push(statusLooks[status.status].text.toLowerCase());
    if ((status.attempts ?? 1) > 1) parts.push(`${status.attempts} attempts`);
    if ((status.entered ?? 1) > 1) parts.push(`entered ${status.entered} times`);
    if (status.progress) parts.push(progressText(status.progress));
  }
  if (mark?.errors) parts.push(plural(mark.errors, 'error'));
  if (mark?.warnings) parts.push(plural(mark.warnings, 'warning'));
  if (mark) parts.push(mark.first);
  if (change) parts.push(change);
  return parts.join(', ');
}

export function progressText({ total, succeeded, failed, running }: NonNullable<NodeStatus['progress']>): string {
  const parts = [`${succeeded.toLocaleString('en')} of ${total.toLocaleString('en')} items succeeded`];
  if (failed > 0) parts.push(`${failed.toLocaleString('en')} failed`);
  if (running > 0) parts.push(`${running.toLocaleString('en')} running`);
  return parts.join(', ');
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
