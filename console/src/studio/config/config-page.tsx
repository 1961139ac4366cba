/** Config mode: what the state machine has besides its definition. */
export function ConfigPage() {
  return null;
}
