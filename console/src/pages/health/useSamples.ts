import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { request } from '../../api/http';
import { parseMetrics } from './metrics';
import type { Point } from './series';

const everyMillis = 2_000;
/** Three minutes. */
const most = 91;

export function useSamples(): { points: Point[]; error: Error | null } {
  const [points, setPoints] = useState<Point[]>([]);
  const { data, error } = useQuery({
    queryKey: ['metrics'],
    queryFn: async ({ signal }): Promise<Point> => {
      const text = await (await request('/metrics', { signal })).text();
      return { atMillis: Date.now(), samples: parseMetrics(text) };
    },
    refetchInterval: everyMillis,
    staleTime: 0,
    retry: false,
  });
  useEffect(() => {
    if (data)
      setPoints((before) => [...before.filter(({ atMillis }) => atMillis !== data.atMillis), data].slice(-most));
  }, [data]);
  return { points, error };
}
