import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { GraphHandle } from '../graph';
import type { Keeper } from './drafts/keeper';
import type { StudioActions, StudioState, StudioStore } from './store';
import type { UiState, UiStore } from './ui';

export interface Studio {
  store: StudioStore;
  ui: UiStore;
  keeper: Keeper;
  /** The graph, while it is mounted. */
  canvas: { current: GraphHandle | null };
  /** Of the code editor, once it is mounted. */
  editor: { current: { reveal(from: number, to?: number): void } | null };
  /** Goes to a page of the console. */
  go(path: string, options?: { replace: boolean }): void;
}

export const StudioContext = createContext<Studio | null>(null);

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error('outside of the Studio');
  return studio;
}

export function useDocument<T>(select: (state: StudioState & StudioActions) => T): T {
  return useStore(useStudio().store, select);
}

export function useUi<T>(select: (state: UiState) => T): T {
  return useStore(useStudio().ui, select);
}
