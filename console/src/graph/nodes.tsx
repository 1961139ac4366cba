import { type NodeProps, Position } from '@xyflow/react';
import { createContext, memo, useContext, useEffect, useRef } from 'react';
import type { State, StatePath } from '../asl/types';
import type { Tile } from '../layout/glyphs';
import type { NodeBox } from '../layout/types';
import { statusLooks } from './looks';
import { progressText } from './names';
import { TileView } from './tile';
import type { NodeStatus } from './types';

export interface NodeData extends Record<string, unknown> {
  box: NodeBox;
  state: State | null;
  tile: Tile | null;
  kind: string;
  name: string;
  status: NodeStatus | undefined;
  mark: { errors: number; warnings: number; first: string } | undefined;
  change: 'added' | 'removed' | 'changed' | 'moved' | undefined;
  retries: number;
  isSelected: boolean;
  isTabStop: boolean;
  isCollapsed: boolean;
  isDropTarget: boolean;
  isRenaming: boolean;
  isEditable: boolean;
  /** Start and End: whether the execution was there. */
  isReached: boolean;
}

export interface NodeActions {
  press(state: StatePath, event: React.PointerEvent): void;
  click(state: StatePath, event: React.MouseEvent): void;
  doubleClick(state: StatePath): void;
  menu(state: StatePath, event: React.MouseEvent): void;
  focused(state: StatePath): void;
  hover(state: StatePath | null): void;
  collapse(state: StatePath, collapsed: boolean): void;
  /** null: never mind. */
  renamed(state: StatePath, name: string | null): void;
}

export const NodeActionsContext = createContext<NodeActions | null>(null);

export const StateNode = memo(({ data: given }: NodeProps) => {
  const data = given as NodeData;
  const actions = useContext(NodeActionsContext);
  const { state, box, status, mark } = data;
  if (!state || !actions) return null;
  const look = status && status.status !== 'idle' ? statusLooks[status.status] : null;
  const classes = ['sw-node', 'nopan'];
  if (box.isContainer) classes.push('is-container');
  if (data.isSelected) classes.push('is-selected');
  if (data.isDropTarget) classes.push('is-drop-target');
  if (mark?.errors) classes.push('has-errors');
  if (data.change) classes.push(`is-${data.change}`);
  if (status) classes.push(`is-${status.status}`);
  if (state.scopes.length > 0 && !box.isContainer) classes.push('is-stacked');
  return (
    <div
      className={classes.join(' ')}
      style={look ? ({ '--sw-status': look.colour } as React.CSSProperties) : undefined}
      data-testid="graph-node"
      data-state={state.path}
      data-status={status?.status}
      onPointerEnter={() => actions.hover(state.path)}
      onPointerLeave={() => actions.hover(null)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a button of the browser swallows the press that a drag begins with */}
      <div
        role="button"
        className="sw-node-body"
        tabIndex={data.isTabStop ? 0 : -1}
        aria-label={data.name}
        aria-pressed={data.isSelected}
        title={mark?.first ?? `${state.name}\n${data.kind}`}
        onPointerDown={(event) => actions.press(state.path, event)}
        onClick={(event) => actions.click(state.path, event)}
        onDoubleClick={() => actions.doubleClick(state.path)}
        onContextMenu={(event) => actions.menu(state.path, event)}
        onFocus={() => actions.focused(state.path)}
        onKeyDown={undefined}
      >
        {data.tile && <TileView tile={data.tile} size={box.isContainer ? 24 : 28} />}
        <span className="sw-node-text">
          <span className="sw-node-name">{state.name}</span> <span className="sw-node-kind">{data.kind}</span>
        </span>
        {status?.progress && <ProgressText progress={status.progress} />}
        {look && <Sign icon={look.icon} />}
      </div>
      {data.isRenaming && <NameField state={state} done={(name) => actions.renamed(state.path, name)} />}
      <Badges data={data} />
      {state.scopes.length > 0 && (
        <button
          type="button"
          className="sw-node-collapse"
          tabIndex={-1}
          aria-label={`${data.isCollapsed ? 'Expand' : 'Collapse'} ${state.name}`}
          aria-expanded={!data.isCollapsed}
          onClick={() => actions.collapse(state.path, !data.isCollapsed)}
        >
          <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
            <path d={data.isCollapsed ? 'M8 3v10M3 8h10' : 'M3 8h10'} />
          </svg>
        </button>
      )}
      {status?.progress && <ProgressBar progress={status.progress} />}
    </div>
  );
});

