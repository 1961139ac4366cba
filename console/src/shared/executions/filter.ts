/** Which executions a list shows: as it stands in the URL, as the filter field shows it, as the server is asked. Pure. */

import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import type { ExecutionStatus, ExecutionSummary } from '../../api/types';
import { baseArn } from '../../app/links';
import type { Search } from '../../app/router';

export const statuses: ExecutionStatus[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'PENDING_REDRIVE',
];

export interface ExecutionFilter {
  stateMachineArn?: string;
  /** Its children; without one no children at all are listed. */
  mapRunArn?: string;
  status?: ExecutionStatus[];
  /** A part of the name. */
  name?: string;
  error?: string;
  /** Started since then and until then. */
  fromMillis?: number;
  toMillis?: number;
}

/** The parameters of the URL that belong to the filter. Times are ISO texts in UTC, so that a link means the same everywhere. */
export const filterParameters = ['status', 'name', 'error', 'from', 'to', 'stateMachineArn'] as const;

export function filterOf(search: Search): ExecutionFilter {
  const filter: ExecutionFilter = {};
  const wanted = (search.status ?? '').split(',').filter((status): status is ExecutionStatus => isStatus(status));
  if (wanted.length > 0) filter.status = wanted;
  if (search.name) filter.name = search.name;
  if (search.error) filter.error = search.error;
  if (search.stateMachineArn) filter.stateMachineArn = search.stateMachineArn;
  const [from, to] = [Date.parse(search.from ?? ''), Date.parse(search.to ?? '')];
  if (!Number.isNaN(from)) filter.fromMillis = from;
  if (!Number.isNaN(to)) filter.toMillis = to;
  return filter;
}

export function searchOf(filter: ExecutionFilter): Search {
  return {
    status: filter.status?.join(',') || undefined,
    name: filter.name || undefined,
    error: filter.error || undefined,
    stateMachineArn: filter.stateMachineArn || undefined,
    from: filter.fromMillis === undefined ? undefined : new Date(filter.fromMillis).toISOString(),
    to: filter.toMillis === undefined ? undefined : new Date(filter.toMillis).toISOString(),
  };
}

export function parametersOf(filter: ExecutionFilter): Record<string, string | number | undefined> {
  const { status, fromMillis, toMillis, ...rest } = filter;
  return { ...rest, status: status?.join(','), from: fromMillis, to: toMillis };
}

export function queryOf(filter: ExecutionFilter): PropertyFilterProps.Query {
  const tokens: PropertyFilterProps.Token[] = [];
  const add = (propertyKey: string, operator: string, value: unknown) => {
    if (value !== undefined) tokens.push({ propertyKey, operator, value } as PropertyFilterProps.Token);
  };
  add('stateMachineArn', '=', filter.stateMachineArn);
  add('status', '=', filter.status);
  add('name', ':', filter.name);
  add('error', ':', filter.error);
  add('started', '>=', filter.fromMillis === undefined ? undefined : new Date(filter.fromMillis).toISOString());
  add('started', '<=', filter.toMillis === undefined ? undefined : new Date(filter.toMillis).toISOString());
  return { tokens, operation: 'and' };
}

/** A text without a property is a part of the name. Of two tokens for the same thing the later counts. */
export function filterOfQuery({ tokens }: PropertyFilterProps.Query): ExecutionFilter {
  const filter: ExecutionFilter = {};
  for (const { propertyKey = 'name', operator, value } of tokens) {
    if (propertyKey === 'status') {
      const wanted = (Array.isArray(value) ? value : [value]).filter(isStatus);
      filter.status = [...new Set([...(filter.status ?? []), ...wanted])];
    } else if (propertyKey === 'started') {
      const millis = Date.parse(String(value));
      if (Number.isNaN(millis)) continue;
      if (operator.startsWith('>')) filter.fromMillis = millis;
      else filter.toMillis = millis;
    } else if (propertyKey === 'name' || propertyKey === 'error' || propertyKey === 'stateMachineArn') {
      filter[propertyKey] = String(value).trim();
    }
  }
  return filter;
}

function isStatus(text: unknown): text is ExecutionStatus {
  return statuses.includes(text as ExecutionStatus);
}

export function isFiltered(filter: ExecutionFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/** As the server decides it, for executions that the stream tells of. */
export function matches(filter: ExecutionFilter, execution: ExecutionSummary): boolean {
  const { status, name, error, fromMillis, toMillis, stateMachineArn } = filter;
  return (
    (!stateMachineArn || baseArn(execution.stateMachineArn) === baseArn(stateMachineArn)) &&
    (!status || status.includes(execution.status)) &&
    (!name || holds(execution.name, name)) &&
    (!error || holds(execution.error ?? '', error)) &&
    (fromMillis === undefined || execution.startMillis >= fromMillis) &&
    (toMillis === undefined || execution.startMillis <= toMillis)
  );
}

function holds(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/**
 * A list, newest first, after what the stream told: what is in it is renewed, or leaves when it does not match any more; what is new
 * stands at its place, if that is among what was loaded (`hasMore`: there are older ones that were not).
 */
export function merged(
  items: readonly ExecutionSummary[],
  changed: readonly ExecutionSummary[],
  filter: ExecutionFilter,
  hasMore = true,
): ExecutionSummary[] {
  const news = new Map(changed.map((execution) => [execution.arn, execution]));
  const kept = items.flatMap((item) => {
    const now = news.get(item.arn);
    news.delete(item.arn);
    if (!now) return [item];
    return matches(filter, now) ? [now] : [];
  });
  const oldest = hasMore ? (items.at(-1)?.startMillis ?? 0) : Number.NEGATIVE_INFINITY;
  const added = [...news.values()].filter(
    (execution) =>
      execution.mapRunArn === filter.mapRunArn && matches(filter, execution) && execution.startMillis >= oldest,
  );
  if (added.length === 0) return kept;
  return [...added, ...kept].sort((a, b) => b.startMillis - a.startMillis);
}
