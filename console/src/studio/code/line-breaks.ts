/**
 * To the editor every line break is one character. Where the document has CRLF its offsets are therefore others; here one becomes the
 * other.
 */
import type { TextEdit } from '../../asl/types';

export class LineBreaks {
  /** Where in the document the first character of each CRLF stands. */
  private readonly returns: number[] = [];
  /** What a new line break is written as. */
  readonly eol: string;
  readonly length: number;

  constructor(text: string) {
    for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) this.returns.push(at);
    this.eol = this.returns.length > 0 ? '\r\n' : '\n';
    this.length = text.length - this.returns.length;
  }

  toEditor(offset: number): number {
    return offset - this.before((at) => at < offset);
  }

  toText(offset: number): number {
    return offset + this.before((at, index) => at - index < offset);
  }

  /** An edit of the editor as one of the document. */
  editToText({ from, to, insert }: TextEdit): TextEdit {
    const written = this.eol === '\n' ? insert : insert.replaceAll('\n', this.eol);
    return { from: this.toText(from), to: this.toText(to), insert: written };
  }

  editToEditor({ from, to, insert }: TextEdit): TextEdit {
    return { from: this.toEditor(from), to: this.toEditor(to), insert };
  }

  /** How many of the returns hold; those that do stand first. */
  private before(holds: (at: number, index: number) => boolean): number {
    let [low, high] = [0, this.returns.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.returns[middle] ?? 0, middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
