/** What this server knows to offer: actions and their shapes, functions, activities, state machines. */
import { useQuery } from '@tanstack/react-query';
import { aws, awsAll, ui } from '../../api/queries';
import type { ActionCatalog, ActionShape } from '../../api/types';
import { ownShape } from './action/own-shapes';
import { isAction, type Resource } from './model/resource';

/** It stays what it is as long as the server runs. */
const forever = { staleTime: Number.POSITIVE_INFINITY, retry: false };

export function useCatalog(): ActionCatalog | undefined {
  return useQuery({ ...ui<ActionCatalog>('catalog/actions'), ...forever }).data;
}

export interface ActionModel {
  /** The optimized integration's row says which API is behind it. */
  shape: ActionShape | null;
  isLoading: boolean;
}

export function useActionModel(resource: Resource): ActionModel {
  const catalog = useCatalog();
  const action = isAction(resource) ? resource : null;
  const row =
    resource.kind === 'optimized'
      ? catalog?.optimized.find(({ resource: name }) => name === `${resource.service}:${resource.operation}`)
      : undefined;
  const service = row?.service ?? action?.service ?? '';
  const operation = row?.operation ?? action?.operation ?? '';
  const own = resource.kind === 'optimized' ? ownShape(resource.service, resource.operation) : null;
  const path = `catalog/actions/${encodeURIComponent(service)}/${encodeURIComponent(operation)}`;
  const isKnown = resource.kind === 'sdk' || row !== undefined;
  const { data, isLoading } = useQuery({ ...ui<ActionShape>(path), ...forever, enabled: isKnown && !own });
  return { shape: own ?? data ?? null, isLoading: !own && isLoading };
}

export interface Named {
  name: string;
  arn: string;
}

export function useFunctions(): Named[] {
  const { data } = useQuery({
    ...awsAll<{ FunctionName: string; FunctionArn: string }>('lambda', 'ListFunctions', 'Functions'),
    retry: false,
    staleTime: 30_000,
  });
  return (data ?? []).map(({ FunctionName, FunctionArn }) => ({ name: FunctionName, arn: FunctionArn }));
}

export function useActivities(): Named[] {
  const { data } = useQuery({
    ...awsAll<{ name: string; activityArn: string }>('stepfunctions', 'ListActivities', 'activities'),
    staleTime: 30_000,
  });
  return (data ?? []).map(({ name, activityArn }) => ({ name, arn: activityArn }));
}

export function useStateMachines(): Named[] {
  const { data } = useQuery({
    ...aws<{ stateMachines: { name: string; stateMachineArn: string }[] }>('stepfunctions', 'ListStateMachines'),
    staleTime: 30_000,
  });
  return (data?.stateMachines ?? []).map(({ name, stateMachineArn }) => ({ name, arn: stateMachineArn }));
}
