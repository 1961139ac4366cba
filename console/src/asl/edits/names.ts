import type { Parsed } from '../types';

/** `Pass`, `Pass (1)`, …: a name that no state of the document has; state names are unique across all its workflows. */
export function uniqueName(parsed: Parsed, name: string, alsoTaken?: ReadonlySet<string>): string {
  const taken = new Set([...(parsed.workflow?.states.values() ?? [])].map((state) => state.name));
  const isFree = (name: string) => !taken.has(name) && !alsoTaken?.has(name);
  if (isFree(name)) return name;
  const stem = name.replace(/ \(\d+\)$/, '');
  let count = 1;
  while (!isFree(`${stem} (${count})`)) count += 1;
  return `${stem} (${count})`;
}
