/** What a page tells the shell about itself. */
import { useEffect, useRef } from 'react';
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
  /** The panel at the right, opened by the page's Info links and its own button. */
  help: React.ReactNode | null;
  isHelpOpen: boolean;
}

const store = createStore<Frame>(() => ({ title: '', breadcrumbs: [], help: null, isHelpOpen: false }));

export function useFrame(): Frame {
  return useStore(store);
}

export function setHelpOpen(isHelpOpen: boolean) {
  store.setState({ isHelpOpen });
}

/** `usePage('Activities')`: the document's title and the breadcrumbs. */
export function usePage(title: string, breadcrumbs: Crumb[] = [], help: React.ReactNode = null) {
  const key = JSON.stringify(breadcrumbs);
  const latest = useRef(help);
  latest.current = help;
  useEffect(() => {
    document.title = `${title} – Stepwright`;
    store.setState({ title, breadcrumbs: JSON.parse(key), help: latest.current });
  }, [title, key]);
}
