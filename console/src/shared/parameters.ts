import { useNavigate, useSearch } from '@tanstack/react-router';

type Search = Record<string, string | undefined>;

/** A search parameter as state: a view is its URL. '' takes it away; what is typed does not fill the history. */
export function useParameter(name: string, initial = ''): [string, (value: string) => void] {
  const navigate = useNavigate();
  const search: Search = useSearch({ strict: false });
  const set = (value: string) =>
    navigate({
      to: '.',
      search: ((before: Search) => ({
        ...before,
        [name]: value === initial ? undefined : value || undefined,
      })) as never,
      replace: true,
    });
  return [search[name] ?? initial, set];
}
