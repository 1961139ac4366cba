/** Everything that was asked of the server, keyed by what was asked. */
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { all, call, type Service } from './aws';
import { onReturn } from './connection';
import { ApiError } from './errors';
import type { Info } from './types';
import { getUi, type Parameters } from './ui';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What the server refuses it refuses again; while it is away the connection asks for all of us.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.status >= 500,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

onReturn(() => queries.invalidateQueries());

/** `useQuery(aws<Description>('stepfunctions', 'DescribeStateMachine', { stateMachineArn }))` */
export function aws<T>(service: Service, operation: string, input: object = {}) {
  return queryOptions({
    queryKey: ['aws', service, operation, input],
    queryFn: ({ signal }) => call<T>(service, operation, input, signal),
  });
}

/** All pages of a list of AWS's, its member named. */
export function awsAll<T>(service: Service, operation: string, member: string, input: object = {}) {
  return queryOptions({
    queryKey: ['aws', service, operation, input, 'all'],
    queryFn: ({ signal }) => all<T>(service, operation, member, input, signal),
  });
}

export function ui<T>(path: string, parameters: Parameters = {}) {
  return queryOptions({
    queryKey: ['ui', path, parameters],
    queryFn: ({ signal }) => getUi<T>(path, parameters, signal),
  });
}

// Somebody may have signed in or out in another tab.
export const infoQuery = queryOptions({ ...ui<Info>('info'), staleTime: 60_000, refetchOnWindowFocus: 'always' });

/** After a change: everything of these services and of /_ui is asked again when somebody looks at it. */
export function refresh(...services: Service[]) {
  for (const service of services) queries.invalidateQueries({ queryKey: ['aws', service] });
  return queries.invalidateQueries({ queryKey: ['ui'] });
}
