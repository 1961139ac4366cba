import { queryOptions } from '@tanstack/react-query';
import { aws } from '../../api/queries';
import type { ExecutionStatus } from '../../api/types';

export interface ItemCounts {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  total: number;
  resultsWritten: number;
  failuresNotRedrivable?: number;
  pendingRedrive?: number;
}

/** As DescribeMapRun answers it. */
export interface MapRun {
  mapRunArn: string;
  executionArn: string;
  status: ExecutionStatus;
  startDate: number;
  stopDate?: number;
  maxConcurrency: number;
  toleratedFailurePercentage: number;
  toleratedFailureCount: number;
  itemCounts: ItemCounts;
  executionCounts: ItemCounts;
  redriveCount?: number;
  redriveDate?: number;
}

export const mapRunQuery = (mapRunArn: string) =>
  queryOptions({
    ...aws<MapRun>('stepfunctions', 'DescribeMapRun', { mapRunArn }),
    // AWS has no event for its counts.
    refetchInterval: ({ state }) => (state.data?.status === 'RUNNING' ? 1_500 : false),
  });
