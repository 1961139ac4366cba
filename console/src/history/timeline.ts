/** Rows and bars of a Gantt chart: states, and inside Maps and Parallels the items and branches. */
import { childrenOf, frameLabel } from './frames';
import type { ExecutionView, Frame, Visit } from './types';

export interface Segment {
  kind:
    | 'run'
    /** Scheduled, not yet taken by a worker. */
    | 'queued'
    /** For a job's end or a task token. */
    | 'callback'
    /** Of a Wait state. */
    | 'wait'
    /** Between two attempts. */
    | 'retryWait'
    /** From a failure to the redrive. */
    | 'redriveGap';
  from: number;
  /** null: it goes on. */
  to: number | null;
  status: Visit['status'];
  /** What it is, for the tooltip. */
  label: string;
}

export interface TimelineRow {
  key: string;
  depth: number;
  label: string;
  /** null: an item or branch. */
  visit: Visit | null;
  frame: Frame | null;
  segments: Segment[];
  isExpandable: boolean;
  isExpanded: boolean;
}

export function segmentsOf(visit: Visit): Segment[] {
  const segments: Segment[] = [];
  const add = (kind: Segment['kind'], from: number, to: number | null, status: Segment['status'], label: string) => {
    segments.push({ kind, from, to, status, label: `${visit.name}: ${label}` });
  };
  if (visit.attempts.length === 0) {
    const kind = visit.type === 'Wait' ? 'wait' : 'run';
    add(kind, visit.startMillis, visit.stopMillis, visit.status, kind === 'wait' ? 'waits' : visit.status);
    return segments;
  }
  let before = visit.startMillis;
  for (const attempt of visit.attempts) {
    const { startMillis, startedMillis = startMillis, submittedMillis, stopMillis, isRedriven } = attempt;
    if (startMillis > before && attempt.number > 1) {
      if (isRedriven) add('redriveGap', before, startMillis, 'aborted', 'until it was redriven');
      else add('retryWait', before, startMillis, 'retrying', `waits to try again (attempt ${attempt.number})`);
    }
    const isLast = attempt === visit.attempts.at(-1);
    // What was caught, or failed behind its call, shows it in the bar.
    const status = isLast && attempt.status !== 'running' ? visit.status : attempt.status;
    const shown = status === 'retrying' ? 'failed' : status;
    const ended = attempt.error ? `attempt ${attempt.number}, ${attempt.error}` : `attempt ${attempt.number}`;
    if (startedMillis > startMillis) add('queued', startMillis, startedMillis, shown, 'scheduled, not started');
    const kind = visit.type === 'Wait' ? 'wait' : 'run';
    add(kind, startedMillis, submittedMillis ?? stopMillis, shown, visit.attempts.length > 1 ? ended : shown);
    if (submittedMillis !== undefined) add('callback', submittedMillis, stopMillis, shown, 'waits for the answer');
    before = stopMillis ?? startMillis;
  }
  const last = visit.attempts.at(-1);
  if (visit.status === 'retrying' && last?.stopMillis != null)
    add('retryWait', last.stopMillis, null, 'retrying', 'waits to try again');
  return segments;
}

/** Opens what people want to see at once: few items, all branches. */
function opensByItself(view: ExecutionView, visit: Visit): boolean {
  return visit.type === 'Parallel' || childrenOf(view, visit).length <= 12;
}

/** Of rows that somebody opened or closed, by key: whether they are open. */
export type Opened = ReadonlyMap<string, boolean>;

export function timelineRows(view: ExecutionView, opened: Opened): TimelineRow[] {
  const rows: TimelineRow[] = [];
  const addVisits = (frame: Frame, depth: number) => {
    for (const id of frame.visits) {
      const visit = view.visits[id] as Visit;
      const key = `v${visit.entered}`;
      const isExpandable = visit.frames.length > 0;
      const isExpanded = isExpandable && (opened.get(key) ?? opensByItself(view, visit));
      const segments = segmentsOf(visit);
      rows.push({ key, depth, label: visit.name, visit, frame: null, segments, isExpandable, isExpanded });
      if (isExpanded) for (const frame of visit.frames) addFrame(visit, view.frames.get(frame) as Frame, depth + 1);
    }
  };
  const addFrame = (holder: Visit, frame: Frame, depth: number) => {
    const key = `f${frame.id}`;
    const isExpandable = frame.visits.length > 0;
    const isExpanded = isExpandable && (opened.get(key) ?? (holder.type === 'Parallel' || frame.status === 'failed'));
    // A closed row shows all that is in it in one line.
    const segments = isExpanded
      ? [frameSegment(view, frame)]
      : frame.visits.flatMap((id) => segmentsOf(view.visits[id] as Visit));
    const tried = holder.attempts.filter(({ isRedriven }) => !isRedriven).length;
    const attempt = tried > 1 ? `, attempt ${frame.attempt}` : '';
    const label = `${frameLabel(view, frame)}${attempt}`;
    rows.push({ key, depth, label, visit: null, frame, segments, isExpandable, isExpanded });
    if (isExpanded) addVisits(frame, depth + 1);
  };
  const root = view.frames.get('');
  if (root) addVisits(root, 0);
  return rows;
}

function frameSegment(view: ExecutionView, frame: Frame): Segment {
  const { startMillis: from, stopMillis: to, status } = frame;
  return { kind: 'run', from, to, status, label: `${frameLabel(view, frame)}: ${status}` };
}

/** With all open that has to be for a visit to be seen. */
export function openedToShow(view: ExecutionView, visit: Visit, opened: Opened): Opened {
  const next = new Map(opened);
  for (let frame = view.frames.get(visit.frame); frame && frame.parent !== null; ) {
    const holder = view.visits[frame.parent] as Visit;
    next.set(`f${frame.id}`, true).set(`v${holder.entered}`, true);
    frame = view.frames.get(holder.frame);
  }
  return next;
}

/** Round steps between marks of the axis, at most `most` of them. */
export function axisMarks(from: number, to: number, most: number): { step: number; marks: number[] } {
  const span = Math.max(1, to - from);
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map((s) => s * 1000),
  );
  const step = steps.find((step) => span / step <= most) ?? Math.ceil(span / most / 86_400_000) * 86_400_000;
  const marks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) marks.push(at);
  return { step, marks };
}
