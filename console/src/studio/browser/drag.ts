import type { Studio } from '../context';
import type { Entry } from './entries';

/** Lets an entry be dragged from the list to an edge of the graph. */
export function startDrag(_studio: Studio, _entry: Entry, _event: React.PointerEvent) {}
