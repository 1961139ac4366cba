import type { Entry } from './entries';

/** The glyph of an entry. */
export function EntryTile({ entry }: { entry: Entry }) {
  return (
    <span className={`studio-tile studio-tile-${entry.category}`} aria-hidden="true">
      {entry.name.charAt(0)}
    </span>
  );
}
