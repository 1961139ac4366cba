/** Finds actions as people type them: words in any order, beginnings of words, a slip of a finger. */
import type { Entry } from './entries';

interface Indexed {
  entry: Entry;
  /** `describe instance patches` */
  name: string;
  words: string[];
  /** Service as in ARNs and its title. */
  service: string;
  serviceWords: string[];
  bonus: number;
}

export type Index = readonly Indexed[];

const split = (text: string) =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

export function indexOf(entries: readonly Entry[], favourites: readonly string[] = []): Index {
  const rank = new Map(favourites.map((id, index) => [id, index]));
  return entries.map((entry) => {
    const words = split(entry.name);
    const serviceWords = [...new Set([entry.service.toLowerCase(), ...split(entry.title)])].filter(Boolean);
    const favourite = rank.get(entry.id);
    return {
      entry,
      name: entry.name.toLowerCase().replaceAll(' ', ''),
      words,
      service: serviceWords.join(''),
      serviceWords,
      bonus:
        (entry.isOptimized ? 6 : 0) +
        (entry.kind === 'action' ? 0 : 8) +
        (favourite === undefined ? 0 : 14 - favourite / 4),
    };
  });
}

/** The best first. */
export function search(index: Index, query: string, limit = 300): Entry[] {
  const tokens = split(query.replace(/^arn:aws:states:::/, '')).filter((token) => token !== 'sdk' && token !== 'aws');
  if (tokens.length === 0) return [];
  const found = ranked(index, query, (row, token) => scoreOf(row, token), tokens);
  const all = found.length > 0 ? found : ranked(index, query, slip, tokens);
  return all.slice(0, limit).map(({ entry }) => entry);
}

function ranked(index: Index, query: string, score: (row: Indexed, token: string) => number, tokens: string[]) {
  const whole = query.toLowerCase().replace(/[^a-z0-9]/g, '');
  const hits: { entry: Entry; score: number }[] = [];
  for (const row of index) {
    let sum = row.bonus;
    let isHit = true;
    for (const token of tokens) {
      const points = score(row, token);
      if (points === 0) {
        isHit = false;
        break;
      }
      sum += points;
    }
    // `describeInstances` comes apart into words; written as one it means just that.
    if (isHit && row.name === whole) sum += 80;
    else if (isHit && row.name.startsWith(whole)) sum += 40;
    if (isHit) hits.push({ entry: row.entry, score: sum - row.name.length / 20 });
  }
  return hits.sort((a, b) => b.score - a.score || a.entry.name.localeCompare(b.entry.name));
}

function scoreOf(row: Indexed, token: string): number {
  if (row.words.includes(token)) return 40;
  if (row.serviceWords.includes(token)) return 36;
  if (row.name.startsWith(token)) return 30;
  if (row.words.some((word) => word.startsWith(token))) return 25;
  if (row.serviceWords.some((word) => word.startsWith(token))) return 22;
  if (row.name.includes(token)) return 10;
  if (token.length > 2 && row.service.includes(token)) return 6;
  if (row.entry.description?.toLowerCase().includes(token)) return 3;
  return 0;
}

/** A word that is one letter off. */
function slip(row: Indexed, token: string): number {
  const exact = scoreOf(row, token);
  if (exact > 0 || token.length < 4) return exact;
  const isNear = (word: string) => isOneOff(word, token) || isOneOff(word.slice(0, token.length), token);
  return row.words.some(isNear) ? 8 : row.serviceWords.some(isNear) ? 6 : 0;
}

/** One letter more, less, other, or two swapped. */
export function isOneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from += 1;
  let back = 0;
  while (back < Math.min(a.length, b.length) - from && a.at(-1 - back) === b.at(-1 - back)) back += 1;
  const [left, right] = [a.slice(from, a.length - back), b.slice(from, b.length - back)];
  const isSwap = left.length === 2 && left[0] === right[1] && left[1] === right[0];
  return isSwap || Math.max(left.length, right.length) <= 1;
}
