import { type RefObject, useMemo, useRef } from 'react';
import type { StatePath } from '../asl/types';
import { startDrag } from './drag';
import type { NodeActions } from './nodes';
import type { GraphProps } from './types';

interface Setters {
  setFocused(state: StatePath | null): void;
  setHovered(state: StatePath | null): void;
  setRenaming(state: StatePath | null): void;
}

/** What pressing a node does. Always the same object, so that nodes are not drawn again for it. */
export function useActions(
  props: GraphProps,
  frame: RefObject<HTMLElement | null>,
  /** Set when the selected state is going to be drawn anew and has to have the focus again. */
  wantsFocus: RefObject<boolean>,
  { setFocused, setHovered, setRenaming }: Setters,
): NodeActions {
  const latest = useRef(props);
  latest.current = props;
  return useMemo<NodeActions>(() => {
    const select = (state: StatePath, isMore: boolean) => {
      const { selection, onSelect } = latest.current;
      if (!isMore) onSelect([state]);
      else onSelect(selection.includes(state) ? selection.filter((other) => other !== state) : [...selection, state]);
    };
    return {
      press(state, event) {
        const { editing, selection, workflow, isStale } = latest.current;
        if (!editing || isStale || event.shiftKey) return;
        const states = selection.includes(state) ? [...selection] : [state];
        const name = workflow.states.get(state)?.name ?? '';
        startDrag({ kind: 'states', states }, states.length > 1 ? `${states.length} states` : name, event);
      },
      click: (state, event) => select(state, event.shiftKey || event.ctrlKey || event.metaKey),
      doubleClick(state) {
        const { editing, isStale, onOpen } = latest.current;
        if (editing && !isStale) setRenaming(state);
        else onOpen?.(state);
      },
      menu(state, event) {
        const { onContextMenu, selection, onSelect } = latest.current;
        if (!onContextMenu) return;
        event.preventDefault();
        event.stopPropagation();
        if (!selection.includes(state)) onSelect([state]);
        const box = event.currentTarget.getBoundingClientRect();
        // The menu key has no place of its own.
        const isKey = event.clientX === 0 && event.clientY === 0;
        onContextMenu(isKey ? { x: box.left + 20, y: box.bottom } : { x: event.clientX, y: event.clientY }, state);
      },
      focused: setFocused,
      hover: setHovered,
      collapse: (state, isCollapsed) => latest.current.onCollapse(state, isCollapsed),
      renamed(state, name) {
        setRenaming(null);
        frame.current?.querySelector<HTMLElement>(`[data-state="${CSS.escape(state)}"] [role=button]`)?.focus();
        if (name === null) return;
        wantsFocus.current = true;
        latest.current.editing?.rename(state, name);
      },
    };
  }, [frame, wantsFocus, setFocused, setHovered, setRenaming]);
}
