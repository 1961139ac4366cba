import type { Place, StatePath, Workflow } from '../asl/types';

/** How a state fares in an execution. */
export type Status = 'idle' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'caught' | 'aborted' | 'timedOut';

/** What the execution view lays over a node. */
export interface NodeStatus {
  status: Status;
  /** Attempts of the Task so far; 1 is not shown. */
  attempts?: number;
  /** How often it was entered. */
  entered?: number;
  /** Of a Map: how far its items are. */
  progress?: { total: number; succeeded: number; failed: number; running: number };
}

/** What the Studio's canvas asks for; without it the graph only shows. */
export interface GraphEditing {
  /** Something was dropped or typed at a place: an entry of the states browser, or states that are moved. */
  drop(place: Place, what: DropPayload): void;
  /** `+` on an edge was pressed: open the picker there. */
  pick(place: Place, at: { x: number; y: number }): void;
  /** A transition's end was dragged onto another state. */
  retarget(pointer: string, to: StatePath): void;
  rename(state: StatePath, name: string): void;
  remove(states: StatePath[]): void;
}

export type DropPayload = { kind: 'template'; template: StateTemplate } | { kind: 'states'; states: StatePath[] };

/** What the states browser offers. */
export interface StateTemplate {
  /** The name it suggests. */
  name: string;
  /** The state's value in the query language of where it goes. */
  body(queryLanguage: 'JSONPath' | 'JSONata'): Record<string, unknown>;
  /** Several states that belong together (patterns); `StartAt` is entered, ends lead on. Takes precedence over `body`. */
  fragment?(queryLanguage: 'JSONPath' | 'JSONata'): {
    StartAt: string;
    States: Record<string, Record<string, unknown>>;
  };
}

/** What the graph does when it is asked to: `ref` of `<WorkflowGraph>`. */
export interface GraphHandle {
  fit(): void;
  zoom(factor: number): void;
  /** Moves the view so that a state is seen. */
  reveal(state: StatePath): void;
  /** Puts the keyboard on the selected state, or on the first. */
  focus(): void;
  /** Lets somebody type another name of the selected state, in place. */
  rename(): void;
  /** A file with the whole drawing, statuses included. */
  export(kind: 'svg' | 'png', name: string): Promise<void>;
}

export interface GraphProps {
  workflow: Workflow;
  collapsed: ReadonlySet<StatePath>;
  onCollapse(state: StatePath, collapsed: boolean): void;
  direction?: 'down' | 'right';
  selection: readonly StatePath[];
  onSelect(states: StatePath[]): void;
  /** What is in view at first while nothing is selected: the state that failed. */
  opensAt?: StatePath;
  /** Execution view: what to colour. */
  statuses?: ReadonlyMap<StatePath, NodeStatus>;
  /** Edges that were walked, by their transition's pointer (of a Choice, only the one taken). */
  walked?: ReadonlySet<string>;
  /** Studio: how many errors and warnings a state has. */
  marks?: ReadonlyMap<StatePath, { errors: number; warnings: number; first: string }>;
  /** How the states differ from those of another workflow. */
  changes?: ReadonlyMap<StatePath, 'added' | 'removed' | 'changed' | 'moved'>;
  editing?: GraphEditing;
  /** Greyed: the text is broken and this is the last good graph. */
  isStale?: boolean;
  ref?: React.Ref<GraphHandle>;
  /** Says whose graph it is: its accessible name. */
  label?: string;
  /** Enter or a double click on a state (with `editing` a double click renames). */
  onOpen?(state: StatePath): void;
  /** A right click or the menu key: on a state, which is selected then, or beside all (null). In coordinates of the window. */
  onContextMenu?(at: { x: number; y: number }, state: StatePath | null): void;
  /** Overlays such as a legend. */
  children?: React.ReactNode;
}
