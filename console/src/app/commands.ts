/** What the command palette offers beside pages and what it finds. Pages add their own while they are shown. */
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export interface Command {
  id: string;
  title: string;
  /** Other words that people may look for it by. */
  keywords?: string;
  /** A heading in the list; Commands if there is none. */
  group?: string;
  /** As it is shown: `Ctrl+S`. */
  shortcut?: string;
  run(): void;
}

const store = createStore<{ sets: ReadonlyMap<symbol, Command[]> }>(() => ({ sets: new Map() }));

export function useCommands(commands: Command[]) {
  const latest = useRef(commands);
  latest.current = commands;
  const key = commands.map(({ id, title }) => `${id}\n${title}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when the list is another
  useEffect(() => {
    const owner = Symbol();
    const stable = latest.current.map((command, index) => ({
      ...command,
      run: () => latest.current[index]?.run(),
    }));
    store.setState(({ sets }) => ({ sets: new Map(sets).set(owner, stable) }));
    return () =>
      store.setState(({ sets }) => {
        const left = new Map(sets);
        left.delete(owner);
        return { sets: left };
      });
  }, [key]);
}

export function useAllCommands(): Command[] {
  return [...useStore(store).sets.values()].flat();
}

/** The palette, opened by its key or by the search field of the shell. */
export const palette = createStore<{ isOpen: boolean }>(() => ({ isOpen: false }));
