import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useUrl } from '../../app/search';
import { representative, visitOf } from '../../history/frames';
import type { CompactEvent } from '../../history/types';
import type { LoadedExecution } from './execution';
import { useView } from './history';
import { type Model, type ViewKind, viewKinds } from './model';

const number = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : null);

/** The URL is the state of the page: view, state, visit (by the event that entered it), attempt, event, frame, at, tab. */
export function useExecutionModel(loaded: LoadedExecution): Model {
  const { events, workflow } = loaded;
  const [url, setUrl] = useUrl();
  const last = events.at(-1)?.id ?? 0;
  const [chosenAt, setAt] = useAt(number(url.at), setUrl);
  const at = chosenAt === null ? null : Math.max(1, Math.min(chosenAt, last));
  const live = useView(workflow, events, null);
  // The scrubber is never held up by what it scrubs through.
  const shownAt = useDeferredValue(at);
  const past = useView(workflow, shownAt === null ? none : events, shownAt);
  const view = shownAt === null ? live : past;
  const frame = url.frame && live.frames.has(url.frame) ? url.frame : '';
  const event = number(url.event);

  return useMemo(() => {
    const entered = number(url.visit);
    const visit =
      visitOf(live, entered ?? undefined) ??
      (url.state ? representative(view, url.state, frame) : undefined) ??
      visitOf(live, event ?? undefined);
    const state = visit?.state ?? (url.state && workflow?.states.has(url.state) ? url.state : null);
    return {
      ...loaded,
      view,
      live,
      at,
      setAt,
      // What is selected but not yet entered at that time is a state without a visit.
      selection: { state, visit: (visit && view.visits[visit.id]) ?? null, event },
      selectState: (state) =>
        setUrl({ state: state ?? undefined, visit: undefined, event: undefined, attempt: undefined }),
      selectVisit: (visit, { event, tab, view } = {}) =>
        setUrl({
          state: visit.state,
          visit: String(visit.entered),
          frame: visit.frame || undefined,
          event: event === undefined ? undefined : String(event),
          attempt: undefined,
          ...(tab ? { tab } : {}),
          ...(view ? { view } : {}),
        }),
      selectEvent: (event) => {
        const visit = visitOf(live, event);
        setUrl({
          event: String(event),
          state: visit?.state,
          visit: visit && String(visit.entered),
          frame: visit?.frame || undefined,
          attempt: undefined,
        });
      },
      frame,
      setFrame: (frame) =>
        setUrl({ frame: frame || undefined, visit: undefined, event: undefined, attempt: undefined }),
      kind: viewKinds.find((kind) => kind === url.view) ?? 'graph',
      setKind: (view: ViewKind) => setUrl({ view: view === 'graph' ? undefined : view }, { push: true }),
      tab: url.tab,
      setTab: (tab) => setUrl({ tab }),
      attempt: number(url.attempt),
      setAttempt: (attempt) => setUrl({ attempt: attempt === null ? undefined : String(attempt) }),
    };
  }, [loaded, view, live, at, frame, event, url, setUrl, setAt, workflow]);
}

/** The time that is looked at follows the scrubber at once, the URL when the hand rests. */
function useAt(
  inUrl: number | null,
  setUrl: (change: { at: string | undefined }) => void,
): [number | null, (at: number | null) => void] {
  const [at, setAt] = useState(inUrl);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setAt(inUrl), [inUrl]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = useCallback(
    (next: number | null) => {
      setAt(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setUrl({ at: next === null ? undefined : String(next) }), 250);
    },
    [setUrl],
  );
  return [at, set];
}

const none: readonly CompactEvent[] = [];
