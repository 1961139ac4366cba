import { ServiceTile, TypeTile } from '../../graph';
import type { Entry } from './entries';

/** The glyph of an entry. */
export function EntryTile({ entry }: { entry: Entry }) {
  if (entry.kind === 'action') return <ServiceTile service={entry.service} category={entry.category} />;
  return <TypeTile type={entry.type ?? 'Parallel'} />;
}
