import { startTemplateDrag } from '../../graph';
import { prepare } from './catalog';
import { type Entry, templateOf } from './entries';

/** Lets an entry be dragged from the list to an edge of the graph. What it needs is fetched while it is on its way. */
export function startDrag(entry: Entry, event: React.PointerEvent) {
  void prepare(entry);
  startTemplateDrag(templateOf(entry), event.nativeEvent);
}
