import { useStore } from '@xyflow/react';
import { useCallback } from 'react';
import type { EdgePath, Layout } from '../layout/types';

/** Pieces of the drawing in which the view is counted, so that not every pixel of panning draws again. */
const PIECE = 400;

/** Of the edges of a large drawing those that are in view. */
export function useVisible(drawing: Layout, many: number): (edges: readonly EdgePath[]) => EdgePath[] {
  const isLarge = drawing.nodes.length > many;
  const view = useStore(({ transform: [x, y, zoom], width, height }) => {
    if (!isLarge) return '';
    const piece = (at: number) => Math.floor(at / zoom / PIECE);
    return [piece(-x), piece(-y), piece(width - x), piece(height - y)].join(' ');
  });
  return useCallback(
    (edges) => {
      if (view === '') return [...edges];
      const [left = 0, top = 0, right = 0, bottom = 0] = view.split(' ').map((text) => Number(text) * PIECE);
      return edges.filter(({ points }) => {
        const x = points.map((point) => point.x);
        const y = points.map((point) => point.y);
        return (
          Math.max(...x) >= left - PIECE &&
          Math.min(...x) <= right + 2 * PIECE &&
          Math.max(...y) >= top - PIECE &&
          Math.min(...y) <= bottom + 2 * PIECE
        );
      });
    },
    [view],
  );
}
