/** The actions of the server's catalog, asked for once, when somebody writes what needs them. */
import { catalogQuery } from '../../api/catalog';
import { queries } from '../../api/queries';
import type { ActionCatalog, ActionShape } from '../../api/types';
import { optimizedShape } from '../inspector/action/own-shapes';
import { entryOf } from '../inspector/catalog';
import { isAction, readResource } from '../inspector/model/resource';

function actionCatalog(): Promise<ActionCatalog | null> {
  return queries.fetchQuery(catalogQuery).catch(() => null);
}

/** The model of the action that a resource names. */
export async function shapeOf(resource: string): Promise<ActionShape | null> {
  const action = readResource(resource);
  const entry = isAction(action) ? entryOf(action, await actionCatalog()) : null;
  if (!entry?.query || !isAction(action)) return entry?.own ?? null;
  const shape = await queries.fetchQuery(entry.query).catch(() => null);
  return shape && entry.row ? optimizedShape(shape, action.service, entry.row.without) : shape;
}

const arn = 'arn:aws:states:::';

const most = 50;

/** Resources for what is typed: integrations, services, actions that begin with its last word; of a service that is named all actions. */
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
  const word = (typed.split(':').at(-1) ?? '').toLowerCase();
  const actions = catalog.services.flatMap(({ service, title, operations }) =>
    word.length < 3
      ? []
      : operations
          .filter((name) => name.toLowerCase().startsWith(word))
          .map((name) => ({ text: `${arn}aws-sdk:${service}:${name}`, detail: title })),
  );
  return [...optimized, ...services, ...actions.sort((a, b) => a.text.length - b.text.length).slice(0, most)];
}
