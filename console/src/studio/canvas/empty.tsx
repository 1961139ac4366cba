/** What an empty canvas says. */
export function EmptyCanvas({ onAdd }: { onAdd(): void }) {
  return (
    <div className="studio-first">
      <p>Drag a first state here from the left, or</p>
      <button type="button" onClick={onAdd}>
        Add the first state
      </button>
    </div>
  );
}
