import { useEffect, useMemo, useRef, useState } from 'react';
import type { Place } from '../../asl/types';
import { add } from '../canvas/commands';
import { useStudio, useUi } from '../context';
import type { Point } from '../ui';
import { prepare, useOffer } from './catalog';
import { type Entry, flowEntries, mostUsed, patternEntries } from './entries';
import { EntryTree, type Row, walk } from './entry-tree';
import { recent } from './recent';
import { search } from './search';

/** Opened by `+` on an edge or by a key: type what to add, Enter puts it there. */
export function Picker() {
  const picker = useUi((state) => state.picker);
  return picker && <OpenPicker key={JSON.stringify(picker.place)} {...picker} />;
}

const size = { width: 400, height: 420 };

function OpenPicker({ place, at }: { place: Place; at: Point }) {
  const studio = useStudio();
  const { offer } = useOffer();
  const [text, setText] = useState('');
  const [chosen, setActive] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const query = text.trim();
  const rows = useMemo((): Row[] => {
    const rowsOf = (entries: readonly Entry[]): Row[] =>
      entries.map((entry) => ({ kind: 'entry', entry, level: 1, isHinted: query !== '' }));
    if (query) return rowsOf(search(offer.index, query, 200));
    const last = recent();
    const usual = mostUsed.filter((id) => !last.includes(id)).slice(0, 8);
    const known = (ids: string[]) => ids.flatMap((id) => offer.byId.get(id) ?? []);
    const groups: [string, Entry[]][] = [
      ['Recently used', known(last)],
      ['Most used', known(usual)],
      ['Flow', flowEntries],
      ['Patterns', patternEntries],
    ];
    return groups.flatMap(([text, entries]): Row[] =>
      entries.length > 0 ? [{ kind: 'title', text }, ...rowsOf(entries)] : [],
    );
  }, [offer, query]);
  const close = () => {
    studio.ui.getState().show({ picker: null });
    studio.canvas.current?.focus();
  };
  const choose = async (entry: Entry) => {
    close();
    await add(studio, place, entry);
    // The new node is drawn by then.
    requestAnimationFrame(() => studio.canvas.current?.focus());
  };
  useEffect(() => {
    box.current?.querySelector('input')?.focus();
  }, []);
  // A heading cannot be chosen.
  const active = rows[chosen]?.kind === 'title' ? chosen + 1 : chosen;
  const current = rows[active];
  useEffect(() => {
    if (current?.kind === 'entry') void prepare(current.entry);
  }, [current]);
  return (
    <div
      ref={box}
      className="studio-picker"
      role="dialog"
      aria-label="Add a state"
      style={near(at)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) studio.ui.getState().show({ picker: null });
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Tab') {
          event.preventDefault();
          event.stopPropagation();
          close();
        }
      }}
    >
      <input
        className="studio-picker-input"
        type="search"
        value={text}
        aria-label="What to add"
        placeholder="Add an action, a flow state or a pattern"
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          const isText = ['Home', 'End', 'ArrowLeft', 'ArrowRight'].includes(event.key);
          if (!isText && walk(event.key, rows, active, setActive, choose, () => {})) event.preventDefault();
        }}
      />
      <EntryTree
        label="What can be added"
        rows={rows}
        active={active}
        onActive={setActive}
        onAdd={choose}
        onToggle={() => {}}
        empty={`Nothing is called “${query}”.`}
      />
    </div>
  );
}

/** At the point, and inside of the window. */
function near(at: Point) {
  const left = Math.max(8, Math.min(at.x - size.width / 2, innerWidth - size.width - 8));
  const below = at.y + 12;
  const top =
    below + size.height < innerHeight ? below : Math.max(8, Math.min(at.y - 12, innerHeight - 8) - size.height);
  return { left, top, width: size.width, height: size.height };
}
