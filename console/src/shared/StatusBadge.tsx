import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { ExecutionStatus } from '../api/types';

/** AWS's words for a status. */
export const statusWords: Record<ExecutionStatus, string> = {
  RUNNING: 'Running',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  TIMED_OUT: 'Timed out',
  ABORTED: 'Aborted',
  PENDING_REDRIVE: 'Pending redrive',
};

const types: Record<ExecutionStatus, StatusIndicatorProps.Type> = {
  RUNNING: 'in-progress',
  SUCCEEDED: 'success',
  FAILED: 'error',
  TIMED_OUT: 'error',
  ABORTED: 'stopped',
  PENDING_REDRIVE: 'pending',
};

export function StatusBadge({ status, isPaused = false }: { status: ExecutionStatus; isPaused?: boolean }) {
  if (isPaused) return <StatusIndicator type="pending">Paused</StatusIndicator>;
  return (
    <StatusIndicator type={types[status] ?? 'info'} colorOverride={status === 'RUNNING' ? 'blue' : undefined}>
      {statusWords[status] ?? status}
    </StatusIndicator>
  );
}
