/** From a changed draft to the fewest splices of its text. */
import type { Member, Node } from '../tree';
import type { Range, TextEdit } from '../types';
import { Block, Flow, type Shape } from './containers';
import type { Draft, Entry, Source } from './draft';
import {
  type At,
  print,
  printBehindKey,
  printEntry,
  printItem,
  printKey,
  printScalar,
  type Style,
  styleOf,
} from './print';
import { EditRefused } from './refused';

let last: { text: string; style: Style } | null = null;

/** The style of a text, found once: a command asks for every value that it has looked at. */
function styleAt({ text, language }: Source): Style {
  if (last?.text !== text || last.style.language !== language) last = { text, style: styleOf(text, language) };
  return last.style;
}

/** One entry or item of a container as it is to be. */
interface Slot {
  /** Which one of the source it is; -1: new. */
  index: number;
  text(at: At): string;
  inside(): TextEdit[];
}

/** The splices inside of a value that stays where it is. */
export function insideEdits(draft: Draft): TextEdit[] {
  const { source } = draft;
  if (!source || !draft.isOpen || draft.kind === 'scalar') return [];
  const style = styleAt(source);
  const shape: Shape = source.node.isBlock ? new Block(source, style) : new Flow(source, style);
  const slots =
    draft.kind === 'array' ? itemSlots(draft, source, shape, style) : entrySlots(draft, source, shape, style);
  const edits = between(slots, shape);
  if (edits.length > 0 && source.node.isShared)
    throw new EditRefused(
      'This is written elsewhere, through an alias or a merge key of YAML, perhaps for several places. Change it in Code mode.',
    );
  return edits;
}

/** The splices of the whole document. */
export function documentEdits(root: Draft): TextEdit[] {
  const { source } = root;
  if (!source) return [];
  return needsRewrite(root, false)
    ? [{ ...range(source.node), insert: print(root, styleAt(source), { indent: '', isInline: false }) }]
    : insideEdits(root);
}

function range({ from, to }: Range): Range {
  return { from, to };
}

function entrySlots(draft: Draft, source: Source, shape: Shape, style: Style): Slot[] {
  const indexes = new Map<Member, number>(source.node.members.map((member, index) => [member, index]));
  return draft.entries.map((entry) => ({
    index: (entry.written && indexes.get(entry.written.member)) ?? -1,
    text: (at) => printEntry(entry, style, at),
    inside: () => [...keyEdits(entry, style, !source.node.isBlock), ...valueEdits(entry, source, shape, style)],
  }));
}

function itemSlots(draft: Draft, source: Source, shape: Shape, style: Style): Slot[] {
  const indexes = new Map<Node, number>(source.node.items.map((node, index) => [node, index]));
  return draft.items.map((item) => {
    const node = item.source?.node;
    return {
      index: (node && indexes.get(node)) ?? -1,
      text: (at) => (source.node.isBlock ? printItem(item, style, at) : print(item, style, at)),
      inside: () => {
        if (!node || !needsRewrite(item, shape.at.isInline)) return insideEdits(item);
        const inner = { ...shape.at, indent: `${shape.at.indent}  ` };
        return [{ ...range(node), insert: print(item, style, source.node.isBlock ? inner : shape.at) }];
      },
    };
  });
}

export function keyEdits({ key, written }: Entry, style: Style, isInline: boolean): TextEdit[] {
  if (!written || written.member.key === key) return [];
  const { from, to } = written.member.keyRange;
  const insert = inQuotesOf(written.text.slice(from, to), key) ?? printKey(key, style, isInline);
  return [{ from, to, insert }];
}

/** A container that becomes another kind of text: YAML's `{}` that is filled, a block that is emptied. */
function needsRewrite(draft: Draft, isInline: boolean): boolean {
  const node = draft.source?.node;
  if (!node || !draft.isOpen || draft.kind === 'scalar' || draft.source?.language === 'json') return false;
  const wasEmpty = node.members.length + node.items.length === 0;
  return node.isBlock ? draft.isEmpty : wasEmpty && !draft.isEmpty && !isInline;
}

function valueEdits({ value, written }: Entry, source: Source, shape: Shape, style: Style): TextEdit[] {
  const member = written?.member;
  if (!member) return [];
  const old = member.value;
  const isSame = value.source?.node === old;
  if (isSame && !needsRewrite(value, shape.at.isInline)) return insideEdits(value);
  if (style.language === 'json' || !source.node.isBlock)
    return [{ ...range(old), insert: print(value, style, shape.at) }];
  if (value.kind === 'scalar' && old.kind === 'scalar' && old.to > old.from)
    return [
      {
        ...range(old),
        insert:
          inQuotesOf(source.text.slice(old.from, old.to), value.scalar) ?? printScalar(value.scalar, style, shape.at),
      },
    ];
  const colon = source.text.indexOf(':', member.keyRange.to);
  return [{ from: colon, to: Math.max(old.to, colon + 1), insert: printBehindKey(value, style, shape.at) }];
}

/** A new scalar in the quotes of the one that it replaces; null: that has none. */
function inQuotesOf(old: string, value: unknown): string | null {
  if (typeof value !== 'string' || value.includes('\n')) return null;
  if (old.startsWith('"')) return JSON.stringify(value);
  return old.startsWith("'") ? `'${value.replaceAll("'", "''")}'` : null;
}

/** Walks the slots that stay, and lets the container's shape write what is in the gaps between them. */
function between(slots: readonly Slot[], shape: Shape): TextEdit[] {
  const stays = longestRising(slots.map((slot) => slot.index));
  const edits: TextEdit[] = [];
  let added: Slot[] = [];
  let before = -1;
  const close = (after: number) => {
    const texts = added.map((slot) => slot.text(shape.at));
    if (texts.length > 0 || after > before + 1) edits.push(...shape.gap(before, after, texts));
    added = [];
    before = after;
  };
  slots.forEach((slot, position) => {
    if (!stays.has(position)) {
      added.push(slot);
      return;
    }
    close(slot.index);
    edits.push(...slot.inside());
  });
  close(shape.size);
  return edits;
}

/** The positions of a longest rising subsequence; negative numbers take no part. */
function longestRising(numbers: readonly number[]): Set<number> {
  const tails: number[] = [];
  const previous = new Array<number>(numbers.length).fill(-1);
  numbers.forEach((number, position) => {
    if (number < 0) return;
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[tails[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous[position] = low > 0 ? (tails[low - 1] ?? -1) : -1;
    tails[low] = position;
  });
  const rising = new Set<number>();
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) rising.add(at);
  return rising;
}
