/** What this server knows to offer: actions and their shapes, functions, activities, state machines. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { catalogQuery, shapeQuery } from '../../api/catalog';
import { awsAll } from '../../api/queries';
import type { ActionCatalog, ActionShape } from '../../api/types';
import { optimizedShape, ownShape } from './action/own-shapes';
import { isAction, type Resource } from './model/resource';

export function useCatalog(): ActionCatalog | undefined {
  return useQuery(catalogQuery).data;
}

export interface ActionModel {
  /** The optimized integration's row says which API is behind it. */
  shape: ActionShape | null;
  isLoading: boolean;
  /** What people should know before they use it. */
  warning: string | null;
}

/** How the catalog knows what a resource calls; null: that is no action. */
export function entryOf(resource: Resource, catalog: ActionCatalog | null | undefined) {
  if (!isAction(resource)) return null;
  const name = `${resource.service}:${resource.operation}`;
  const row = resource.kind === 'optimized' ? catalog?.optimized.find((one) => one.resource === name) : undefined;
  const own = resource.kind === 'optimized' ? ownShape(resource.service, resource.operation) : null;
  const { service, operation } = row ?? resource;
  // A name that is being typed is not asked for.
  const isThere = catalog?.services.some((one) => one.service === service && one.operations.includes(operation));
  return { row, own, query: isThere && !own ? shapeQuery(service, operation) : null };
}

export function useActionModel(resource: Resource): ActionModel {
  const catalog = useCatalog();
  const entry = entryOf(resource, catalog);
  const { data, isLoading } = useQuery(entry?.query ?? { ...shapeQuery('', ''), enabled: false });
  const service = isAction(resource) ? resource.service : '';
  const row = entry?.row;
  const shape = useMemo(() => (data && row ? optimizedShape(data, service, row.without) : data), [data, row, service]);
  return {
    shape: entry?.own ?? (entry?.query ? (shape ?? null) : null),
    isLoading: entry?.query != null && isLoading,
    warning: warningOf(row, data),
  };
}

function warningOf(row: ActionCatalog['optimized'][number] | undefined, shape: ActionShape | undefined): string | null {
  if (row?.isRunnable === false) return 'AWS has this integration; this server cannot run it yet.';
  return shape?.isDeprecated ? 'AWS advises against this action.' : null;
}

export interface Named {
  name: string;
  arn: string;
}

function useNamed(query: { data: object[] | undefined }, name: string, arn: string): Named[] {
  const { data } = query;
  return useMemo(
    () => (data ?? []).map((one) => ({ name: String(one[name as never]), arn: String(one[arn as never]) })),
    [data, name, arn],
  );
}

const aWhile = { staleTime: 30_000, retry: false };

export function useFunctions(): Named[] {
  return useNamed(
    useQuery({ ...awsAll<object>('lambda', 'ListFunctions', 'Functions'), ...aWhile }),
    'FunctionName',
    'FunctionArn',
  );
}

export function useActivities(): Named[] {
  return useNamed(
    useQuery({ ...awsAll<object>('stepfunctions', 'ListActivities', 'activities'), ...aWhile }),
    'name',
    'activityArn',
  );
}

export function useStateMachines(): Named[] {
  const query = useQuery({ ...awsAll<object>('stepfunctions', 'ListStateMachines', 'stateMachines'), ...aWhile });
  return useNamed(query, 'name', 'stateMachineArn');
}
