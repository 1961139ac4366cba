/** What `/_ui/*` answers. The server's side is `crates/cli/src/serve/console/`; the contract is `docs/design/console.md`. */

import type { CompactEvent } from '../history/types';

export interface Info {
  version: string;
  account: string;
  region: string;
  /** null: nobody has to sign in. */
  login: { user: string | null; hasUsers: boolean } | null;
  /** What this server calls for AWS's APIs: `aws`, or the URL of `--endpoint-url`; null: neither. */
  aws: string | null;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export interface ExecutionSummary {
  arn: string;
  name: string;
  stateMachineArn: string;
  status: ExecutionStatus;
  startMillis: number;
  stopMillis: number | null;
  redriveCount: number;
  /** Of those that failed. */
  error?: string;
  mapRunArn?: string;
  /** Of a Map Run's child: how many items it has. */
  itemCount?: number;
  versionArn?: string;
  aliasArn?: string;
  isPaused?: boolean;
}

export interface StateMachineSummary {
  arn: string;
  name: string;
  type: 'STANDARD' | 'EXPRESS';
  createdMillis: number;
  tags: Record<string, string>;
  /** The newest first, at most 20. */
  recent: ExecutionSummary[];
  running: number;
}

export interface Page<T> {
  items: T[];
  /** To be given as `cursor`; absent: that was all. Where few match, a page may be short or empty and still have a next one. */
  next?: string;
}

export interface Events {
  events: CompactEvent[];
  /** The execution has ended and this is its end. */
  isComplete: boolean;
}

/** Messages of `/_ui/stream`, by the name of the event. */
export interface StreamMessages {
  /** Topic `execution:ARN`. */
  execution: { arn: string; events: CompactEvent[]; summary?: ExecutionSummary };
  /** Topic `executions`: what changed since the last one, each execution once. */
  executions: { changed: ExecutionSummary[]; missed: boolean };
  /** Topic `tasks`. `changed`: others are waited for, so ask again; else it only says where the stream stands. */
  tasks: { changed: boolean };
}

export interface Draft {
  id: string;
  /** The state machine that it is a draft of; null: a new one. */
  stateMachineArn: string | null;
  /** The revision that the draft began from. */
  baseRevisionId: string | null;
  name: string;
  text: string;
  language: 'json' | 'yaml';
  /** Type, role, logging …: what Config mode holds. */
  config: Record<string, unknown>;
  revision: number;
  savedMillis: number;
  user: string;
}

/** A row of `/_ui/drafts`. */
export type DraftSummary = Omit<Draft, 'text'>;

/** `/_ui/executions/search`: an event whose payloads or cause hold the text. */
export interface FoundEvent {
  id: number;
  type: string;
  /** The state, where the event names one. */
  name?: string;
  excerpt: string;
}

/** `/_ui/catalog/actions`: every service once, of its operations only the names, for there are 18,000. */
export interface ActionCatalog {
  services: {
    /** As in `arn:aws:states:::aws-sdk:ec2:…`. */
    service: string;
    /** `Amazon EC2` */
    title: string;
    /** compute, containers, database, … : `studio/browser` names and orders them. */
    category: string;
    /** API action names as Step Functions writes them: `rebootInstances`. */
    operations: string[];
  }[];
  /** `lambda:invoke`, `sns:publish`, …: with the integration patterns that each takes. */
  optimized: {
    resource: string;
    service: string;
    operation: string;
    patterns: ('requestResponse' | 'sync' | 'sync:2' | 'waitForTaskToken')[];
    /** false: AWS has it, this server cannot run it yet. */
    isRunnable?: boolean;
    /** Parameters of the API's action that it does not take. */
    without?: string[];
  }[];
}

/** `/_ui/catalog/actions/{service}/{operation}`: the shapes that the form is made of. */
export interface ActionShape {
  service: string;
  operation: string;
  /** AWS's own page of the action. */
  reference: string;
  /** false: it changes nothing. */
  isWrite: boolean;
  isDeprecated?: boolean;
  input: Shape;
  /** By name: shapes that refer to themselves stand once. */
  shapes: Record<string, Shape>;
  errors: string[];
}

export type Shape =
  | { type: 'structure'; members: Record<string, Member>; required: string[]; isUnion?: boolean }
  | { type: 'list'; member: Shape | { ref: string } }
  | { type: 'map'; key: Shape | { ref: string }; value: Shape | { ref: string } }
  | { type: 'string'; enum?: string[]; pattern?: string; min?: number; max?: number; isSensitive?: boolean }
  | { type: 'integer' | 'long' | 'float' | 'double'; min?: number; max?: number }
  | { type: 'boolean' | 'timestamp' | 'blob' | 'document' };

export type Member = { shape: Shape | { ref: string }; isIdempotencyToken?: boolean; isDeprecated?: boolean };
