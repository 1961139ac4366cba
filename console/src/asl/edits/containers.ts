/** How objects and arrays are laid out in the text, so that something can be put in or taken out. */
import type { Node } from '../tree';
import type { Range, TextEdit } from '../types';
import type { Source } from './draft';
import type { At, Style } from './print';
import { EditRefused } from './refused';

export interface Shape {
  /** How many entries or items the source has. */
  size: number;
  /** Where these stand. */
  at: At;
  /** What stands between entry `before` (-1: the start) and entry `after` (`size`: the end) becomes `texts`. */
  gap(before: number, after: number, texts: readonly string[]): TextEdit[];
}

/** In braces or brackets, with commas: JSON, and the flow style of YAML. */
export class Flow implements Shape {
  readonly size: number;
  readonly at: At;
  private readonly pieces: Range[];
  /** Between a comma, or the opening bracket, and what follows. */
  private readonly lead: string;
  private readonly node: Node;
  private readonly closing: string;

  constructor({ text, node }: Source, style: Style) {
    this.node = node;
    this.pieces =
      node.kind === 'array'
        ? node.items
        : node.members.map(({ keyRange, value }) => ({ from: keyRange.from, to: Math.max(value.to, keyRange.to) }));
    this.size = this.pieces.length;
    const [first, second] = this.pieces;
    const own = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', node.from - 1) + 1))?.[0] ?? '';
    const isOneLine = style.language === 'yaml' || !text.trim().includes('\n');
    this.closing = '';
    if (first) {
      const gap = second ? text.slice(first.to, second.from) : text.slice(node.from + 1, first.from);
      const blank = /\s*$/.exec(gap)?.[0] ?? '';
      this.lead = second || blank.includes('\n') || style.isMinified ? blank : ' ';
    } else if (isOneLine) {
      const isPadded = style.hasPadding && !style.isMinified && node.kind === 'object';
      this.lead = isPadded ? ' ' : '';
      this.closing = this.lead;
    } else {
      this.lead = style.eol + own + style.unit;
      this.closing = style.eol + own;
    }
    const isInline = !this.lead.includes('\n');
    this.at = {
      isInline: isInline || style.language === 'yaml',
      indent: isInline ? own : this.lead.slice(this.lead.lastIndexOf('\n') + 1),
    };
  }

  gap(before: number, after: number, texts: readonly string[]): TextEdit[] {
    const [a, b] = [this.pieces[before], this.pieces[after]];
    const [first, last] = [this.pieces[before + 1], this.pieces[after - 1]];
    const text = texts.join(`,${this.lead}`);
    if (first && last && after > before + 1) {
      if (texts.length > 0) return [{ from: first.from, to: last.to, insert: text }];
      if (a) return [{ from: a.to, to: last.to, insert: '' }];
      if (b) return [{ from: first.from, to: b.from, insert: '' }];
      return [{ from: this.node.from + 1, to: this.node.to - 1, insert: '' }];
    }
    if (a) return [{ from: a.to, to: a.to, insert: `,${this.lead}${text}` }];
    if (b) return [{ from: b.from, to: b.from, insert: `${text},${this.lead}` }];
    return [{ from: this.node.from + 1, to: this.node.to - 1, insert: this.lead + text + this.closing }];
  }
}

/** YAML's blocks: every entry on lines of its own. */
export class Block implements Shape {
  readonly size: number;
  readonly at: At;
  private readonly pieces: Range[];
  private readonly text: string;
  private readonly eol: string;

  constructor({ text, node }: Source, style: Style) {
    this.text = text;
    this.eol = style.eol;
    const column = node.from - this.lineStart(node.from);
    this.at = { indent: ' '.repeat(column), isInline: false };
    this.pieces =
      node.kind === 'array'
        ? this.dashes(node).map((from, index) => ({ from, to: this.lineEnd(node.items[index]?.to ?? from) }))
        : node.members.map(({ keyRange, value }) => {
            if (value.isShared && value.from < keyRange.from)
              throw new EditRefused('A merge key of YAML stands among these fields. Change them in Code mode.');
            return { from: keyRange.from, to: this.lineEnd(Math.max(value.to, keyRange.to)) };
          });
    this.size = this.pieces.length;
  }

  gap(before: number, after: number, texts: readonly string[]): TextEdit[] {
    const [a, b] = [this.pieces[before], this.pieces[after]];
    const [first, last] = [this.pieces[before + 1], this.pieces[after - 1]];
    const line = this.eol + this.at.indent;
    const text = texts.join(line);
    if (first && last && after > before + 1) {
      if (texts.length > 0) return [{ from: first.from, to: last.to, insert: text }];
      return [this.removal(first, last, b, before >= 0)];
    }
    if (a) return [{ from: a.to, to: a.to, insert: line + text }];
    if (!b) return [];
    const start = this.at.indent ? this.withComments(b.from) : null;
    if (start !== null) return [{ from: start, to: start, insert: this.at.indent + text + this.eol }];
    return [{ from: b.from, to: b.from, insert: text + line }];
  }

  private removal(first: Range, last: Range, b: Range | undefined, hasBefore: boolean): TextEdit {
    const start = hasBefore ? this.withComments(first.from) : this.ownLine(first.from);
    // It follows a dash on its line: what comes next takes its place.
    if (start === null) return { from: first.from, to: b ? b.from : last.to, insert: '' };
    // At the end of a block the line break before it goes, for the one behind belongs to what is around.
    if (!b) return { from: Math.max(start - this.eol.length, 0), to: last.to, insert: '' };
    return { from: start, to: last.to + this.eol.length, insert: '' };
  }

  private lineStart(offset: number): number {
    return offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** With the comment behind it. */
  private lineEnd(offset: number): number {
    const end = this.text.indexOf('\n', offset);
    const at = end < 0 ? this.text.length : end;
    return this.text[at - 1] === '\r' ? at - 1 : at;
  }

  /** The start of its line; null: something stands before it there. */
  private ownLine(offset: number): number | null {
    const start = this.lineStart(offset);
    return this.text.slice(start, offset).trim() === '' ? start : null;
  }

  /** The start of the comment lines directly above that are indented as it is. */
  private withComments(offset: number): number | null {
    let start = this.ownLine(offset);
    if (start === null) return null;
    while (start > 0) {
      const above = this.lineStart(start - 1);
      if (!this.text.startsWith(`${this.at.indent}#`, above)) break;
      start = above;
    }
    return start;
  }

  private dashes({ from, items }: Node): number[] {
    const found = [from];
    for (const item of items.slice(0, -1)) {
      const next = this.text.indexOf(`\n${this.at.indent}-`, Math.max(item.to, (found.at(-1) ?? 0) + 1));
      if (next < 0) throw new EditRefused('The lines of this list cannot be told apart. Change it in Code mode.');
      found.push(next + 1 + this.at.indent.length);
    }
    return found;
  }
}
