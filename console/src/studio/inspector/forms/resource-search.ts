/** Finds what a Task can call by words: actions, functions, activities. */
import type { ActionCatalog } from '../../../api/types';
import type { Named } from '../catalog';
import { apiName, writeResource } from '../model/resource';

export interface Found {
  resource: string;
  /** A parameter that comes with it: which function, which state machine. */
  parameter?: { name: string; value: string };
  label: string;
  detail: string;
}

export interface FoundGroup {
  label: string;
  found: Found[];
}

const MOST = 30;

/** `ec2 describe inst` finds what has all the words; an operation that begins with them comes first. */
export function searchResources(
  text: string,
  catalog: ActionCatalog | undefined,
  functions: readonly Named[],
  activities: readonly Named[],
  machines: readonly Named[],
): FoundGroup[] {
  const words = text
    .toLowerCase()
    .split(/[\s:]+/)
    .filter(Boolean);
  const has = (name: string) => words.every((word) => name.includes(word));
  const titles = new Map(catalog?.services.map(({ service, title }) => [service, title]));
  const local = (label: string, named: readonly Named[], of: (arn: string) => Partial<Found>): FoundGroup => ({
    label,
    found: named
      .filter(({ name }) => has(name.toLowerCase()))
      .slice(0, MOST)
      .map(({ name, arn }) => ({ resource: arn, label: name, detail: arn, ...of(arn) })),
  });
  const optimized = (catalog?.optimized ?? [])
    .filter(({ resource }) => has(resource.toLowerCase()))
    .slice(0, MOST)
    .map(({ resource, service }): Found => {
      const [segment = '', operation = ''] = resource.split(':');
      return {
        resource: writeResource({
          kind: 'optimized',
          partition: 'aws',
          service: segment,
          operation,
          pattern: 'requestResponse',
        }),
        label: `${titles.get(service) ?? segment}: ${apiName(operation)}`,
        detail: resource,
      };
    });
  const sdk: (Found & { score: number })[] = [];
  for (const { service, title, operations } of words.length === 0 ? [] : (catalog?.services ?? [])) {
    const prefix = `${service} ${title.toLowerCase()} `;
    for (const operation of operations) {
      const name = operation.toLowerCase();
      if (!has(prefix + name)) continue;
      const last = words.at(-1) ?? '';
      sdk.push({
        resource: writeResource({ kind: 'sdk', partition: 'aws', service, operation, pattern: 'requestResponse' }),
        label: `${title}: ${apiName(operation)}`,
        detail: `aws-sdk:${service}:${operation}`,
        score:
          (name === words.join('') ? 0 : 4) +
          (name.startsWith(last) ? 0 : 2) +
          (words.includes(service) ? 0 : 1) +
          name.length / 1000,
      });
    }
  }
  sdk.sort((a, b) => a.score - b.score);
  return [
    local('Functions of this server', functions, (value) => ({
      resource: 'arn:aws:states:::lambda:invoke',
      parameter: { name: 'FunctionName', value },
    })),
    local('Activities', activities, () => ({})),
    local('State machines of this server', machines, (value) => ({
      resource: 'arn:aws:states:::states:startExecution.sync:2',
      parameter: { name: 'StateMachineArn', value },
    })),
    { label: 'Optimized integrations', found: optimized },
    { label: 'AWS SDK', found: sdk.slice(0, MOST) },
  ].filter(({ found }) => found.length > 0);
}
