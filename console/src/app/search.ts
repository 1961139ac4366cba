import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Search } from './router';

/** What stands behind the `?`, and how to change some of it; undefined takes a parameter out. */
export function useUrl(): [Search, (change: Search, options?: { push?: boolean }) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (change: Search, { push = false } = {}) => {
      navigate({ to: '.', search: (before: Search) => ({ ...before, ...change }), replace: !push } as never);
    },
    [navigate],
  );
  return [search, change];
}
