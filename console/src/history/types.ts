import type { StatePath } from '../asl/types';
import type { NodeStatus } from '../graph/types';

/** An event as `/_ui/executions/events` gives it: without payloads, which are fetched when somebody looks at them. */
export interface CompactEvent {
  id: number;
  prev: number;
  /** TaskStateEntered, … */
  type: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Of a state, a Map's iteration or a MapRun: its name. */
  name?: string;
  /** Of an iteration. */
  index?: number;
  /** Of MapStateStarted: how many items. */
  length?: number;
  error?: string;
  /** At most 200 characters of it. */
  cause?: string;
  /** `lambda invoke`, `aws-sdk:ec2 rebootInstances`: of task events. */
  resource?: string;
  /** Bytes of the payloads that the event carries, if it does. */
  inputBytes?: number;
  outputBytes?: number;
  /** Names of variables that it assigns. */
  assigned?: string[];
  mapRunArn?: string;
}

/** One walk through one workflow: the machine's, a branch's, an item's. */
export interface Frame {
  id: string;
  /** The visit of the Map or Parallel that holds it; null: the outermost. */
  parent: number | null;
  /** Of an item or a branch. */
  index: number | null;
  scope: string;
  visits: number[];
  status: 'running' | 'succeeded' | 'failed' | 'aborted' | 'caught';
}

/** One time that a state was entered. */
export interface Visit {
  /** Index among all visits; also the id of its StateEntered event stands in `entered`. */
  id: number;
  state: StatePath;
  name: string;
  type: string;
  frame: string;
  entered: number;
  exited: number | null;
  startMillis: number;
  stopMillis: number | null;
  status: NodeStatus['status'];
  error?: string;
  cause?: string;
  attempts: Attempt[];
  /** Ids of all its events, in order. */
  events: number[];
}

export interface Attempt {
  number: number;
  startMillis: number;
  stopMillis: number | null;
  status: 'running' | 'succeeded' | 'failed' | 'timedOut' | 'aborted';
  error?: string;
  cause?: string;
}

/** What the first `upTo` events make of an execution. Pure: the same events, the same view. */
export interface ExecutionView {
  events: readonly CompactEvent[];
  frames: ReadonlyMap<string, Frame>;
  visits: readonly Visit[];
  /** Over all frames, for the graph. */
  statuses: ReadonlyMap<StatePath, NodeStatus>;
  walked: ReadonlySet<string>;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** The visit that made the execution fail, if one did. */
  failure: Visit | null;
}
