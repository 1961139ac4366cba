/** What a page tells the shell about itself. */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export interface Crumb {
  text: string;
  href: string;
}

export interface Frame {
  title: string;
  /** Without the outermost, which is Stepwright's, and without the page itself. */
  breadcrumbs: Crumb[];
}

const store = createStore<Frame>(() => ({ title: '', breadcrumbs: [] }));

export function useFrame(): Frame {
  return useStore(store);
}

/** `usePage('Activities')`: the document's title and the breadcrumbs. */
export function usePage(title: string, breadcrumbs: Crumb[] = []) {
  const key = JSON.stringify(breadcrumbs);
  useEffect(() => {
    document.title = `${title} – Stepwright`;
    store.setState({ title, breadcrumbs: JSON.parse(key) });
  }, [title, key]);
}
