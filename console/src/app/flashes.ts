/** Messages over the page: what was done, and what failed behind one's back. */
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { explain } from '../api/errors';

export interface Flash {
  type: 'success' | 'info' | 'warning' | 'error' | 'in-progress';
  header?: string;
  content?: React.ReactNode;
  action?: React.ReactNode;
  /** A message of the same id is replaced. */
  id?: string;
}

const store = createStore<{ flashes: (Flash & { id: string })[] }>(() => ({ flashes: [] }));
let count = 0;

/** Its id, to dismiss or replace it by. Successes go by themselves. */
export function flash(flash: Flash): string {
  count += 1;
  const id = flash.id ?? `flash-${count}`;
  const others = store.getState().flashes.filter((one) => one.id !== id);
  store.setState({ flashes: [{ ...flash, id }, ...others].slice(0, 10) });
  if (flash.type === 'success') setTimeout(() => dismiss(id), 8_000);
  return id;
}

export function flashError(error: unknown, header?: string) {
  const { name, message } = explain(error);
  return flash({ type: 'error', header: header ?? name, content: header ? `${name}: ${message}` : message });
}

export function dismiss(id: string) {
  store.setState(({ flashes }) => ({ flashes: flashes.filter((one) => one.id !== id) }));
}

export function useFlashes(): FlashbarProps.MessageDefinition[] {
  const { flashes } = useStore(store);
  return flashes.map(({ type, ...flash }) => ({
    ...flash,
    type: type === 'in-progress' ? 'info' : type,
    loading: type === 'in-progress',
    dismissible: true,
    dismissLabel: 'Dismiss',
    onDismiss: () => dismiss(flash.id),
  }));
}
