import type { State } from '../asl/types';
import { glyphStrokes, serviceTile, stateTile, type Tile, typeTile } from '../layout/glyphs';

/** The square with a sign: of a state, of a service of the catalog, or of a state type. */
export function StateTile({ state, size }: { state: State; size?: number }) {
  return <TileView tile={stateTile(state)} size={size} />;
}

export function ServiceTile({ service, category, size }: { service: string; category?: string; size?: number }) {
  return <TileView tile={serviceTile(service, category)} size={size} />;
}

export function TypeTile({ type, size }: { type: string | null; size?: number }) {
  return <TileView tile={typeTile(type)} size={size} />;
}

export function TileView({ tile, size = 28 }: { tile: Tile; size?: number }) {
  return (
    <svg className="sw-tile" width={size} height={size} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <rect width="28" height="28" rx="6" fill={tile.colour} />
      <g
        transform="translate(5 5) scale(0.75)"
        fill="none"
        stroke="#fff"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {glyphStrokes(tile.glyph).map((d) => (
          <path key={d} d={d} />
        ))}
      </g>
    </svg>
  );
}
