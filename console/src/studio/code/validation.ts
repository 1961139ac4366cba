import type { StudioStore } from '../store';

/** Keeps `store.diagnostics` at what the engine's validator says of the text. */
export function useValidation(_store: StudioStore) {}
