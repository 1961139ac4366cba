import { useStoreApi } from '@xyflow/react';
import { type RefObject, useEffect, useMemo } from 'react';
import type { At } from './follow';

/** So near to its border the graph moves along, faster the nearer, and only when the pointer does not just pass. */
const BORDER = 48;
const FASTEST = 16;
const DELAY_MILLIS = 250;

/** Moves the drawing while something is dragged near the border of the graph. */
export function useAutoPan(frame: RefObject<HTMLElement | null>) {
  const store = useStoreApi();
  const pan = useMemo(() => {
    let request = 0;
    let since: number | null = null;
    const stop = () => {
      cancelAnimationFrame(request);
      since = null;
    };
    return {
      stop,
      /** For each move of the pointer. `panned`: the drawing went on below a pointer that stands still. */
      follow(at: At, panned: () => void) {
        cancelAnimationFrame(request);
        const box = frame.current?.getBoundingClientRect();
        const by = box && { x: speed(at.x, box.left, box.right), y: speed(at.y, box.top, box.bottom) };
        if (!by || (by.x === 0 && by.y === 0)) return stop();
        since ??= performance.now();
        const step = () => {
          request = requestAnimationFrame(step);
          if (performance.now() - (since ?? 0) < DELAY_MILLIS) return;
          void store.getState().panBy(by);
          panned();
        };
        request = requestAnimationFrame(step);
      },
    };
  }, [frame, store]);
  useEffect(() => pan.stop, [pan]);
  return pan;
}

function speed(at: number, from: number, to: number): number {
  const near = (away: number) => Math.max(0, Math.min(1, 1 - away / BORDER)) * FASTEST;
  return near(at - from) - near(to - at);
}
