/** What a person has chosen for this browser. */
import { useStore } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import { createStore } from 'zustand/vanilla';

export interface Preferences {
  theme: 'light' | 'dark' | 'system';
  times: 'local' | 'utc';
  density: 'comfortable' | 'compact';
}

export const preferences = createStore<Preferences>()(
  persist((): Preferences => ({ theme: 'system', times: 'local', density: 'compact' }), {
    name: 'stepwright.preferences',
    storage: createJSONStorage(() => localStorage),
  }),
);

export function usePreferences(): Preferences {
  return useStore(preferences);
}
