/**
 * What one scope is made of while it is laid out. `u` runs along the flow (down, or right), `v` across it; the main path has v = 0.
 */
import type { StatePath, Transition } from '../asl/types';
import type { EdgePath } from './types';

export interface Item {
  id: string;
  kind: 'state' | 'start' | 'end';
  state: StatePath | null;
  /** Along the flow. */
  length: number;
  /** Across the flow, from where its main transition meets it to either side. */
  before: number;
  after: number;
  /** Along the flow, where loops meet its side. */
  sidePort: number;
  isFailure: boolean;
}

export interface Link {
  id: string;
  kind: EdgePath['kind'];
  from: number;
  to: number;
  transition: Transition | null;
  label: string;
  /** Of the pill that the label is drawn in. */
  labelSize: { along: number; across: number } | null;
}

export interface Point {
  u: number;
  v: number;
}

export interface Routed {
  points: Point[];
  labelAt: Point | null;
}

export interface Placed {
  /** Upper left corner of each item. */
  at: Point[];
  routes: Routed[];
  isLoop: boolean[];
  length: number;
  /** How far it reaches across, from the main path to either side. */
  before: number;
  after: number;
}
