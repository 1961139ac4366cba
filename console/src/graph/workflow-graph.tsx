import '@xyflow/react/dist/base.css';
import './graph.css';
import './nodes.css';
import './statuses.css';
import './edges.css';
import './editing.css';
import { Background, MiniMap, ReactFlow, ReactFlowProvider, useStore, ViewportPortal } from '@xyflow/react';
import { useCallback, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from 'react';
import type { StatePath } from '../asl/types';
import { layout } from '../layout';
import type { EdgePath, Layout } from '../layout/types';
import { Controls } from './controls';
import { EdgeLayer, type EdgeLook, GripLayer, LabelLayer, SpotLayer } from './edges';
import { exportGraph } from './export';
import { Insertion, Retargeting } from './gestures';
import { handleKey } from './keys';
import { NodeActionsContext, nodeTypes } from './nodes';
import { reachedTerminals, spotsOf } from './places';
import type { GraphHandle, GraphProps } from './types';
import { useActions } from './use-actions';
import { useAutoPan } from './use-auto-pan';
import { useDrops } from './use-drops';
import { useMarquee } from './use-marquee';
import { useNodes } from './use-nodes';
import { useRetarget } from './use-retarget';
import { LARGEST_ZOOM, SMALLEST, useView } from './use-view';
import { useVisible } from './use-visible';

/** From here on only what is seen is in the page, and there is a map. */
const MANY = 120;
const FOR_MAP = 60;
/** A drawing that is far longer than wide would be a line on the map, too thin to be seen. */
const isForMap = ({ width, height }: Layout) => Math.max(width, height) < 25 * Math.min(width, height);
/** Seen from farther away than this, states only show their names. */
const FAR = 0.6;
const LEGEND_HEIGHT = 28;

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
  const wantsFocus = useRef(false);
  const help = useId();
  const [focused, setFocused] = useState<StatePath | null>(null);
  const [hovered, setHovered] = useState<StatePath | null>(null);
  const [renaming, setRenaming] = useState<StatePath | null>(null);

  const isDrawn = (state: StatePath | null | undefined) => drawing.nodes.some((node) => node.state === state);
  const tabStop =
    [focused, selection.at(-1)].find((state) => state && isDrawn(state)) ??
    drawing.nodes.find((node) => node.state)?.state ??
    null;
  const view = useView(drawing, direction, selection.at(-1) ?? null, statuses ? LEGEND_HEIGHT : 0, !editing);

  const spots = useMemo(
    () => (editing ? spotsOf(drawing, workflow, direction) : []),
    [drawing, workflow, direction, editing],
  );
  const pan = useAutoPan(frame);
  const dropSpot = useDrops(frame, drawing, spots, editing, pan);
  const retarget = useRetarget(drawing, editing, pan);
  const marquee = useMarquee(frame, drawing, selection, props.onSelect, pan);
  const visible = useVisible(drawing, MANY);
  const isFar = useStore(({ transform }) => transform[2] < FAR);

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

  const actions = useActions(props, frame, wantsFocus, { setFocused, setHovered, setRenaming });

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
    if (last && view.isSized) reveal.current(last);
  }, [last, view.isSized]);
  // What there is to see first, as long as nobody has chosen anything.
  const { opensAt } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    if (opensAt && !last && view.isSized) reveal.current(opensAt);
  }, [opensAt, view.isSized]);

  // By its new name a state is another node.
  useEffect(() => {
    if (!wantsFocus.current || !last || !drawing.nodes.some((node) => node.state === last)) return;
    wantsFocus.current = false;
    focusState(last);
  }, [last, drawing, focusState]);

  const { onContextMenu, onSelect, children } = props;
  const edges = visible(drawing.edges);
  const nameOf = (id: string) =>
    workflow.states.get(id)?.name ?? (id.endsWith('#start') ? 'Start' : id.endsWith('#end') ? 'End' : id);
  return (
    <div
      ref={frame}
      className={`sw-graph ${isStale ? 'is-stale' : ''} ${editing ? 'is-editable' : ''} ${isFar ? 'is-far' : ''} is-${direction}`}
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
            {marquee.box && (
              <div
                className="sw-marquee"
                style={{
                  left: marquee.box.x,
                  top: marquee.box.y,
                  width: marquee.box.width,
                  height: marquee.box.height,
                }}
              />
            )}
          </ViewportPortal>
          {drawing.nodes.length > FOR_MAP && isForMap(drawing) && (
            <MiniMap className="sw-map" pannable zoomable ariaLabel="Map of the graph" nodeBorderRadius={6} />
          )}
        </ReactFlow>
      </NodeActionsContext>
      <Controls zoom={view.zoom} fit={view.fit} />
      {children}
    </div>
  );
}
