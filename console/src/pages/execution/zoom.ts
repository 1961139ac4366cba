import { useEffect, useRef, useState } from 'react';

/** The part of an execution's time that is shown. Ctrl and the wheel zoom where the pointer is, Shift and the wheel move. */
export function useZoom(start: number, end: number) {
  const [window, setWindow] = useState<{ from: number; to: number } | null>(null);
  const from = window?.from ?? start;
  // A little room, so that the end is seen as one.
  const room = (end - start) * 0.015;
  const to = window?.to ?? end + room;
  const set = (from: number, to: number) => {
    const span = Math.max(1, to - from);
    if (span >= end + room - start) setWindow(null);
    else {
      const first = Math.max(start, Math.min(from, end + room - span));
      setWindow({ from: first, to: first + span });
    }
  };
  const by = (factor: number, around = (from + to) / 2) =>
    set(around - (around - from) * factor, around + (to - around) * factor);
  const latest = useRef({ by, set, from, to });
  latest.current = { by, set, from, to };
  const element = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const here = element.current;
    if (!here) return;
    // React listens to wheels passively; this one keeps the page from zooming.
    const onWheel = (event: WheelEvent) => {
      const { by, set, from, to } = latest.current;
      const lane = here.querySelector('[data-lane]')?.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const share = lane ? (event.clientX - lane.left) / lane.width : 0.5;
        by(event.deltaY > 0 ? 1.25 : 0.8, from + (to - from) * Math.max(0, Math.min(1, share)));
      } else if (event.shiftKey || event.deltaX !== 0) {
        event.preventDefault();
        const move = ((event.deltaX || event.deltaY) / (lane?.width ?? 1000)) * (to - from);
        set(from + move, to + move);
      }
    };
    here.addEventListener('wheel', onWheel, { passive: false });
    return () => here.removeEventListener('wheel', onWheel);
  }, []);
  return {
    from,
    to,
    isFit: window === null,
    by,
    fit: () => setWindow(null),
    /** Of the element that the wheel turns over. */
    element,
  };
}
