import { useReactFlow } from '@xyflow/react';
import { useState } from 'react';
import type { StatePath } from '../asl/types';
import type { EdgePath, Layout } from '../layout/types';
import { type At, followPointer, swallowClick } from './follow';
import { contains } from './places';
import type { GraphEditing } from './types';
import type { useAutoPan } from './use-auto-pan';

/** The end of a transition on its way to another state of its scope. */
export function useRetarget(drawing: Layout, editing: GraphEditing | undefined, pan: ReturnType<typeof useAutoPan>) {
  const flow = useReactFlow();
  const [line, setLine] = useState<{ from: At; to: At } | null>(null);
  const [over, setOver] = useState<StatePath | null>(null);

  const press = (edge: EdgePath, event: React.PointerEvent) => {
    const from = edge.points.at(-2);
    const { transition } = edge;
    if (!editing || !from || !transition || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    let target: StatePath | null = null;
    const show = (at: At) => {
      const to = flow.screenToFlowPosition(at);
      target =
        drawing.nodes.find((node) => node.state && node.scope === edge.scope && contains(node, to))?.state ?? null;
      setOver(target);
      setLine({ from, to });
    };
    followPointer(
      (at) => {
        show(at);
        pan.follow(at, () => show(at));
      },
      (at) => {
        pan.stop();
        setLine(null);
        setOver(null);
        if (!at) return;
        swallowClick();
        if (target && target !== edge.target) editing.retarget(transition.pointer, target);
      },
    );
  };
  return { press, line, over };
}
