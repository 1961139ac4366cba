import { useEffect } from 'react';
import { call } from '../../api/aws';
import { onReturn } from '../../api/connection';
import { type Diagnostic, diagnosticsToProblems } from '../../asl/diagnostics';
import { isWithin } from '../../asl/pointer';
import type { Problem, Workflow } from '../../asl/types';
import { deployable } from '../save/deployable';
import type { StudioState, StudioStore } from '../store';

const pauseMillis = 250;

/** Keeps `store.diagnostics` at what the engine's validator says of the text. While the server is away they stay as they are. */
export function useValidation(store: StudioStore) {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = new AbortController();
    const ask = () => {
      clearTimeout(timer);
      asking.abort();
      asking = new AbortController();
      const { signal } = asking;
      timer = setTimeout(() => validate(store, signal).catch(() => {}), pauseMillis);
    };
    ask();
    const stopAsking = onReturn(ask);
    const stop = store.subscribe((now, before) => {
      if (says(now) !== says(before) || now.revision !== before.revision) ask();
    });
    return () => {
      stop();
      stopAsking();
      clearTimeout(timer);
      asking.abort();
    };
  }, [store]);
}

/** What of the document besides its text the validator's answer hangs on. */
function says({ language, config }: StudioState): string {
  return JSON.stringify([language, config.type, config.substitutions]);
}

async function validate(store: StudioStore, signal: AbortSignal) {
  const { text, parsed, config, setDiagnostics } = store.getState();
  // What cannot be read says so itself, and nothing is wrong with a page that nobody has written on yet.
  if (!parsed.workflow?.states.size) {
    setDiagnostics([], text);
    return;
  }
  const definition = deployable(store.getState());
  const input = { definition, type: config.type, severity: 'WARNING' };
  const answer = await call<{ diagnostics: Diagnostic[] }>(
    'stepfunctions',
    'ValidateStateMachineDefinition',
    input,
    signal,
  );
  // A substitution gets its value later, and what cannot be read is marked already.
  const told = answer.diagnostics.filter(
    ({ code }) => code !== 'UNRESOLVED_SUBSTITUTION' && code !== 'INVALID_JSON_DESCRIPTION',
  );
  setDiagnostics(withEmptyScopes(diagnosticsToProblems(parsed, told), parsed.workflow), text);
}

/** What is empty says what it needs: a Map or a branch without states is one problem, whatever the validator misses in it. */
function withEmptyScopes(problems: Problem[], { scopes, states }: Workflow): Problem[] {
  let rest = problems;
  for (const { path, parent, states: inside } of scopes.values()) {
    const owner = states.get(parent ?? '');
    const [first] = rest.filter(({ pointer }) => isWithin(pointer ?? '', path));
    if (inside.length > 0 || !owner || !first) continue;
    const what = owner.type === 'Parallel' ? `A branch of ${owner.name}` : owner.name;
    rest = rest.filter(({ pointer }) => !isWithin(pointer ?? '', path));
    rest.push({ ...first, state: owner.path, message: `${what} has no states yet. Add one inside of it.` });
  }
  return rest.map((problem) =>
    problem.pointer === `${problem.state}/Choices` && /cannot be empty/.test(problem.message)
      ? { ...problem, message: `${states.get(problem.state ?? '')?.name} has no rules yet. Add one.` }
      : problem,
  );
}
