/** What a Task's `Resource` names. */

export type Pattern = 'requestResponse' | 'sync' | 'sync:2' | 'waitForTaskToken';

export interface ActionResource {
  kind: 'sdk' | 'optimized';
  partition: string;
  service: string;
  operation: string;
  pattern: Pattern;
}

export type Resource =
  /** An API by its SDK name, or an integration that Step Functions knows more of. */
  ActionResource | { kind: 'function' | 'activity'; arn: string; name: string } | { kind: 'other'; text: string };

const INTEGRATION =
  /^arn:(aws[\w-]*):states:[^:]*:[^:]*:(aws-sdk:)?([\w-]+):([\w-]+)(?:\.(sync|sync:2|waitForTaskToken))?$/;
const FUNCTION = /^arn:aws[\w-]*:lambda:[^:]*:[^:]*:function:([^:]+(?::[^:]+)?)$/;
const ACTIVITY = /^arn:aws[\w-]*:states:[^:]*:[^:]*:activity:(.+)$/;

export function readResource(text: string): Resource {
  const activity = ACTIVITY.exec(text);
  if (activity?.[1]) return { kind: 'activity', arn: text, name: activity[1] };
  const lambda = FUNCTION.exec(text);
  if (lambda?.[1]) return { kind: 'function', arn: text, name: lambda[1] };
  const found = INTEGRATION.exec(text);
  const [, partition, sdk, service, operation, pattern] = found ?? [];
  if (!partition || !service || !operation) return { kind: 'other', text };
  return {
    kind: sdk ? 'sdk' : 'optimized',
    partition,
    service,
    operation,
    pattern: (pattern as Pattern | undefined) ?? 'requestResponse',
  };
}

export function writeResource(resource: ActionResource): string {
  const { kind, partition, service, operation, pattern } = resource;
  const suffix = pattern === 'requestResponse' ? '' : `.${pattern}`;
  return `arn:${partition}:states:::${kind === 'sdk' ? 'aws-sdk:' : ''}${service}:${operation}${suffix}`;
}

export function isAction(resource: Resource): resource is ActionResource {
  return resource.kind === 'sdk' || resource.kind === 'optimized';
}

/** `describeDBInstances` as AWS's API calls it. */
export function apiName(operation: string): string {
  return operation.charAt(0).toUpperCase() + operation.slice(1);
}
