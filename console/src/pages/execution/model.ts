/** What all parts of the page know: the execution, its view at the chosen time, the selection, which stands in the URL. */
import { createContext, useContext } from 'react';
import type { Workflow } from '../../asl/types';
import type { ExecutionView, Visit } from '../../history/types';

/** As DescribeExecution answers it. */
export interface Description {
  executionArn: string;
  stateMachineArn: string;
  stateMachineVersionArn?: string;
  stateMachineAliasArn?: string;
  name: string;
  status: string;
  startDate: number;
  stopDate?: number;
  input?: string;
  output?: string;
  error?: string;
  cause?: string;
  mapRunArn?: string;
  traceHeader?: string;
  redriveCount?: number;
  redriveDate?: number;
  redriveStatus?: string;
  redriveStatusReason?: string;
}

export const viewKinds = ['graph', 'timeline', 'table', 'events'] as const;
export type ViewKind = (typeof viewKinds)[number];

export interface Selection {
  /** A state of the definition, entered or not. */
  state: string | null;
  /** One time that it was entered. */
  visit: Visit | null;
  event: number | null;
}

export interface Model {
  arn: string;
  description: Description;
  definition: string;
  workflow: Workflow | null;
  /** At `at`. */
  view: ExecutionView;
  /** As it is now. */
  live: ExecutionView;
  /** The event that is looked at; null: live. */
  at: number | null;
  setAt(event: number | null): void;
  selection: Selection;
  selectState(state: string | null): void;
  selectVisit(visit: Visit, change?: { event?: number; tab?: string; view?: ViewKind }): void;
  selectEvent(event: number): void;
  /** The item or branch that the graph shows; '' is all of them. */
  frame: string;
  setFrame(frame: string): void;
  kind: ViewKind;
  setKind(kind: ViewKind): void;
  tab: string | undefined;
  setTab(tab: string): void;
  attempt: number | null;
  setAttempt(attempt: number | null): void;
  isPaused: boolean;
}

export const ModelContext = createContext<Model | null>(null);

export function useModel(): Model {
  const model = useContext(ModelContext);
  if (!model) throw new Error('outside of an execution page');
  return model;
}
