/** What the keys do while the graph or one of its states has the focus. */
import type { StatePath } from '../asl/types';
import type { Layout } from '../layout/types';
import { placeOf } from './places';
import type { GraphProps } from './types';
import { stepOf, walk } from './walk';

export interface KeyContext {
  tabStop: StatePath | null;
  drawing: Layout;
  direction: 'down' | 'right';
  focusState(state: StatePath): void;
  fit(): void;
  setRenaming(state: StatePath): void;
  element: HTMLElement | null;
}

/** true: the key was for the graph. */
export function handleKey(event: React.KeyboardEvent, props: GraphProps, context: KeyContext): boolean {
  const { workflow, selection, onSelect, onOpen, onCollapse, collapsed, isStale } = props;
  const { tabStop, drawing, direction, element } = context;
  const editing = isStale ? undefined : props.editing;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const step = stepOf(event.key, direction);
  if (step) {
    const to = walk(drawing, workflow, tabStop, step, direction);
    if (to === null) return true;
    onSelect(event.shiftKey ? [...selection.filter((state) => state !== to), to] : [to]);
    context.focusState(to);
    return true;
  }
  const state = tabStop === null ? undefined : workflow.states.get(tabStop);
  switch (event.key) {
    case 'Enter':
      if (!state) return false;
      onSelect([state.path]);
      onOpen?.(state.path);
      return true;
    case ' ':
      if (!state || state.scopes.length === 0) return false;
      onCollapse(state.path, !collapsed.has(state.path));
      return true;
    case 'Escape':
      if (selection.length === 0) return false;
      onSelect([]);
      return true;
    case 'f':
    case 'F':
    case '0':
      context.fit();
      return true;
    case 'F2':
      if (!editing || !state) return false;
      context.setRenaming(state.path);
      return true;
    case 'Delete':
    case 'Backspace':
      if (!editing || selection.length === 0) return false;
      editing.remove([...selection]);
      return true;
    case '+':
    case 'Insert': {
      if (!editing) return false;
      const edge =
        drawing.edges.find((edge) => edge.source === state?.path && !edge.isLoop && edge.kind !== 'catch') ??
        drawing.edges.find((edge) => edge.source === state?.path) ??
        drawing.edges.find((edge) => edge.target === state?.path) ??
        drawing.edges[0];
      const place = edge && placeOf(edge, workflow);
      if (!place) return false;
      const node = document.activeElement?.closest('.sw-node') ?? element;
      const box = node?.getBoundingClientRect();
      editing.pick(place, { x: (box?.left ?? 0) + 20, y: Math.min(box?.bottom ?? 0, (box?.top ?? 0) + 60) });
      return true;
    }
    default:
      return false;
  }
}
