/** Says whether what was typed is kept. */
export function DraftState() {
  return null;
}
