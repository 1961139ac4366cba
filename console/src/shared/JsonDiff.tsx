import { JsonView } from './JsonView';

export interface JsonDiffProps {
  /** JSON texts. */
  before: string;
  after: string;
  label: string;
}

export function JsonDiff({ after, label }: JsonDiffProps) {
  return <JsonView text={after} label={label} />;
}
