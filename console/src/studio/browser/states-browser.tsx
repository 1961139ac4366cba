import Input from '@cloudscape-design/components/input';
import { useMemo, useState } from 'react';
import { ErrorBox } from '../../shared/Feedback';
import { add } from '../canvas/commands';
import { placeBehind } from '../canvas/place';
import { useStudio } from '../context';
import { type Offer, useOffer } from './catalog';
import { startDrag } from './drag';
import { categoryName, categoryNames, type Entry, flowEntries, mostUsed, patternEntries } from './entries';
import { EntryTree, type Row, walk } from './entry-tree';
import { recent } from './recent';
import { search } from './search';

const tabs = [
  { id: 'actions', text: 'Actions' },
  { id: 'flow', text: 'Flow' },
  { id: 'patterns', text: 'Patterns' },
] as const;
type Tab = (typeof tabs)[number]['id'];

/** The left pane: what can be added, to be dragged to an edge, or clicked to come behind what is selected. */
export function StatesBrowser() {
  const studio = useStudio();
  const { offer, isPending, error, refetch } = useOffer();
  const [tab, setTab] = useState<Tab>('actions');
  const [text, setText] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState(-1);
  const query = text.trim();
  const rows = useMemo(() => {
    if (query)
      return search(offer.index, query).map((entry): Row => ({ kind: 'entry', entry, level: 1, isHinted: true }));
    if (tab === 'flow') return rowsOf(flowEntries);
    return tab === 'patterns' ? rowsOf(patternEntries) : actionRows(offer, open);
  }, [offer, query, tab, open]);
  const addBehind = async (entry: Entry) => {
    const { workflow, selection } = studio.store.getState();
    if (workflow) await add(studio, placeBehind(workflow, selection), entry);
  };
  const toggle = (id: string) =>
    setOpen((was) => {
      const now = new Set(was);
      return now.delete(id) ? now : now.add(id);
    });
  return (
    <div className="studio-browser">
      <div className="studio-browser-search">
        <Input
          type="search"
          value={text}
          placeholder={`Search ${offer.actions.length > 0 ? `${offer.actions.length.toLocaleString('en')} actions` : 'actions'}`}
          ariaLabel="Search actions, flow states and patterns"
          onChange={({ detail }) => {
            setText(detail.value);
            setActive(detail.value ? 0 : -1);
          }}
          onKeyDown={(event) => {
            const { key } = event.detail;
            const isText = ['Home', 'End', 'ArrowLeft', 'ArrowRight'].includes(key);
            if (!isText && walk(key, rows, active, setActive, addBehind, toggle)) event.preventDefault();
          }}
        />
      </div>
      {!query && (
        <div className="studio-tabs" role="tablist" aria-label="What to add">
          {tabs.map(({ id, text }) => (
            <button
              key={id}
              type="button"
              role="tab"
              id={`studio-tab-${id}`}
              aria-selected={tab === id}
              aria-controls="studio-tab-panel"
              tabIndex={tab === id ? 0 : -1}
              onClick={() => setTab(id)}
              onKeyDown={({ key }) => {
                const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
                if (!by) return;
                const next = tabs[(tabs.findIndex((one) => one.id === tab) + by + tabs.length) % tabs.length];
                if (!next) return;
                setTab(next.id);
                document.getElementById(`studio-tab-${next.id}`)?.focus();
              }}
            >
              {text}
            </button>
          ))}
        </div>
      )}
      <div
        id="studio-tab-panel"
        className="studio-browser-list"
        {...(query ? {} : { role: 'tabpanel', 'aria-labelledby': `studio-tab-${tab}` })}
      >
        {error && tab === 'actions' && <ErrorBox error={error} title="No list of actions" onRetry={() => refetch()} />}
        <EntryTree
          label={query ? 'Found' : (tabs.find(({ id }) => id === tab)?.text ?? '')}
          rows={rows}
          active={active}
          onActive={setActive}
          onAdd={addBehind}
          onToggle={toggle}
          onPress={startDrag}
          empty={isPending && !query ? 'Loading actions…' : query ? `Nothing is called “${query}”.` : null}
        />
      </div>
    </div>
  );
}

const rowsOf = (entries: readonly Entry[]): Row[] => entries.map((entry) => ({ kind: 'entry', entry, level: 1 }));

/** What is used most, what was used last, and below it every category with its services and their actions. */
function actionRows({ actions, byId }: Offer, open: ReadonlySet<string>): Row[] {
  if (actions.length === 0) return [];
  const known = (ids: string[]) => ids.flatMap((id) => byId.get(id) ?? []);
  const last = known(recent()).filter(({ kind }) => kind === 'action');
  const rows: Row[] = last.length > 0 ? [{ kind: 'title', text: 'Recently used' }, ...rowsOf(last.slice(0, 4))] : [];
  rows.push({ kind: 'title', text: 'Most used' }, ...rowsOf(known(mostUsed).slice(0, 10)));
  rows.push({ kind: 'title', text: 'All services' });
  const order = Object.keys(categoryNames);
  const byCategory = grouped(actions, ({ category }) => category);
  const categories = [...byCategory.keys()].sort((a, b) => rank(order, a) - rank(order, b));
  for (const category of categories) {
    const inside = byCategory.get(category) ?? [];
    const isOpen = open.has(category);
    rows.push({ kind: 'group', id: category, text: categoryName(category), count: inside.length, level: 1, isOpen });
    if (!isOpen) continue;
    const services = [...grouped(inside, ({ title }) => title)].sort(([a], [b]) => bare(a).localeCompare(bare(b)));
    for (const [title, entries] of services) {
      const id = `${category}/${title}`;
      const isServiceOpen = open.has(id);
      rows.push({ kind: 'group', id, text: title, count: entries.length, level: 2, isOpen: isServiceOpen });
      if (!isServiceOpen) continue;
      for (const entry of entries) rows.push({ kind: 'entry', entry, level: 3, isHinted: true });
    }
  }
  return rows;
}

/** By a key, in the order in which keys come first. */
function grouped(entries: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(keyOf(entry));
    if (group) group.push(entry);
    else groups.set(keyOf(entry), [entry]);
  }
  return groups;
}

const rank = (order: string[], category: string) => (order.includes(category) ? order.indexOf(category) : 99);
const bare = (title: string) => title.replace(/^(AWS|Amazon) /, '');
