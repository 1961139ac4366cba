import { ServiceTile, TileView, TypeTile } from '../../graph';
import type { Entry } from './entries';
import { patterns } from './patterns';

const patternColour = '#6544c4';

/** The glyph of an entry. */
export function EntryTile({ entry: { id, kind, service, category, type } }: { entry: Entry }) {
  if (kind === 'action') return <ServiceTile service={service} category={category} />;
  const pattern = patterns.find((one) => `pattern:${one.id}` === id);
  return pattern ? <TileView tile={{ glyph: pattern.glyph, colour: patternColour }} /> : <TypeTile type={type} />;
}
