/** A definition in the other language. Substitutions without quotes stay without; comments of YAML are lost, for JSON has none. */
import { Draft } from './edits/draft';
import { print } from './edits/print';
import { EditRefused } from './edits/refused';
import { parse } from './parse';
import { lineOf } from './text';
import type { Language } from './types';

export function convert(text: string, from: Language, to: Language): string {
  if (from === to) return text;
  const { root, workflow, problems } = parse(text, from);
  if (!root || !workflow) {
    const [problem] = problems;
    throw new EditRefused(`Line ${lineOf(text, problem?.from ?? 0)}: ${problem?.message ?? 'this is no definition.'}`);
  }
  const style = { language: to, eol: '\n', unit: '  ', isMinified: false, hasPadding: true, indentsLists: true };
  return `${print(Draft.of({ text, language: from, node: root }), style, { indent: '', isInline: false })}\n`;
}
