import type { Status } from './types';

/** How each status looks and what it is called. Colours are design tokens' (`shared/tokens.ts`). */
export interface StatusLook {
  text: string;
  colour: string;
  /** Strokes in a square of 16. */
  icon: string[];
}

export const statusLooks: Record<Status, StatusLook> = {
  idle: { text: 'Not entered', colour: 'var(--sw-border-input)', icon: ['M3 8h10'] },
  running: { text: 'Running', colour: 'var(--sw-running)', icon: ['M8 2a6 6 0 1 1-6 6', 'M8 5v3.2l2 1.3'] },
  retrying: {
    text: 'Waiting for a retry',
    colour: 'var(--sw-warning)',
    icon: ['M13.5 8a5.5 5.5 0 1 1-1.7-4', 'M13.6 1.8v3h-3'],
  },
  succeeded: { text: 'Succeeded', colour: 'var(--sw-success)', icon: ['M3 8.5l3.3 3.3L13 4.7'] },
  failed: { text: 'Failed', colour: 'var(--sw-error)', icon: ['M4 4l8 8', 'M12 4l-8 8'] },
  caught: {
    text: 'Caught error',
    colour: 'var(--sw-warning)',
    icon: ['M8 2 15 14H1Z', 'M8 6.5v3.5', 'M8 12v.1'],
  },
  aborted: { text: 'Aborted', colour: 'var(--sw-inactive)', icon: ['M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2', 'M4 12l8-8'] },
  timedOut: {
    text: 'Timed out',
    colour: 'var(--sw-error)',
    icon: ['M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2', 'M8 4.8V8l2.3 1.7'],
  },
};
