import { format } from 'jsonc-parser';
import { maskJson } from './substitutions';
import { applyEdits } from './text';
import type { TextEdit } from './types';

/** The splices that bring JSON into AWS's usual form: two blanks a level, a line a field. */
export function formatted(text: string): TextEdit[] {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const edits = format(maskJson(text), undefined, { tabSize: 2, insertSpaces: true, eol, insertFinalNewline: true });
  return edits
    .map(({ offset, length, content }) => ({ from: offset, to: offset + length, insert: content }))
    .filter(({ from, to, insert }) => text.slice(from, to) !== insert)
    .sort((a, b) => a.from - b.from);
}

/** As people can read it: JSON in one line, as Terraform's `jsonencode` deploys it, formatted; all else as it is. */
export const readable = (text: string): string => (/^\{.*\}\s*$/.test(text) ? applyEdits(text, formatted(text)) : text);
