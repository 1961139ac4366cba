import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Frame, Visit } from '../../history/types';

type Shown = Visit['status'] | Frame['status'] | 'idle';

export const words: Record<Shown, string> = {
  idle: 'Not started',
  running: 'In progress',
  retrying: 'Waits to try again',
  succeeded: 'Succeeded',
  failed: 'Failed',
  caught: 'Caught error',
  aborted: 'Aborted',
  timedOut: 'Timed out',
};

const types: Record<Shown, StatusIndicatorProps.Type> = {
  idle: 'not-started',
  running: 'in-progress',
  retrying: 'pending',
  succeeded: 'success',
  failed: 'error',
  caught: 'warning',
  aborted: 'stopped',
  timedOut: 'error',
};

export function VisitStatus({ status }: { status: Shown }) {
  return (
    <StatusIndicator type={types[status]} colorOverride={status === 'running' ? 'blue' : undefined}>
      {words[status]}
    </StatusIndicator>
  );
}
