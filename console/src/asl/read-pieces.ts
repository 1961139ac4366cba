/**
 * Large YAML in pieces: a block map is taken apart at its lines, each entry is read for itself, and what was read before is only moved
 * to where it stands now. So an edit costs what it touches.
 */
import { addMember, emptyObject, type Member, type Node, type Tree } from './tree';
import type { Problem } from './types';

/** Below this many characters it is not worth the trouble. */
const large = 20_000;
/** An entry that is larger is taken apart too. */
const largeEntry = 4_000;

/** Reads `text` from `from` on as a block map that stands `depth` deep. */
export type ReadEntry = (text: string, depth: number) => Tree;

interface Piece extends Tree {
  /** Where its text stood when it was read. */
  at: number;
}

/** Those of the text that was read last. */
let known = new Map<string, Piece>();

/** What one piece says of others: documents, anchors and aliases; and tabs, of which the whole knows best. */
const crossing = /^(?:---|\.\.\.|%| *\t)|(?:^|[\s:,[{-])[&*][^\s&*]|^\s*<</m;

/** null: it is small, or written in a way that only the whole can be read. */
export function readPieces(text: string, read: ReadEntry, reportTwice: (member: Member) => Problem): Tree | null {
  if (text.length < large || crossing.test(text)) return null;
  const pieces = new Map<string, Piece>();
  const problems: Problem[] = [];
  let isBroken = false;
  let isOdd = false;

  const readEntry = (from: number, to: number, depth: number): readonly Member[] => {
    const entry = text.slice(from, to);
    const before = known.get(entry) ?? pieces.get(entry);
    const piece = before ? moved(before, from) : moved({ ...read(entry, depth), at: 0 }, from);
    pieces.set(entry, piece);
    problems.push(...piece.problems);
    isBroken ||= piece.isBroken;
    // A line without a name is no entry.
    isOdd ||= !piece.isBroken && !piece.root?.isBlock;
    return piece.root?.members ?? [];
  };

  const readMap = (from: number, to: number, depth: number): Node | null => {
    const entries = entriesOf(text, from, to);
    if (!entries) return null;
    const object = emptyObject(entries.at, true);
    entries.starts.forEach((start, index) => {
      const end = entries.starts[index + 1] ?? to;
      for (const member of readLarge(start, end, depth) ?? readEntry(start, end, depth)) {
        object.to = Math.max(object.to, member.value.to, member.keyRange.to);
        if (addMember(object, member)) problems.push(reportTwice(member));
      }
    });
    return object;
  };

  /** An entry with a block map of its own. */
  const readLarge = (from: number, to: number, depth: number): Member[] | null => {
    if (to - from < largeEntry) return null;
    const line = text.slice(from, text.indexOf('\n', from) + 1);
    const [, indent = '', key] = /^( *)([A-Za-z]\w*):[ \t]*(?:#.*)?\r?\n$/.exec(line) ?? [];
    const value = key === undefined ? null : readMap(from + line.length, to, depth + 1);
    if (key === undefined || !value) return null;
    const start = from + indent.length;
    return [{ key, keyRange: { from: start, to: start + key.length }, value }];
  };

  const root = readMap(0, text.length, 0);
  if (!root || isOdd) return null;
  known = pieces;
  return { root, problems, isBroken };
}

/** Where the entries of a block map begin; null: it is none, or not written line by line. */
function entriesOf(text: string, from: number, to: number): { at: number; starts: number[] } | null {
  const starts: number[] = [];
  let indent = -1;
  for (let start = from; start < to; ) {
    const end = text.indexOf('\n', start);
    let at = start;
    while (text[at] === ' ') at += 1;
    const first = text[at];
    if (first !== undefined && !'\r\n#'.includes(first)) {
      if (indent < 0) indent = at - start;
      if (at - start < indent) return null;
      if (at - start === indent) {
        // A list at the column of its name, a name of several lines, a value without a name.
        if ('-?:{}[]|>!@`,'.includes(first)) return null;
        starts.push(start);
      }
    }
    start = end < 0 ? to : end + 1;
  }
  return starts[0] === undefined ? null : { at: starts[0] + indent, starts };
}

function moved(piece: Piece, to: number): Piece {
  const by = to - piece.at;
  if (by === 0) return piece;
  const problems = piece.problems.map((problem) => ({ ...problem, from: problem.from + by, to: problem.to + by }));
  return { ...piece, at: to, root: piece.root && shifted(piece.root, by), problems };
}

function shifted(node: Node, by: number): Node {
  const copy = { ...node, from: node.from + by, to: node.to + by };
  if (node.kind === 'array') copy.items = node.items.map((item) => shifted(item, by));
  if (node.kind === 'object') {
    copy.members = node.members.map(({ key, keyRange, value }) => ({
      key,
      keyRange: { from: keyRange.from + by, to: keyRange.to + by },
      value: shifted(value, by),
    }));
    copy.index = new Map(copy.members.map((member) => [member.key, member]));
  }
  return copy;
}
