import type { ScopePath, StatePath, Transition } from '../asl/types';

/** Pixels, from the upper left corner of the drawing. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface NodeBox extends Box {
  id: string;
  kind: 'state' | 'start' | 'end';
  /** Of a Map or Parallel that shows what is inside. */
  isContainer: boolean;
  scope: ScopePath;
  state: StatePath | null;
  /** Nesting, for the order of drawing. */
  depth: number;
}

export interface EdgePath {
  id: string;
  kind: Transition['kind'] | 'start' | 'end';
  /** null: an edge from Start or to End. */
  transition: Transition | null;
  scope: ScopePath;
  source: string;
  target: string;
  points: { x: number; y: number }[];
  label: string;
  labelAt: { x: number; y: number } | null;
  isLoop: boolean;
}

export interface Layout {
  nodes: NodeBox[];
  edges: EdgePath[];
  width: number;
  height: number;
}

export interface LayoutOptions {
  collapsed: ReadonlySet<StatePath>;
  direction: 'down' | 'right';
}
