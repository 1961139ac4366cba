import type { Place, Scope, ScopePath, State, StatePath, Workflow } from '../../asl/types';

/** Where something is put that is added to what is selected: behind it, and without a selection at the end of the main path. */
export function placeBehind(workflow: Workflow, selection: readonly StatePath[]): Place {
  const selected = workflow.states.get(selection.at(-1) ?? '');
  return selected ? behind(workflow, selected) : atEnd(workflow, '');
}

function behind(workflow: Workflow, state: State): Place {
  const way = mainWay(state);
  if (way) return { kind: 'edge', transition: way.pointer };
  if (state.type !== 'Succeed' && state.type !== 'Fail') return { kind: 'end', state: state.path };
  return before(workflow, state);
}

/** The transition that leads on when nothing is special. */
const mainWay = (state: State) =>
  state.transitions.find(({ kind }) => kind === 'next') ??
  state.transitions.find(({ kind }) => kind === 'default') ??
  state.transitions.find(({ kind }) => kind === 'choice');

/** Behind Succeed and Fail nothing can come. */
function before(workflow: Workflow, state: State): Place {
  const scope = workflow.scopes.get(state.scope);
  for (const path of scope?.states ?? []) {
    const into = workflow.states.get(path)?.transitions.find(({ to }) => to === state.path);
    if (into) return { kind: 'edge', transition: into.pointer };
  }
  return { kind: 'start', scope: state.scope };
}

/** The end of a scope's main path. */
export function atEnd(workflow: Workflow, path: ScopePath): Place {
  const scope = workflow.scopes.get(path);
  const last = scope && lastOf(workflow, scope);
  return last ? behind(workflow, last) : { kind: 'start', scope: path };
}

function lastOf(workflow: Workflow, scope: Scope): State | null {
  const seen = new Set<StatePath>();
  let state = workflow.states.get(scope.start ?? scope.states[0] ?? '') ?? null;
  while (state && !seen.has(state.path)) {
    seen.add(state.path);
    const next: State | undefined = workflow.states.get(mainWay(state)?.to ?? '');
    if (!next || seen.has(next.path)) return state;
    state = next;
  }
  return state;
}

/** The scope that a place is in. */
export function scopeOf(place: Place): ScopePath {
  if (place.kind === 'start') return place.scope;
  const path = place.kind === 'end' ? place.state : place.transition;
  // A scope's path ends before its last `/States/`.
  return path.slice(0, Math.max(0, path.lastIndexOf('/States/')));
}
