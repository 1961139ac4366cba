import Button from '@cloudscape-design/components/button';
import { useMemo } from 'react';
import { positionOf } from '../asl/text';
import type { Problem, StatePath } from '../asl/types';
import { useDocument, useStudio, useUi } from './context';

/** What the reader and the engine's validator find, in the order of the text. */
export function useProblems(): Problem[] {
  const found = useDocument((state) => state.parsed.problems);
  const diagnostics = useDocument((state) => state.diagnostics);
  return useMemo(() => [...found, ...diagnostics].sort((a, b) => a.from - b.from), [found, diagnostics]);
}

/** How many problems a node has. */
export function marksOf(problems: readonly Problem[]) {
  const marks = new Map<StatePath, { errors: number; warnings: number; first: string }>();
  for (const { state, severity, message } of problems) {
    if (!state) continue;
    const { errors = 0, warnings = 0, first = message } = marks.get(state) ?? {};
    const isError = severity === 'error';
    marks.set(state, { errors: errors + Number(isError), warnings: warnings + Number(!isError), first });
  }
  return marks;
}

/** Goes where a problem is: to its node in the graph, to its line in the editor. */
export function useGoToProblem() {
  const { store, canvas, editor } = useStudio();
  return (problem: Problem, wanted?: 'code') => {
    const { mode, workflow, setMode, select } = store.getState();
    const state = problem.state && workflow?.states.has(problem.state) ? problem.state : null;
    if (state) select([state]);
    if (!state || wanted === 'code' || mode === 'code') {
      setMode('code');
      // The editor may only be loading now.
      whenThere(() => editor.current)?.((found) => found.reveal(problem.from, problem.to));
    } else {
      setMode('design');
      canvas.current?.reveal(state);
    }
  };
}

/** Hands on what `look` finds as soon as it finds something, for two seconds. */
function whenThere<T>(look: () => T | null) {
  const until = performance.now() + 2000;
  return (use: (found: T) => void) => {
    const attempt = () => {
      const found = look();
      if (found) use(found);
      else if (performance.now() < until) requestAnimationFrame(attempt);
    };
    attempt();
  };
}

export function ProblemsPanel() {
  const problems = useProblems();
  const text = useDocument((state) => state.text);
  const show = useUi((state) => state.show);
  const goTo = useGoToProblem();
  return (
    <section className="studio-problems" aria-label="Problems">
      <header>
        <h2>Problems</h2>
        <span className="studio-count">{problems.length}</span>
        <span className="studio-grow" />
        <Button
          variant="icon"
          iconName="close"
          ariaLabel="Close problems"
          onClick={() => show({ areProblemsOpen: false })}
        />
      </header>
      {problems.length === 0 && <p className="studio-empty">There are none.</p>}
      <ul>
        {problems.map((problem, index) => {
          const { line, column } = positionOf(text, problem.from);
          const name = problem.state?.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~');
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be equal
            <li key={index}>
              <button type="button" onClick={() => goTo(problem)} className={`studio-${problem.severity}`}>
                <span className="studio-problem-kind">{problem.severity === 'error' ? 'Error' : 'Warning'}</span>
                <span className="studio-problem-state">{name ?? 'Workflow'}</span>
                <span className="studio-problem-message">{problem.message}</span>
                <span className="studio-problem-code">{problem.code}</span>
                <span className="studio-problem-place">
                  {line}:{column}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
