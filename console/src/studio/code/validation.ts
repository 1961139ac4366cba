import { useEffect } from 'react';
import { call } from '../../api/aws';
import { convert } from '../../asl/convert';
import { type Diagnostic, diagnosticsToProblems } from '../../asl/diagnostics';
import type { StudioStore } from '../store';

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
    const stop = store.subscribe((now, before) => {
      if (now.text !== before.text || now.language !== before.language || now.config.type !== before.config.type) ask();
    });
    return () => {
      stop();
      clearTimeout(timer);
      asking.abort();
    };
  }, [store]);
}

async function validate(store: StudioStore, signal: AbortSignal) {
  const { text, language, parsed, config, setDiagnostics } = store.getState();
  // What cannot be read says so itself.
  if (!parsed.workflow) {
    setDiagnostics([], text);
    return;
  }
  const definition = convert(text, language, 'json');
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
  setDiagnostics(diagnosticsToProblems(parsed, told), text);
}
