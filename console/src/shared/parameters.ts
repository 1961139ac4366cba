import { useUrl } from '../app/search';

/** A search parameter as state: a view is its URL. '' takes it away; what is typed does not fill the history. */
export function useParameter(name: string, initial = ''): [string, (value: string) => void] {
  const [search, change] = useUrl();
  return [search[name] ?? initial, (value) => change({ [name]: value === initial ? undefined : value || undefined })];
}
