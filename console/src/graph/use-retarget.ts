import { useReactFlow } from '@xyflow/react';
import { useState } from 'react';
import type { StatePath } from '../asl/types';
import type { EdgePath, Layout } from '../layout/types';
import { swallowClick } from './drag';
import { contains } from './places';
import type { GraphEditing } from './types';

type Point = EdgePath['points'][number];

/** The end of a transition on its way to another state of its scope. */
export function useRetarget(drawing: Layout, editing: GraphEditing | undefined) {
  const flow = useReactFlow();
  const [line, setLine] = useState<{ from: Point; to: Point } | null>(null);
  const [over, setOver] = useState<StatePath | null>(null);

  const press = (edge: EdgePath, event: React.PointerEvent) => {
    const from = edge.points.at(-2);
    const { transition } = edge;
    if (!editing || !from || !transition || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    let target: StatePath | null = null;
    const onMove = (move: PointerEvent) => {
      const to = flow.screenToFlowPosition({ x: move.clientX, y: move.clientY });
      const below = drawing.nodes.filter((node) => node.state && node.scope === edge.scope && contains(node, to));
      target = below[0]?.state ?? null;
      setOver(target);
      setLine({ from, to });
    };
    const end = () => {
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onUp);
      removeEventListener('pointercancel', end);
      removeEventListener('keydown', onKey, true);
      setLine(null);
      setOver(null);
    };
    const onUp = () => {
      end();
      swallowClick();
      if (target && target !== edge.target) editing.retarget(transition.pointer, target);
    };
    const onKey = (key: KeyboardEvent) => {
      if (key.key !== 'Escape') return;
      key.stopPropagation();
      end();
    };
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onUp);
    addEventListener('pointercancel', end);
    addEventListener('keydown', onKey, true);
  };
  return { press, line, over };
}
