/** How well a text fits what was typed: its letters in order, better at the start of words and in a row. Pure. */
export function score(typed: string, text: string): number | null {
  const wanted = typed.toLowerCase().replace(/\s+/g, '');
  if (wanted === '') return 0;
  const lower = text.toLowerCase();
  const whole = lower.indexOf(typed.toLowerCase().trim());
  if (whole >= 0) return 1_000 - whole + (isWordStart(text, whole) ? 500 : 0) - text.length / 100;
  let points = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = bestNext(text, lower, letter, at);
    if (next < 0) return null;
    points += next === at + 1 ? 8 : isWordStart(text, next) ? 6 : -Math.min(3, next - at);
    at = next;
  }
  // Letters that are strewn about say nothing.
  return points > wanted.length * 2 ? points - text.length / 100 : null;
}

/** The letter right behind, else at the start of a word, else the next one. */
function bestNext(text: string, lower: string, letter: string, at: number): number {
  if (lower[at + 1] === letter) return at + 1;
  const first = lower.indexOf(letter, at + 1);
  for (let index = first; index >= 0; index = lower.indexOf(letter, index + 1)) {
    if (isWordStart(text, index)) return index;
  }
  return first;
}

function isWordStart(text: string, index: number): boolean {
  if (index === 0) return true;
  const [before = '', here = ''] = [text[index - 1], text[index]];
  return /[\s\-_.:/]/.test(before) || (/[a-z]/.test(before) && /[A-Z]/.test(here));
}

export interface Entry {
  id: string;
  group: string;
  title: string;
  /** Beside the title. */
  note?: string;
  keywords?: string;
  shortcut?: string;
  run(): void;
}

/** Those that fit, the best group first and within it the best entry. What has been used lately comes first if nothing is typed. */
export function ranked(entries: readonly Entry[], typed: string, limit = 50): Entry[] {
  const scored = entries.flatMap((entry) => {
    const title = score(typed, entry.title);
    const other = entry.keywords ? score(typed, entry.keywords) : null;
    const points = Math.max(title ?? Number.NEGATIVE_INFINITY, other === null ? Number.NEGATIVE_INFINITY : other - 100);
    return Number.isFinite(points) ? [{ entry, points }] : [];
  });
  if (typed.trim() === '') return scored.slice(0, limit).map(({ entry }) => entry);
  scored.sort((a, b) => b.points - a.points);
  const groups = new Map<string, Entry[]>();
  for (const { entry } of scored.slice(0, limit)) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups.values()].flat();
}
