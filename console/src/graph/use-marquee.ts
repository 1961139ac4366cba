import { useReactFlow } from '@xyflow/react';
import { type RefObject, useState } from 'react';
import type { StatePath } from '../asl/types';
import type { Layout } from '../layout/types';
import { swallowClick } from './drag';

interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Shift and drag over the empty canvas: selects what is in the rectangle. */
export function useMarquee(
  frame: RefObject<HTMLDivElement | null>,
  drawing: Layout,
  selection: readonly StatePath[],
  onSelect: (states: StatePath[]) => void,
) {
  const flow = useReactFlow();
  const [box, setBox] = useState<Rectangle | null>(null);
  const press = (event: React.PointerEvent) => {
    const pane = event.target instanceof Element ? event.target.closest('.react-flow__pane') : null;
    if (!event.shiftKey || event.button !== 0 || !pane || !frame.current?.contains(pane)) return;
    // Otherwise the canvas would move along.
    event.preventDefault();
    event.stopPropagation();
    const from = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    let current: Rectangle | null = null;
    const onMove = (move: PointerEvent) => {
      const to = flow.screenToFlowPosition({ x: move.clientX, y: move.clientY });
      current = {
        left: Math.min(from.x, to.x),
        top: Math.min(from.y, to.y),
        width: Math.abs(to.x - from.x),
        height: Math.abs(to.y - from.y),
      };
      setBox(current);
    };
    const end = () => {
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onUp);
      removeEventListener('pointercancel', end);
      setBox(null);
    };
    const onUp = () => {
      end();
      if (!current) return;
      swallowClick();
      const found = inside(drawing, current);
      onSelect([...selection.filter((state) => !found.includes(state)), ...found]);
    };
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onUp);
    addEventListener('pointercancel', end);
  };
  return { press, box };
}

/** States that lie in it; of a container and what is inside only the container. */
function inside(drawing: Layout, { left, top, width, height }: Rectangle): StatePath[] {
  const found = drawing.nodes.flatMap((node) =>
    node.state !== null &&
    node.x >= left &&
    node.y >= top &&
    node.x + node.width <= left + width &&
    node.y + node.height <= top + height
      ? [node.state]
      : [],
  );
  const set = new Set(found);
  return found.filter((path) => ![...set].some((other) => path.startsWith(`${other}/`)));
}
