/** The actions of the server's catalog, asked for once, when somebody writes what needs them. */
import { queries, ui } from '../../api/queries';
import type { ActionCatalog, ActionShape } from '../../api/types';
import { ownShape } from '../inspector/action/own-shapes';
import { isAction, readResource } from '../inspector/model/resource';

const forever = { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY, retry: false };

export function actionCatalog(): Promise<ActionCatalog | null> {
  return queries.fetchQuery({ ...ui<ActionCatalog>('catalog/actions'), ...forever }).catch(() => null);
}

/** The model of the action that a resource names. */
export async function shapeOf(resource: string): Promise<ActionShape | null> {
  const action = readResource(resource);
  if (!isAction(action)) return null;
  const own = action.kind === 'optimized' ? ownShape(action.service, action.operation) : null;
  if (own) return own;
  const row =
    action.kind === 'optimized'
      ? (await actionCatalog())?.optimized.find(({ resource }) => resource === `${action.service}:${action.operation}`)
      : action;
  if (!row) return null;
  const path = `catalog/actions/${encodeURIComponent(row.service)}/${encodeURIComponent(row.operation)}`;
  return queries.fetchQuery({ ...ui<ActionShape>(path), ...forever }).catch(() => null);
}

const arn = 'arn:aws:states:::';

/** Resources that begin like what is typed: integrations and services first, the actions of a service once it is named. */
export async function resourcesLike(typed: string): Promise<{ text: string; detail: string }[]> {
  const catalog = await actionCatalog();
  if (!catalog) return [];
  const named = /aws-sdk:([\w-]+):/.exec(typed)?.[1];
  const service = catalog.services.find(({ service }) => service === named);
  if (service)
    return service.operations.map((name) => ({
      text: `${arn}aws-sdk:${service.service}:${name}`,
      detail: service.title,
    }));
  const optimized = catalog.optimized.flatMap(({ resource, patterns }) =>
    patterns.map((pattern) => ({
      text: arn + resource + (pattern === 'requestResponse' ? '' : `.${pattern}`),
      detail:
        pattern === 'requestResponse'
          ? 'Integration'
          : pattern === 'waitForTaskToken'
            ? 'Waits for a token'
            : 'Waits for the job',
    })),
  );
  const services = catalog.services.map(({ service, title }) => ({ text: `${arn}aws-sdk:${service}:`, detail: title }));
  return [...optimized, ...services];
}
