/** As `/_ui/tasks` gives it. */
export interface OpenTask {
  token: string;
  executionArn: string;
  executionName: string;
  stateMachineArn: string;
  stateName: string;
  resource: string;
  /** null: too large to be shown in a list. */
  input: string | null;
  enteredMillis: number;
  enteredEventId: number;
  /** The latest event of this branch: TaskSubmitted, ActivityScheduled, … */
  lastEventId: number;
  timeoutMillis: number | null;
  heartbeatSeconds: number | null;
}
