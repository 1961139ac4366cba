import Icon from '@cloudscape-design/components/icon';
import Modal from '@cloudscape-design/components/modal';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { ui } from '../../api/queries';
import type { ExecutionSummary, StateMachineSummary } from '../../api/types';
import { statusWords } from '../../shared/StatusBadge';
import { readStored, writeStored } from '../../shared/useStored';
import { palette, useAllCommands } from '../commands';
import { go } from '../Link';
import { links, nameOf, stateMachineOf } from '../links';
import { views } from '../Navigation';
import { choose } from '../TopBar';
import { type Entry, ranked } from './match';
import styles from './palette.module.css';

interface Found {
  stateMachines: StateMachineSummary[];
  executions: ExecutionSummary[];
}

interface Recent {
  title: string;
  note: string;
  href: string;
}

const recentKey = 'stepwright.recent';
const keptRecent = 6;

/** Ctrl-K: goes anywhere and does anything, by typing. */
export default function Palette() {
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const text = typed.trim();
  const asked = useDeferredValue(text);
  const found = useQuery({
    ...ui<Found>('search', { text: asked }),
    enabled: asked !== '',
    placeholderData: (before) => before,
  });
  const commands = useAllCommands();
  const entries = useMemo(() => {
    const own: Entry[] = commands.map((command) => ({ ...command, group: command.group ?? 'Commands' }));
    const fixed = [...own, ...pages, ...settings];
    if (text === '') return [...recentEntries(), ...fixed];
    // The server has searched in its own way: what it found fits.
    return [...byArn(text), ...ranked(fixed, text), ...serverEntries(found.data)];
  }, [commands, text, found.data]);
  const shown = Math.min(active, Math.max(0, entries.length - 1));
  const close = () => palette.setState({ isOpen: false });
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.run();
  };
  // The dialog puts the focus on its own button when it comes up.
  useEffect(() => {
    const request = requestAnimationFrame(() => field.current?.focus());
    return () => cancelAnimationFrame(request);
  }, []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });
  const onKeyDown = (event: React.KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowDown: () => setActive((shown + 1) % Math.max(1, entries.length)),
      ArrowUp: () => setActive((shown - 1 + entries.length) % Math.max(1, entries.length)),
      Enter: () => run(entries[shown]),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <Modal visible size="medium" position="top" header="Go to or do" onDismiss={close} disableContentPaddings>
      <div className={styles.palette}>
        <div className={styles.field}>
          <Icon name="search" />
          <input
            ref={field}
            role="combobox"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={entries.length > 0 ? `${id}-${shown}` : undefined}
            aria-label="Search pages, state machines, executions and commands"
            placeholder="State machine, execution, ARN, page or command"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        <div ref={list} id={`${id}-list`} role="listbox" aria-label="Results" className={styles.list}>
          {entries.map((entry, index) => (
            <div key={`${entry.group} ${entry.id}`} role="presentation">
              {entry.group !== entries[index - 1]?.group && (
                <div className={styles.group} role="presentation">
                  {entry.group}
                </div>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys */}
              {/* biome-ignore lint/a11y/useFocusableInteractive: the field has the focus and names its active option */}
              <div
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === shown}
                className={styles.option}
                onClick={() => run(entry)}
                onMouseMove={() => setActive(index)}
              >
                <span className={styles.title}>{entry.title}</span>
                {entry.note && <span className={styles.note}>{entry.note}</span>}
                {entry.shortcut && <kbd className={styles.note}>{entry.shortcut}</kbd>}
              </div>
            </div>
          ))}
        </div>
        {entries.length === 0 && (
          <div className={styles.nothing} role="status">
            {found.isFetching ? 'Searching …' : 'Nothing found'}
          </div>
        )}
      </div>
    </Modal>
  );
}

const pages: Entry[] = views.flatMap(({ items }) =>
  items.map(({ text, href, keywords }) => ({ id: href, group: 'Pages', title: text, keywords, run: () => go(href) })),
);

const settings: Entry[] = [
  { id: 'new', title: 'Create state machine', keywords: 'new workflow', run: () => go(links.studio()) },
  { id: 'theme:light', title: 'Light theme', run: () => choose('theme:light') },
  { id: 'theme:dark', title: 'Dark theme', run: () => choose('theme:dark') },
  { id: 'theme:system', title: 'Theme of the system', run: () => choose('theme:system') },
  { id: 'times:local', title: 'Show local times', run: () => choose('times:local') },
  { id: 'times:utc', title: 'Show times in UTC', run: () => choose('times:utc') },
].map((entry) => ({ ...entry, group: 'Commands' }));

function serverEntries(found: Found | undefined): Entry[] {
  const machines = (found?.stateMachines ?? []).map(({ arn, name, type }) =>
    place('State machines', name, type === 'EXPRESS' ? 'Express' : 'Standard', links.stateMachine(arn)),
  );
  const executions = (found?.executions ?? []).map(({ arn, name, stateMachineArn, status }) =>
    place('Executions', name, `${nameOf(stateMachineArn)} · ${statusWords[status]}`, links.execution(arn)),
  );
  return [...machines, ...executions];
}

/** Whoever pastes an ARN wants to go there. */
function byArn(text: string): Entry[] {
  if (/^arn:[\w-]+:states:[^:]*:\d*:stateMachine:\S+$/.test(text))
    return [place('Go to', nameOf(text), 'State machine', links.stateMachine(text))];
  if (/^arn:[\w-]+:states:[^:]*:\d*:(execution|express):\S+$/.test(text))
    return [place('Go to', nameOf(text), `Execution of ${nameOf(stateMachineOf(text))}`, links.execution(text))];
  if (/^arn:[\w-]+:states:[^:]*:\d*:mapRun:\S+$/.test(text))
    return [place('Go to', nameOf(text), 'Map Run', links.mapRun(text))];
  return [];
}

/** An entry that is remembered when it was gone to. */
function place(group: string, title: string, note: string, href: string): Entry {
  const run = () => {
    const others = readStored<Recent[]>(recentKey, []).filter((one) => one.href !== href);
    writeStored(recentKey, [{ title, note, href }, ...others].slice(0, keptRecent));
    go(href);
  };
  return { id: href, group, title, note, run };
}

function recentEntries(): Entry[] {
  return readStored<Recent[]>(recentKey, []).map(({ title, note, href }) => place('Recent', title, note, href));
}
