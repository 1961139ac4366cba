/** What single events carry. They never change, so each is asked for once. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { ui } from '../../api/queries';

/** As GetExecutionHistory shows it. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  type: string;
  timestamp: number;
  [details: `${string}EventDetails`]: Record<string, unknown> | undefined;
}

export const eventQuery = (arn: string, id: number) =>
  queryOptions({
    ...ui<HistoryEvent>('executions/event', { arn, id }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

/** null: there is none to ask for. */
export function useEvent(arn: string, id: number | null | undefined) {
  return useQuery({ ...eventQuery(arn, id ?? 0), enabled: id !== null && id !== undefined });
}

export function detailsOf(event: HistoryEvent | undefined): Record<string, unknown> {
  const entry = Object.entries(event ?? {}).find(([key]) => key.endsWith('EventDetails'));
  return (entry?.[1] as Record<string, unknown> | undefined) ?? {};
}

/** The payload of an event as text; undefined: it has none. */
export function payloadOf(event: HistoryEvent | undefined): string | undefined {
  const { input, output, parameters } = detailsOf(event);
  return [output, parameters, input].find((one): one is string => typeof one === 'string');
}

/** Payloads are JSON in JSON: they are shown as what they are. */
export function unfolded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unfolded);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unfolded(one)]));
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
