import { positionOf } from '../asl/text';
import { useDocument, useStudio } from './context';
import { useGoToProblem } from './problems';

/** Over a graph that is older than the text: where the text cannot be read. */
export function StaleBanner() {
  const { store } = useStudio();
  const isStale = useDocument((state) => state.isStale);
  const parsed = useDocument((state) => state.parsed);
  const isEmpty = useDocument((state) => state.workflow === null);
  const goTo = useGoToProblem();
  if (!isStale) return null;
  const problem = parsed.problems[0];
  const at = problem && positionOf(parsed.text, problem.from);
  return (
    <div className="studio-stale" role="status">
      <span>
        <b>The definition cannot be read{at ? ` at line ${at.line}, column ${at.column}` : ''}.</b>{' '}
        {problem?.message ?? 'It needs States and StartAt.'}
        {isEmpty ? '' : ' The graph shows what it was before.'}
      </span>
      <button type="button" onClick={() => (problem ? goTo(problem, 'code') : store.getState().setMode('code'))}>
        {at ? `Go to line ${at.line}` : 'Open Code mode'}
      </button>
    </div>
  );
}
