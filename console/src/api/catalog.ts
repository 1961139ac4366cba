/** What AWS's actions are and take: the same as long as the server runs. */
import { queryOptions } from '@tanstack/react-query';
import { ui } from './queries';
import type { ActionCatalog, ActionShape } from './types';

const forever = { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY };

export const catalogQuery = queryOptions({ ...ui<ActionCatalog>('catalog/actions'), ...forever });

export const shapeQuery = (service: string, operation: string) =>
  queryOptions({
    ...ui<ActionShape>(`catalog/actions/${encodeURIComponent(service)}/${encodeURIComponent(operation)}`),
    ...forever,
  });
