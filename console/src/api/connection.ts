/** Whether the server answers. While it does not, it is asked again and again, and whoever waits is told when it is back. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

interface Connection {
  isAway: boolean;
  /** Counts how often it came back. */
  returns: number;
}

const store = createStore<Connection>(() => ({ isAway: false, returns: 0 }));

export function useConnection(): Connection {
  return useStore(store);
}

const listeners = new Set<() => void>();

/** `listener` is called each time that the server is back. */
export function onReturn(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isAway(): boolean {
  return store.getState().isAway;
}

export function markAnswered() {
  if (!isAway()) return;
  clearTimeout(timer);
  store.setState(({ returns }) => ({ isAway: false, returns: returns + 1 }));
  for (const listener of listeners) listener();
}

let timer: ReturnType<typeof setTimeout> | undefined;

export function markAway() {
  if (isAway()) return;
  store.setState({ isAway: true });
  probe(500);
}

/** Asks at once, as the button of the banner does. */
export function probeNow() {
  clearTimeout(timer);
  if (isAway()) ask(500);
}

function probe(delayMillis: number) {
  timer = setTimeout(() => ask(delayMillis), delayMillis);
}

async function ask(delayMillis: number) {
  try {
    await fetch('/healthz', { cache: 'no-store' });
    markAnswered();
  } catch {
    if (isAway()) probe(Math.min(delayMillis * 1.5, 5_000));
  }
}
