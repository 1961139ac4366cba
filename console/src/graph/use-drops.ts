import { useReactFlow } from '@xyflow/react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Layout } from '../layout/types';
import { acceptDrops } from './drag';
import type { At } from './follow';
import { nearestSpot, type Spot } from './places';
import type { DropPayload, GraphEditing } from './types';
import type { useAutoPan } from './use-auto-pan';

/** Takes what is dragged over the graph; gives the edge on which it would be put. */
export function useDrops(
  frame: RefObject<HTMLDivElement | null>,
  drawing: Layout,
  spots: readonly Spot[],
  editing: GraphEditing | undefined,
  pan: ReturnType<typeof useAutoPan>,
): Spot | null {
  const flow = useReactFlow();
  const [spot, setSpot] = useState<Spot | null>(null);
  const latest = useRef({ drawing, spots, editing });
  latest.current = { drawing, spots, editing };
  const isEditable = editing !== undefined;
  useEffect(() => {
    const element = frame.current;
    if (!element || !isEditable) return;
    const find = (at: At, what: DropPayload) => {
      const { drawing, spots } = latest.current;
      return nearestSpot(drawing, spots, flow.screenToFlowPosition(at), what.kind === 'states' ? what.states : []);
    };
    return acceptDrops({
      element,
      over(at, what) {
        setSpot(find(at, what));
        pan.follow(at, () => setSpot(find(at, what)));
      },
      leave() {
        pan.stop();
        setSpot(null);
      },
      drop(at, what) {
        const found = find(at, what);
        if (found) latest.current.editing?.drop(found.place, what);
      },
    });
  }, [frame, flow, isEditable, pan]);
  return spot;
}
