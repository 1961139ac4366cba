/**
 * A JSON text as rows of a tree, without making a value of it: numbers stay as they were written, and a payload of megabytes costs a
 * few numbers a row.
 */

export interface Rows {
  text: string;
  count: number;
  depth: Uint16Array;
  /** Where key and value begin and end in the text; a row without a key has an empty one. */
  keyFrom: Int32Array;
  keyTo: Int32Array;
  from: Int32Array;
  to: Int32Array;
  /** The row behind the last one inside; the next row for what holds nothing. */
  end: Int32Array;
  /** The row that holds it; -1: the outermost. */
  parent: Int32Array;
  /** How many members or elements. */
  size: Int32Array;
}

/** null: the text is no JSON. */
export function rowsOf(text: string): Rows | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  // It is valid, so that the walk has no mistakes to look for.
  const count = countValues(text);
  const rows: Rows = {
    text,
    count,
    depth: new Uint16Array(count),
    keyFrom: new Int32Array(count),
    keyTo: new Int32Array(count),
    from: new Int32Array(count),
    to: new Int32Array(count),
    end: new Int32Array(count),
    parent: new Int32Array(count),
    size: new Int32Array(count),
  };
  let row = 0;
  let open = -1;
  let depth = 0;
  let keyFrom = 0;
  let keyTo = 0;
  const begin = (from: number) => {
    rows.depth[row] = depth;
    rows.keyFrom[row] = keyFrom;
    rows.keyTo[row] = keyTo;
    rows.from[row] = from;
    rows.parent[row] = open;
    if (open >= 0) rows.size[open] = at(rows.size, open) + 1;
    keyFrom = 0;
    keyTo = 0;
    row += 1;
  };
  let index = 0;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === openBrace || code === openBracket) {
      begin(index);
      open = row - 1;
      depth += 1;
      index += 1;
    } else if (code === closeBrace || code === closeBracket) {
      index += 1;
      rows.to[open] = index;
      rows.end[open] = row;
      open = at(rows.parent, open);
      depth -= 1;
    } else if (code <= space || code === comma || code === colon) index += 1;
    else {
      const from = index;
      index = code === quote ? endOfString(text, index) : endOfWord(text, index);
      if (code === quote && isKey(text, index)) {
        keyFrom = from;
        keyTo = index;
        continue;
      }
      begin(from);
      rows.to[row - 1] = index;
      rows.end[row - 1] = row;
    }
  }
  return rows;
}

const [quote, comma, colon, space, backslash] = [34, 44, 58, 32, 92];
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93];

export function at(numbers: Int32Array | Uint16Array, index: number): number {
  return numbers[index] ?? 0;
}

function countValues(text: string): number {
  let count = 0;
  let index = 0;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code <= space || code === comma || code === colon || code === closeBrace || code === closeBracket) index += 1;
    else if (code === openBrace || code === openBracket) {
      count += 1;
      index += 1;
    } else if (code === quote) {
      index = endOfString(text, index);
      if (!isKey(text, index)) count += 1;
    } else {
      count += 1;
      index = endOfWord(text, index);
    }
  }
  return count;
}

function endOfString(text: string, from: number): number {
  let end = from;
  do {
    end = text.indexOf('"', end + 1);
  } while (isEscaped(text, end));
  return end + 1;
}

function isEscaped(text: string, index: number): boolean {
  let before = index;
  while (text.charCodeAt(before - 1) === backslash) before -= 1;
  return (index - before) % 2 === 1;
}

function endOfWord(text: string, from: number): number {
  let end = from;
  for (;;) {
    const code = text.charCodeAt(end);
    if (!(code > space) || code === comma || code === closeBrace || code === closeBracket) return end;
    end += 1;
  }
}

/** A string is a key if a colon follows. */
function isKey(text: string, index: number): boolean {
  while (text.charCodeAt(index) <= space) index += 1;
  return text.charCodeAt(index) === colon;
}

/** The rows that are seen when `closed` ones hide what they hold. */
export function visibleRows(rows: Rows, isOpen: (row: number) => boolean): Int32Array {
  const visible = new Int32Array(rows.count);
  let count = 0;
  let row = 0;
  while (row < rows.count) {
    visible[count] = row;
    count += 1;
    row = isOpen(row) ? row + 1 : at(rows.end, row);
  }
  return visible.subarray(0, count);
}

