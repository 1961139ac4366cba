import type { Place, ScopePath, State, StatePath, Workflow } from '../../asl/types';

/** Where something is put that is added to what is selected: behind it, and without a selection at the end of the main path. */
export function placeBehind(workflow: Workflow, selection: readonly StatePath[]): Place {
  const selected = selection.flatMap((path) => workflow.states.get(path) ?? []);
  const last = selected.findLast((state) => leadsOn(state, selection)) ?? selected.at(-1);
  return last ? behind(workflow, last) : atEnd(workflow, '');
}

/** Of several that are selected, such as a pattern that was just added: one that ends them well. */
const leadsOn = (state: State, selection: readonly StatePath[]) =>
  state.isEnd
    ? state.type !== 'Fail'
    : mainWay(state)?.kind === 'next' && !selection.includes(mainWay(state)?.to ?? '');

function behind(workflow: Workflow, state: State): Place {
  // A Map or a branch without states is filled first.
  const empty = state.scopes.find((scope) => workflow.scopes.get(scope)?.states.length === 0);
  if (empty !== undefined) return { kind: 'start', scope: empty };
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

/** The end of a scope: behind the last state in the text that ends it well. */
function atEnd(workflow: Workflow, path: ScopePath): Place {
  const states = (workflow.scopes.get(path)?.states ?? []).flatMap((state) => workflow.states.get(state) ?? []);
  const last = states.findLast(({ isEnd, type }) => isEnd && type !== 'Fail') ?? states.at(-1);
  return last ? behind(workflow, last) : { kind: 'start', scope: path };
}
