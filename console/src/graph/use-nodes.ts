import type { Node } from '@xyflow/react';
import { useMemo, useRef } from 'react';
import type { StatePath } from '../asl/types';
import { kindText } from '../layout/describe';
import { stateTile } from '../layout/glyphs';
import type { Layout, NodeBox } from '../layout/types';
import { accessibleName } from './names';
import { handles, type NodeData } from './nodes';
import type { GraphProps } from './types';

export type GraphNode = Node<NodeData>;

/** Where layers lie: containers, edges, states, labels. */
const STATE_LAYER = 300;

export interface NodesInput
  extends Pick<GraphProps, 'workflow' | 'collapsed' | 'selection' | 'statuses' | 'marks' | 'changes' | 'editing'> {
  drawing: Layout;
  tabStop: StatePath | null;
  renaming: StatePath | null;
  dropTarget: StatePath | null;
  reached: ReadonlySet<string>;
}

/** The nodes as xyflow wants them. One that is as it was stays the same object, so that only what changed is drawn again. */
export function useNodes(input: NodesInput): GraphNode[] {
  const known = useRef(new Map<string, GraphNode>());
  const {
    drawing,
    workflow,
    collapsed,
    selection,
    statuses,
    marks,
    changes,
    editing,
    tabStop,
    renaming,
    dropTarget,
    reached,
  } = input;
  return useMemo(() => {
    const selected = new Set(selection);
    const next = new Map<string, GraphNode>();
    for (const box of drawing.nodes) {
      const state = box.state === null ? null : (workflow.states.get(box.state) ?? null);
      const isCollapsed = box.state !== null && collapsed.has(box.state);
      const status = box.state === null ? undefined : statuses?.get(box.state);
      const mark = box.state === null ? undefined : marks?.get(box.state);
      const change = box.state === null ? undefined : changes?.get(box.state);
      const before = known.current.get(box.id);
      const isText = before?.data.state === state && before?.data.isCollapsed === isCollapsed;
      const data: NodeData = {
        box: before && sameBox(before.data.box, box) ? before.data.box : box,
        state,
        tile: isText && before ? before.data.tile : state && stateTile(state),
        kind: isText && before ? before.data.kind : state ? kindText(state, workflow, isCollapsed) : '',
        name: state ? accessibleName(state, workflow, isCollapsed, status, mark, change) : '',
        status,
        mark,
        change,
        retries: Array.isArray(state?.value.Retry) ? state.value.Retry.length : 0,
        isSelected: box.state !== null && selected.has(box.state),
        isTabStop: box.state !== null && box.state === tabStop,
        isCollapsed,
        isDropTarget: box.state !== null && box.state === dropTarget,
        isRenaming: box.state !== null && box.state === renaming,
        isEditable: editing !== undefined,
        isReached: reached.has(box.id),
      };
      next.set(box.id, before && isSame(before.data, data) ? before : toNode(box, data));
    }
    known.current = next;
    return [...next.values()];
  }, [
    drawing,
    workflow,
    collapsed,
    selection,
    statuses,
    marks,
    changes,
    editing,
    tabStop,
    renaming,
    dropTarget,
    reached,
  ]);
}

function toNode(box: NodeBox, data: NodeData): GraphNode {
  return {
    id: box.id,
    type: box.kind === 'state' ? 'state' : 'terminal',
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    zIndex: box.isContainer ? box.depth : STATE_LAYER,
    handles,
    data,
    domAttributes: { 'aria-roledescription': undefined },
  };
}

function sameBox(a: NodeBox, b: NodeBox): boolean {
  return shallowEqual(a as unknown as Record<string, unknown>, b as unknown as Record<string, unknown>);
}

function isSame(a: NodeData, b: NodeData): boolean {
  return shallowEqual(a, b);
}

function shallowEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.keys(a).every((key) => Object.is(a[key], b[key]));
}