/** Rows whose key or value holds the text, whatever the case; containers are found by their key. At most `limit`. */
export function findRows(rows: Rows, wanted: string, limit = 10_000): number[] {
  const found: number[] = [];
  if (wanted === '') return found;
  const text = rows.text.toLowerCase();
  // Some letters change their length with their case; the positions would no longer fit.
  const isSafe = text.length === rows.text.length;
  const haystack = isSafe ? text : rows.text;
  const needle = isSafe ? wanted.toLowerCase() : wanted;
  let row = 0;
  for (let index = haystack.indexOf(needle); index >= 0 && found.length < limit; ) {
    // The last row whose key, or value if there is no key, begins before what was found.
    while (row + 1 < rows.count && startOf(rows, row + 1) <= index) row += 1;
    const isInKey = index < at(rows.keyTo, row) && index >= at(rows.keyFrom, row);
    const isInValue = index >= at(rows.from, row) && index < at(rows.to, row);
    const isLeaf = !isContainer(rows, row);
    if (found.at(-1) !== row && (isInKey || (isInValue && isLeaf))) found.push(row);
    index = haystack.indexOf(needle, index + 1);
  }
  return found;
}

function startOf(rows: Rows, row: number): number {
  return at(rows.keyTo, row) > 0 ? at(rows.keyFrom, row) : at(rows.from, row);
}

export function isContainer(rows: Rows, row: number): boolean {
  const code = rows.text.charCodeAt(at(rows.from, row));
  return code === openBrace || code === openBracket;
}

export function keyOf(rows: Rows, row: number): string | null {
  const to = at(rows.keyTo, row);
  return to > 0 ? (JSON.parse(rows.text.slice(at(rows.keyFrom, row), to)) as string) : null;
}

export type LeafKind = 'object' | 'array' | 'string' | 'number' | 'word';

export function kindOf(rows: Rows, row: number): LeafKind {
  const first = rows.text.charAt(at(rows.from, row));
  if (first === '{') return 'object';
  if (first === '[') return 'array';
  if (first === '"') return 'string';
  return first === 't' || first === 'f' || first === 'n' ? 'word' : 'number';
}

/** The value as it is written. */
export function valueText(rows: Rows, row: number): string {
  return rows.text.slice(at(rows.from, row), at(rows.to, row));
}

/** As JSON is usually set: two spaces; numbers and texts as they were written. */
export function indented(rows: Rows): string {
  const lines: string[] = [];
  const closing: number[] = [];
  const close = (upTo: number) => {
    while (closing.length > 0 && at(rows.end, closing.at(-1) ?? 0) <= upTo) {
      const container = closing.pop() ?? 0;
      const isLast = isLastOf(rows, container);
      lines.push(
        `${'  '.repeat(at(rows.depth, container))}${kindOf(rows, container) === 'object' ? '}' : ']'}${isLast ? '' : ','}`,
      );
    }
  };
  for (let row = 0; row < rows.count; row += 1) {
    close(row);
    const key = at(rows.keyTo, row) > 0 ? `${rows.text.slice(at(rows.keyFrom, row), at(rows.keyTo, row))}: ` : '';
    const indent = '  '.repeat(at(rows.depth, row));
    const comma = isLastOf(rows, row) ? '' : ',';
    if (!isContainer(rows, row)) lines.push(`${indent}${key}${valueText(rows, row)}${comma}`);
    else if (at(rows.size, row) === 0) {
      lines.push(`${indent}${key}${kindOf(rows, row) === 'object' ? '{}' : '[]'}${comma}`);
    } else {
      lines.push(`${indent}${key}${kindOf(rows, row) === 'object' ? '{' : '['}`);
      closing.push(row);
    }
  }
  close(rows.count);
  return lines.join('\n');
}

function isLastOf(rows: Rows, row: number): boolean {
  const parent = at(rows.parent, row);
  return parent < 0 || at(rows.end, row) === at(rows.end, parent);
}
