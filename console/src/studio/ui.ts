/** What of the Studio is open and how it is shown; nothing of it belongs to the document. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Place, StatePath } from '../asl/types';
import type { Watched } from './transfer/watch';

export type Dialog = 'new' | 'save' | 'execute' | 'import' | 'export' | 'drafts' | 'help' | 'discard';

export interface Point {
  x: number;
  y: number;
}

interface UiValues {
  dialog: Dialog | null;
  /** The type-to-add list, and where what is chosen goes. */
  picker: { place: Place; at: Point } | null;
  menu: Point | null;
  areProblemsOpen: boolean;
  isBrowserOpen: boolean;
  isInspectorOpen: boolean;
  direction: 'down' | 'right';
  /** The file of this computer that the document is kept in step with. */
  watched: Watched | null;
  /** The state in the test panel. */
  testing: StatePath | null;
}

export interface UiState extends UiValues {
  show(values: Partial<UiValues>): void;
}

export type UiStore = StoreApi<UiState>;

export const createUiStore = (): UiStore =>
  createStore<UiState>()((set) => ({
    dialog: null,
    picker: null,
    menu: null,
    areProblemsOpen: false,
    isBrowserOpen: true,
    isInspectorOpen: true,
    direction: 'down',
    watched: null,
    testing: null,
    show: set,
  }));
