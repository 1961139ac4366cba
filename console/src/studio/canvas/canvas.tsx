import { useDocument, useStudio } from '../context';

/** The graph of the document, to be edited. */
export function Canvas() {
  const { store } = useStudio();
  const workflow = useDocument((state) => state.workflow);
  return (
    <div className="studio-canvas">
      {[...(workflow?.states.values() ?? [])].map(({ path, name }) => (
        <button key={path} type="button" onClick={() => store.getState().select([path])}>
          {name}
        </button>
      ))}
    </div>
  );
}
