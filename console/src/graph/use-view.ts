import { useReactFlow, useStore, useStoreApi, type Viewport } from '@xyflow/react';
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { StatePath } from '../asl/types';
import type { Layout, NodeBox } from '../layout/types';

const LARGEST = 1;
/** Below it nobody can read. */
const READABLE = 0.5;
/** Whatever is smaller as a whole opens at its start, to be read with ease. */
const WHOLE = 0.65;
const FIRST = 0.8;
export const SMALLEST = 0.04;
export const LARGEST_ZOOM = 2;
const DURATION = 200;
/** Around the drawing, so that nothing at its edge is below a legend or a button. */
const MARGIN = 48;

/** Moves a drawing that is larger than the view by `room` so that it fills it, a smaller one to its middle. */
const within = (wanted: number, room: number) => (room >= 0 ? room / 2 : Math.max(room, Math.min(wanted, 0)));
const isCalm = () => globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? true;
const motion = () => (isCalm() ? {} : { duration: DURATION });

/**
 * What part of the drawing is seen. `top`: what lies over the graph there, in pixels. `keepsPlace`: a view that gets another size
 * shows the same again, as a whole or about the same middle; not under the hands of somebody who edits.
 */
export function useView(
  drawing: Layout,
  direction: 'down' | 'right',
  anchor: StatePath | null,
  top: number,
  keepsPlace: boolean,
) {
  const flow = useReactFlow();
  const store = useStoreApi();
  const isSized = useStore((state) => state.width > 0 && state.height > 0);

  const fitting = useCallback(() => {
    const { width, height } = store.getState();
    const free = height - top;
    const zoom = Math.min(LARGEST, Math.max(SMALLEST, Math.min(width / drawing.width, free / drawing.height)));
    return { zoom, x: (width - drawing.width * zoom) / 2, y: top + Math.max(0, (free - drawing.height * zoom) / 2) };
  }, [drawing, store, top]);

  const fit = useCallback(() => void flow.setViewport(fitting(), motion()), [flow, fitting]);

  const reveal = useCallback(
    (state: StatePath) => {
      const box = drawing.nodes.find((node) => node.state === state);
      if (!box) return;
      const { width, height, transform } = store.getState();
      const [x, y, before] = transform;
      const zoom = Math.max(before, READABLE);
      const head = { ...box, height: Math.min(box.height, 60), width: Math.min(box.width, 400) };
      const left = head.x * before + x;
      const top = head.y * before + y;
      const isSeen =
        zoom === before &&
        left >= 0 &&
        top >= 0 &&
        left + head.width * before <= width &&
        top + head.height * before <= height;
      if (isSeen) return;
      const middle = { x: head.x + head.width / 2, y: head.y + head.height / 2 };
      // In the middle, as far as that does not show what is beside the drawing instead of the drawing.
      const place = (view: number, at: number, size: number) =>
        MARGIN + within(view / 2 - at * zoom - MARGIN, view - size * zoom - 2 * MARGIN);
      void flow.setViewport(
        { zoom, x: place(width, middle.x, drawing.width), y: place(height, middle.y, drawing.height) },
        motion(),
      );
    },
    [drawing, flow, store],
  );

  const zoom = useCallback(
    (factor: number) => void flow.zoomTo(Math.min(LARGEST_ZOOM, Math.max(SMALLEST, flow.getZoom() * factor)), motion()),
    [flow],
  );

  // The first view, and the view after turning the drawing.
  const opened = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (!isSized || opened.current === direction) return;
    opened.current = direction;
    const whole = fitting();
    if (whole.zoom >= WHOLE) {
      void flow.setViewport(whole);
      return;
    }
    const { width, height } = store.getState();
    const start = drawing.nodes.find((node) => node.kind === 'start' && node.depth === 0);
    const middle = { x: (start?.x ?? 0) + (start?.width ?? 0) / 2, y: (start?.y ?? 0) + (start?.height ?? 0) / 2 };
    void flow.setViewport(
      direction === 'down'
        ? { zoom: FIRST, x: within(width / 2 - middle.x * FIRST, width - drawing.width * FIRST), y: 16 + top }
        : { zoom: FIRST, x: 16, y: within(height / 2 - middle.y * FIRST, height - drawing.height * FIRST) },
    );
  }, [isSized, direction, fitting, flow, store, drawing, top]);

  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const sized = useRef<{ width: number; height: number; whole: Viewport } | null>(null);
  useLayoutEffect(() => {
    const before = sized.current;
    const whole = fitting();
    sized.current = { width, height, whole };
    if (!keepsPlace || !before?.width || (before.width === width && before.height === height)) return;
    const [x, y, zoom] = store.getState().transform;
    const wasWhole = zoom === before.whole.zoom && x === before.whole.x && y === before.whole.y;
    void flow.setViewport(wasWhole ? whole : { zoom, x: x + (width - before.width) / 2, y });
    if (anchor) reveal(anchor);
  }, [width, height, fitting, keepsPlace, anchor, reveal, flow, store]);

  // An edit moves everything; what somebody looks at stays where it is, and a drawing that was seen as a whole stays whole.
  const previous = useRef<{ drawing: Layout; direction: string } | null>(null);
  useLayoutEffect(() => {
    const before = previous.current;
    previous.current = { drawing, direction };
    if (!before || before.drawing === drawing || before.direction !== direction) return;
    const find = (nodes: readonly NodeBox[], id: string | null) => nodes.find((node) => node.id === id);
    const start = drawing.nodes[0]?.id ?? null;
    const id = [anchor, start].find((id) => find(before.drawing.nodes, id) && find(drawing.nodes, id)) ?? null;
    const was = find(before.drawing.nodes, id);
    const is = find(drawing.nodes, id);
    if (!was || !is) return;
    const { transform, width, height } = store.getState();
    const [x, y, zoom] = transform;
    const place = (at: number, shift: number, size: number, sizeBefore: number, room: number) => {
      const wasWhole = at >= 0 && at + sizeBefore * zoom <= room;
      const spare = room - size * zoom;
      return wasWhole && spare >= 0 ? Math.max(0, Math.min(at + shift * zoom, spare)) : at + shift * zoom;
    };
    const moved = {
      x: place(x, was.x - is.x, drawing.width, before.drawing.width, width),
      y: place(y, was.y - is.y, drawing.height, before.drawing.height, height),
    };
    if (moved.x !== x || moved.y !== y) void flow.setViewport({ ...moved, zoom });
  }, [drawing, direction, anchor, flow, store]);

  return { fit, reveal, zoom, isSized };
}
