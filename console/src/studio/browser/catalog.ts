import { useQuery } from '@tanstack/react-query';
import { catalogQuery, shapeQuery } from '../../api/catalog';
import { queries } from '../../api/queries';
import type { ActionCatalog } from '../../api/types';
import { rememberShape } from './action-body';
import { actionEntries, type Entry, flowEntries, mostUsed, patternEntries } from './entries';
import { type Index, indexOf } from './search';

export interface Offer {
  actions: Entry[];
  byId: ReadonlyMap<string, Entry>;
  index: Index;
}

let built: { from: ActionCatalog | null; offer: Offer } | null = null;

/** Of one catalog the index is made once. */
function offerOf(catalog: ActionCatalog | null): Offer {
  if (built?.from === catalog) return built.offer;
  const actions = catalog ? actionEntries(catalog) : [];
  const entries = [...flowEntries, ...patternEntries, ...actions];
  const offer = {
    actions,
    byId: new Map(entries.map((entry) => [entry.id, entry])),
    index: indexOf(entries, mostUsed),
  };
  built = { from: catalog, offer };
  return offer;
}

/** Everything that can be added. Flow states and patterns are there before the catalog is. */
export function useOffer() {
  const { data, isPending, error, refetch } = useQuery(catalogQuery);
  return { offer: offerOf(data ?? null), isPending, error, refetch };
}

/** Fetches what an action needs before it is added, so that it comes with its required parameters. */
export async function prepare(entry: Entry): Promise<void> {
  if (entry.kind !== 'action') return;
  const [operation = ''] = entry.id.split(':').slice(-1);
  // Without it the action comes as it can.
  const shape = await queries.fetchQuery(shapeQuery(entry.service, operation)).catch(() => null);
  if (shape) rememberShape(shape);
}