function Badges({ data: { status, mark, change, retries } }: { data: NodeData }) {
  const attempts = status?.attempts ?? 1;
  const entered = status?.entered ?? 1;
  return (
    <span className="sw-node-badges" aria-hidden="true">
      {change && <span className={`sw-badge is-${change}`}>{change}</span>}
      {mark && mark.errors > 0 && <span className="sw-badge is-error">✕ {mark.errors}</span>}
      {mark && mark.errors === 0 && mark.warnings > 0 && <span className="sw-badge is-warning">! {mark.warnings}</span>}
      {attempts > 1 && <span className="sw-badge is-attempts">↻ {attempts}</span>}
      {entered > 1 && <span className="sw-badge">× {entered}</span>}
      {!status && retries > 0 && <span className="sw-badge">↻ {retries}</span>}
    </span>
  );
}

type MapProgress = NonNullable<NodeStatus['progress']>;

function ProgressText({ progress: { succeeded, failed, total } }: { progress: MapProgress }) {
  const text = `${(succeeded + failed).toLocaleString('en')} / ${total.toLocaleString('en')}`;
  // Not as text: the name of the node says it in words.
  return <span className="sw-progress-text" data-text={text} aria-hidden="true" />;
}

function ProgressBar({ progress }: { progress: MapProgress }) {
  const share = (count: number) => ({ width: `${progress.total > 0 ? (100 * count) / progress.total : 0}%` });
  return (
    <span className="sw-progress" title={progressText(progress)} aria-hidden="true">
      <i className="is-succeeded" style={share(progress.succeeded)} />
      <i className="is-failed" style={share(progress.failed)} />
      <i className="is-running" style={share(progress.running)} />
    </span>
  );
}

export function Sign({ icon, size = 16 }: { icon: readonly string[]; size?: number }) {
  return (
    <svg className="sw-sign" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {icon.map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}

/** The name is kept by Enter and by going elsewhere, and left as it was by Escape. */
function NameField({ state, done }: { state: State; done(name: string | null): void }) {
  const field = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  useEffect(() => field.current?.select(), []);
  const finish = (name: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    const given = name?.trim() ?? '';
    done(given === '' || given === state.name ? null : given);
  };
  return (
    <input
      ref={field}
      className="sw-node-rename nopan"
      aria-label={`New name of ${state.name}`}
      defaultValue={state.name}
      maxLength={80}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') finish(event.currentTarget.value);
        if (event.key === 'Escape') finish(null);
      }}
    />
  );
}

export const TerminalNode = memo(({ data: given }: NodeProps) => {
  const { box, isReached } = given as NodeData;
  const text = box.kind === 'start' ? 'Start' : 'End';
  const classes = `sw-terminal is-${box.kind} ${box.depth > 0 ? 'is-dot' : ''} ${isReached ? 'is-reached' : ''}`;
  return <div className={classes}>{box.depth > 0 ? null : text}</div>;
});

export const nodeTypes = { state: StateNode, terminal: TerminalNode };
/** xyflow wants to know where edges would meet a node; ours are drawn apart. */
export const handles = [
  { type: 'source' as const, position: Position.Bottom, x: 0, y: 0, width: 1, height: 1 },
  { type: 'target' as const, position: Position.Top, x: 0, y: 0, width: 1, height: 1 },
];
