import type { ScopePath, StatePath } from '../asl/types';
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
  /** '' is the outermost; others say the visit that holds them, its attempt and their index: `12.1.0`. */
  id: string;
  /** The visit of the Map or Parallel that holds it; null: the outermost. */
  parent: number | null;
  /** Of an item or a branch. */
  index: number | null;
  /** Of the Map's or Parallel's attempts, the one that it belongs to. */
  attempt: number;
  scope: ScopePath;
  visits: number[];
  status: 'running' | 'succeeded' | 'failed' | 'aborted';
  startMillis: number;
  stopMillis: number | null;
}

/** One time that a state was entered. */
export interface Visit {
  /** Index among all visits. */
  id: number;
  state: StatePath;
  name: string;
  type: string;
  frame: string;
  /** Ids of its StateEntered and StateExited. The first names the visit in the URL. */
  entered: number;
  exited: number | null;
  startMillis: number;
  stopMillis: number | null;
  status: Exclude<NodeStatus['status'], 'idle'>;
  error?: string;
  cause?: string;
  /** Of Task, Map and Parallel; of a Wait that was redriven. */
  attempts: Attempt[];
  /** Ids of all its events, in order. */
  events: number[];
  /** Of a Map or Parallel: its items or branches, of all attempts. */
  frames: string[];
  /** Of a Map: how many items. */
  length?: number;
  resource?: string;
  /** Of a Distributed Map: that of its last attempt. */
  mapRunArn?: string;
}

export interface Attempt {
  number: number;
  startMillis: number;
  /** A worker took it, the call went out. */
  startedMillis?: number;
  /** The call was answered, and it waits for the end of the job or for a task token. */
  submittedMillis?: number;
  stopMillis: number | null;
  status: 'running' | 'succeeded' | 'failed' | 'timedOut' | 'aborted';
  error?: string;
  cause?: string;
  /** It follows a redrive, no retry. */
  isRedriven?: boolean;
  /** Where it begins; of a Task its payload holds the arguments. */
  event: number;
}

/** What the first events of an execution make of it. Pure: the same events, the same view. */
export interface ExecutionView {
  events: readonly CompactEvent[];
  frames: ReadonlyMap<string, Frame>;
  visits: readonly Visit[];
  /** Over all frames, for the graph. */
  statuses: ReadonlyMap<StatePath, NodeStatus>;
  /** Pointers of the transitions that were taken. */
  walked: ReadonlySet<string>;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  startMillis: number | null;
  /** null: it runs. */
  stopMillis: number | null;
  error?: string;
  cause?: string;
  /** The visit that made the execution fail, if one did. */
  failure: Visit | null;
  /** Ids of ExecutionRedriven. */
  redrives: number[];
  /** The visit that each event belongs to, by the event's id. */
  visitOf: readonly (number | undefined)[];
  /** Types of events that are not known here. */
  unknown: ReadonlySet<string>;
}
