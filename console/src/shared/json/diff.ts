/** The difference of two JSON texts, member by member. Order of members does not count. Pure. */
import { at, keyOf, kindOf, type Rows, rowsOf, valueText } from './rows';

export interface DiffRow {
  kind: 'same' | 'changed' | 'added' | 'removed';
  depth: number;
  /** A member's name, an element's index; '' for the outermost. */
  name: string;
  /** As it is written, in one line; of `changed` nothing: what changed inside follows. */
  text: string;
}

export function diffRows(before: Rows, after: Rows): DiffRow[] {
  const rows: DiffRow[] = [];
  const write = (kind: DiffRow['kind'], depth: number, name: string, of: Rows, row: number) =>
    rows.push({ kind, depth, name, text: compact(of, row) });

  const walk = (a: number, b: number, name: string, depth: number) => {
    if (isSame(before, a, after, b)) {
      write('same', depth, name, after, b);
      return;
    }
    const kind = kindOf(before, a);
    if (kind !== kindOf(after, b) || (kind !== 'object' && kind !== 'array')) {
      write('removed', depth, name, before, a);
      write('added', depth, name, after, b);
      return;
    }
    rows.push({ kind: 'changed', depth, name, text: kind === 'object' ? '{' : '[' });
    if (kind === 'object') walkMembers(a, b, depth + 1);
    else walkElements(a, b, depth + 1);
  };

  const walkMembers = (a: number, b: number, depth: number) => {
    const [old, now] = [members(before, a), members(after, b)];
    for (const [name, row] of old) {
      const other = now.get(name);
      if (other === undefined) write('removed', depth, name, before, row);
      else walk(row, other, name, depth);
    }
    for (const [name, row] of now) if (!old.has(name)) write('added', depth, name, after, row);
  };

  const walkElements = (a: number, b: number, depth: number) => {
    const [old, now] = [children(before, a), children(after, b)];
    const equal = (i: number, j: number) => isSame(before, old[i] ?? 0, after, now[j] ?? 0);
    const shorter = Math.min(old.length, now.length);
    let head = 0;
    while (head < shorter && equal(head, head)) head += 1;
    let tail = 0;
    while (tail < shorter - head && equal(old.length - 1 - tail, now.length - 1 - tail)) tail += 1;
    const [oldEnd, nowEnd] = [old.length - tail, now.length - tail];
    for (const [index, row] of now.slice(0, head).entries()) write('same', depth, String(index), after, row);
    for (let index = head; index < Math.max(oldEnd, nowEnd); index += 1) {
      const [oldRow, nowRow] = [old[index] ?? 0, now[index] ?? 0];
      if (index >= oldEnd) write('added', depth, String(index), after, nowRow);
      else if (index >= nowEnd) write('removed', depth, String(index), before, oldRow);
      else walk(oldRow, nowRow, String(index), depth);
    }
    for (let index = nowEnd; index < now.length; index += 1)
      write('same', depth, String(index), after, now[index] ?? 0);
  };

  walk(0, 0, '', 0);
  return rows;
}

function children(rows: Rows, row: number): number[] {
  const found: number[] = [];
  for (let child = row + 1; child < at(rows.end, row); child = at(rows.end, child)) found.push(child);
  return found;
}

function members(rows: Rows, row: number): Map<string, number> {
  return new Map(children(rows, row).map((child) => [keyOf(rows, child) ?? '', child]));
}

/** Whether two texts say the same; what is no JSON has to be written the same. */
export function isSameJson(before: string, after: string): boolean {
  const [a, b] = [rowsOf(before), rowsOf(after)];
  return a && b ? isSame(a, 0, b, 0) : before === after;
}

function isSame(a: Rows, rowA: number, b: Rows, rowB: number): boolean {
  const kind = kindOf(a, rowA);
  if (kind !== kindOf(b, rowB)) return false;
  const isContainer = kind === 'object' || kind === 'array';
  const [textA, textB] = [valueText(a, rowA), valueText(b, rowB)];
  if (textA === textB) return true;
  if (!isContainer) return kind === 'string' && JSON.parse(textA) === JSON.parse(textB);
  if (at(a.size, rowA) !== at(b.size, rowB)) return false;
  if (kind === 'array') {
    const others = children(b, rowB);
    return children(a, rowA).every((child, index) => isSame(a, child, b, others[index] ?? 0));
  }
  const others = members(b, rowB);
  return [...members(a, rowA)].every(([name, child]) => {
    const other = others.get(name);
    return other !== undefined && isSame(a, child, b, other);
  });
}

function compact(rows: Rows, row: number): string {
  const text = valueText(rows, row);
  return text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text.replace(/\s*\n\s*/g, ' ');
}

/** Runs of what is the same, longer than `keep`, as one entry with their number. */
export function folded(rows: DiffRow[], keep = 2): (DiffRow | { hidden: number; depth: number })[] {
  const result: (DiffRow | { hidden: number; depth: number })[] = [];
  for (let index = 0; index < rows.length; ) {
    let end = index;
    while (rows[end]?.kind === 'same') end += 1;
    if (end - index > keep) result.push({ hidden: end - index, depth: rows[index]?.depth ?? 0 });
    else result.push(...rows.slice(index, end));
    const next = rows[end];
    if (next) result.push(next);
    index = end + 1;
  }
  return result;
}
