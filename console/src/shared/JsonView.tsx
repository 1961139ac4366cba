export interface JsonViewProps {
  /** A payload as it is on the wire; numbers stay as they were written. */
  text?: string;
  /** Or a value. */
  value?: unknown;
  /** What it is: the tree's label and the name of the downloaded file. */
  label: string;
  /** Pixels; a larger payload is scrolled. */
  maxHeight?: number;
}

export function JsonView({ text, value, label }: JsonViewProps) {
  return <pre title={label}>{text ?? JSON.stringify(value, null, 2)}</pre>;
}
