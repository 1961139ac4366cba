import '@xyflow/react/dist/base.css';
import './graph.css';
import { Background, MiniMap, ReactFlow, ReactFlowProvider, ViewportPortal } from '@xyflow/react';
import { useCallback, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from 'react';
import type { StatePath } from '../asl/types';
import { layout } from '../layout';
import type { EdgePath } from '../layout/types';
import { Controls } from './controls';
import { startDrag } from './drag';
import { EdgeLayer, type EdgeLook, GripLayer, LabelLayer, SpotLayer } from './edges';
import { exportGraph } from './export';
import { Insertion, Retargeting } from './gestures';
import { type NodeActions, NodeActionsContext, nodeTypes } from './nodes';
import { placeOf, spotsOf } from './places';
import type { GraphHandle, GraphProps } from './types';
import { useDrops } from './use-drops';
import { useMarquee } from './use-marquee';
import { useNodes } from './use-nodes';
import { useRetarget } from './use-retarget';
import { LARGEST_ZOOM, SMALLEST, useView } from './use-view';
import { useVisible } from './use-visible';
import { stepOf, walk } from './walk';

/** From here on only what is seen is in the page, and there is a map. */
const MANY = 120;
const FOR_MAP = 60;

/** The drawing of a workflow: to be looked at, and with `editing` to be worked on. */
export function WorkflowGraph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph(props: GraphProps) {
  const {
    workflow,
    collapsed,
    selection,
    statuses,
    walked,
    marks,
    editing,
    isStale = false,
    direction = 'down',
  } = props;
  const drawing = useMemo(() => layout(workflow, { collapsed, direction }), [workflow, collapsed, direction]);
  const frame = useRef<HTMLDivElement>(null);
  const help = useId();
  const [focused, setFocused] = useState<StatePath | null>(null);
  const [hovered, setHovered] = useState<StatePath | null>(null);
  const [renaming, setRenaming] = useState<StatePath | null>(null);

  const isDrawn = (state: StatePath | null | undefined) => drawing.nodes.some((node) => node.state === state);
  const tabStop =
    [focused, selection.at(-1)].find((state) => state && isDrawn(state)) ??
    drawing.nodes.find((node) => node.state)?.state ??
    null;
  const view = useView(drawing, direction, selection.at(-1) ?? null);

  const spots = useMemo(
    () => (editing ? spotsOf(drawing, workflow, direction) : []),
    [drawing, workflow, direction, editing],
  );
  const dropSpot = useDrops(frame, drawing, spots, editing);
  const retarget = useRetarget(drawing, editing);
  const marquee = useMarquee(frame, drawing, selection, props.onSelect);
  const visible = useVisible(drawing, MANY);

  const reached = useMemo(() => reachedTerminals(drawing.edges, statuses), [drawing, statuses]);
  const nodes = useNodes({
    workflow,
    collapsed,
    selection,
    statuses,
    marks,
    changes: props.changes,
    editing,
    drawing,
    tabStop,
    renaming,
    dropTarget: retarget.over,
    reached,
  });

  const selected = useMemo(() => new Set(selection), [selection]);
  const look = (edge: EdgePath): EdgeLook => ({
    isWalked: edge.transition ? (walked?.has(edge.transition.pointer) ?? false) : reached.has(edge.id),
    isLit: selected.has(edge.source) || selected.has(edge.target) || edge.source === hovered || edge.target === hovered,
    isDropSpot: dropSpot?.edge.id === edge.id,
  });

  const focusState = useCallback(
    (state: StatePath) => {
      setFocused(state);
      view.reveal(state);
      const focus = (triesLeft: number) => {
        const node = frame.current?.querySelector<HTMLElement>(`[data-state="${CSS.escape(state)}"] [role=button]`);
        if (node) node.focus({ preventScroll: true });
        // What was out of sight is put into the page first.
        else if (triesLeft > 0) requestAnimationFrame(() => focus(triesLeft - 1));
      };
      focus(20);
    },
    [view],
  );

  const latest = useRef(props);
  latest.current = props;
  const actions = useMemo<NodeActions>(() => {
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
        if (name !== null) latest.current.editing?.rename(state, name);
      },
    };
  }, []);

  useImperativeHandle(
    props.ref,
    (): GraphHandle => ({
      ...view,
      focus() {
        const state = selection.at(-1) ?? tabStop;
        if (state) focusState(state);
      },
      rename() {
        const state = selection.at(-1) ?? tabStop;
        if (!state || !editing) return;
        view.reveal(state);
        setRenaming(state);
      },
      export: (kind, name) => exportGraph(kind, name, drawing, { workflow, statuses, walked, collapsed }),
    }),
    [view, tabStop, focusState, selection, editing, workflow, drawing, statuses, walked, collapsed],
  );

  const onKeyDown = (event: React.KeyboardEvent) => {
    const isOnNode = event.target instanceof Element && event.target.closest('.sw-node-body') !== null;
    if (event.defaultPrevented || (!isOnNode && event.target !== frame.current)) return;
    if (
      handleKey(event, props, {
        tabStop,
        drawing,
        direction,
        focusState,
        fit: view.fit,
        setRenaming,
        element: frame.current,
      })
    )
      event.preventDefault();
  };

  // A state that is selected elsewhere (by a problem, in the code) comes into view.
  const last = selection.at(-1);
  const reveal = useRef(view.reveal);
  reveal.current = view.reveal;
  useEffect(() => {
    if (last) reveal.current(last);
  }, [last]);

  const { onContextMenu, onSelect, children } = props;
  const edges = visible(drawing.edges);
  const nameOf = (id: string) =>
    workflow.states.get(id)?.name ?? (id.endsWith('#start') ? 'Start' : id.endsWith('#end') ? 'End' : id);
  return (
    <div
      ref={frame}
      className={`sw-graph ${isStale ? 'is-stale' : ''} ${editing ? 'is-editable' : ''} is-${direction}`}
      role="application"
      aria-label={props.label ?? 'Workflow graph'}
      aria-describedby={help}
      data-testid="workflow-graph"
      onKeyDown={onKeyDown}
      onPointerDownCapture={marquee.press}
    >
      <p id={help} className="sw-hidden">
        Arrow keys follow the transitions, Enter opens a state{editing ? ', plus adds a state behind it' : ''}.
      </p>
      <NodeActionsContext value={actions}>
        <ReactFlow
          nodes={nodes}
          nodeTypes={nodeTypes}
          minZoom={SMALLEST}
          maxZoom={LARGEST_ZOOM}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          zoomOnDoubleClick={false}
          panOnScroll
          onlyRenderVisibleElements={nodes.length > MANY}
          onPaneClick={() => onSelect([])}
          onPaneContextMenu={(event) => {
            if (!onContextMenu) return;
            event.preventDefault();
            onContextMenu({ x: event.clientX, y: event.clientY }, null);
          }}
        >
          <Background gap={16} size={1} />
          <ViewportPortal>
            <EdgeLayer edges={edges} look={look} width={drawing.width} height={drawing.height} />
            <LabelLayer edges={edges} look={look} />
            {editing && !isStale && (
              <>
                <SpotLayer
                  spots={spots.filter(({ edge }) => edges.includes(edge))}
                  nameOf={nameOf}
                  isLit={(edge) => look(edge).isLit}
                  pick={(spot, at) => editing.pick(spot.place, at)}
                />
                <GripLayer edges={edges} sources={selected} press={retarget.press} />
              </>
            )}
            {dropSpot && <Insertion spot={dropSpot} direction={direction} />}
            {retarget.line && <Retargeting line={retarget.line} />}
            {marquee.box && <div className="sw-marquee" style={marquee.box} />}
          </ViewportPortal>
          {drawing.nodes.length > FOR_MAP && (
            <MiniMap className="sw-map" pannable zoomable ariaLabel="Map of the graph" nodeBorderRadius={6} />
          )}
        </ReactFlow>
      </NodeActionsContext>
      <Controls zoom={view.zoom} fit={view.fit} />
      {children}
    </div>
  );
}

interface KeyContext {
  tabStop: StatePath | null;
  drawing: ReturnType<typeof layout>;
  direction: 'down' | 'right';
  focusState(state: StatePath): void;
  fit(): void;
  setRenaming(state: StatePath): void;
  element: HTMLElement | null;
}

/** true: the key was for the graph. */
function handleKey(event: React.KeyboardEvent, props: GraphProps, context: KeyContext): boolean {
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

/** Start, End and their edges, as far as the execution came by. */
function reachedTerminals(edges: readonly EdgePath[], statuses: GraphProps['statuses']): ReadonlySet<string> {
  const reached = new Set<string>();
  if (!statuses) return reached;
  for (const edge of edges) {
    const target = statuses.get(edge.target);
    const source = statuses.get(edge.source);
    if (edge.kind === 'start' && target && target.status !== 'idle') reached.add(edge.id).add(edge.source);
    if (edge.kind === 'end' && source?.status === 'succeeded') reached.add(edge.id).add(edge.target);
  }
  return reached;
}
