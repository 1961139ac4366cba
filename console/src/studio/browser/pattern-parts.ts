/** What the patterns are put together from. */
import type { QueryLanguage } from '../../asl/types';

export type State = Record<string, unknown>;

export interface Fragment {
  StartAt: string;
  States: Record<string, State>;
}

export const topic = 'arn:aws:sns:us-east-1:123456789012:MyTopic';
export const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:MyFunction';

/** A Task with its arguments in the language that is asked for. */
export function task(language: QueryLanguage, resource: string, jsonata: State, jsonPath: State, more: State): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::${resource}`,
    ...(language === 'JSONata' ? { Arguments: jsonata } : { Parameters: jsonPath }),
    ...more,
  };
}

export const backoff = { IntervalSeconds: 2, MaxAttempts: 4, BackoffRate: 2, JitterStrategy: 'FULL' };
export const throttled = [{ ErrorEquals: ['States.TaskFailed'], ...backoff }];
