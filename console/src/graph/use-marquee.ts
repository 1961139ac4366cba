import { useReactFlow } from '@xyflow/react';
import { type RefObject, useState } from 'react';
import type { StatePath } from '../asl/types';
import type { Box, Layout } from '../layout/types';
import { type At, followPointer, swallowClick } from './follow';
import type { useAutoPan } from './use-auto-pan';

/** Shift and drag over the empty canvas: selects what is in the rectangle. */
export function useMarquee(
  frame: RefObject<HTMLDivElement | null>,
  drawing: Layout,
  selection: readonly StatePath[],
  onSelect: (states: StatePath[]) => void,
  pan: ReturnType<typeof useAutoPan>,
) {
  const flow = useReactFlow();
  const [box, setBox] = useState<Box | null>(null);
  const press = (event: React.PointerEvent) => {
    const pane = event.target instanceof Element ? event.target.closest('.react-flow__pane') : null;
    if (!event.shiftKey || event.button !== 0 || !pane || !frame.current?.contains(pane)) return;
    // Otherwise the canvas would move along.
    event.preventDefault();
    event.stopPropagation();
    const from = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    let current: Box | null = null;
    const show = (at: At) => {
      const to = flow.screenToFlowPosition(at);
      current = {
        x: Math.min(from.x, to.x),
        y: Math.min(from.y, to.y),
        width: Math.abs(to.x - from.x),
        height: Math.abs(to.y - from.y),
      };
      setBox(current);
    };
    followPointer(
      (at) => {
        show(at);
        pan.follow(at, () => show(at));
      },
      (at) => {
        pan.stop();
        setBox(null);
        if (!at || !current) return;
        swallowClick();
        const found = inside(drawing, current);
        onSelect([...selection.filter((state) => !found.includes(state)), ...found]);
      },
    );
  };
  return { press, box };
}

/** States that lie in it; of a container and what is inside only the container. */
function inside(drawing: Layout, { x, y, width, height }: Box): StatePath[] {
  const found = drawing.nodes.flatMap((node) =>
    node.state !== null &&
    node.x >= x &&
    node.y >= y &&
    node.x + node.width <= x + width &&
    node.y + node.height <= y + height
      ? [node.state]
      : [],
  );
  return found.filter((path) => !found.some((other) => path.startsWith(`${other}/`)));
}
