import { printParseErrorCode, visit } from 'jsonc-parser';
import { maskJson } from './substitutions';
import { addItem, addMember, emptyArray, emptyObject, maxDepth, type Node, scalar, type Tree } from './tree';
import type { Problem, Range } from './types';

/** Reads JSON, as far as it goes when it is broken. */
export function readJson(text: string): Tree {
  const problems: Problem[] = [];
  let root: Node | null = null;
  let isBroken = false;
  let key: { text: string; range: Range } | null = null;
  const open: Node[] = [];

  // The scanner looks beyond the end of a comment or text that is not closed.
  const report = (from: number, to: number, message: string) =>
    problems.push({
      from,
      to: Math.max(from, Math.min(to, text.length)),
      severity: 'error',
      message,
      source: 'syntax',
    });
  const fail = (from: number, to: number, message: string) => {
    // One mistake makes many: after the first the rest is guesswork.
    if (!isBroken) report(from, to, message);
    isBroken = true;
  };
  // A member's value is known in full only when it ends, but the object it is in holds it by reference.
  const add = (node: Node) => {
    const holder = open.at(-1);
    if (!holder) {
      root ??= node;
    } else if (holder.kind === 'array') {
      addItem(holder, node);
    } else if (key) {
      const isDuplicate = addMember(holder, { key: key.text, keyRange: key.range, value: node });
      if (isDuplicate)
        report(
          key.range.from,
          key.range.to,
          `${JSON.stringify(key.text)} stands here twice. Remove or rename one of them.`,
        );
      key = null;
    }
  };
  const begin = (node: Node) => {
    add(node);
    open.push(node);
    if (open.length === maxDepth + 1)
      fail(node.from, node.from + 1, `Values may be nested ${maxDepth} deep, not deeper.`);
  };
  const end = (to: number) => {
    const ended = open.pop();
    if (ended) ended.to = to;
    key = null;
  };

  if (text.trim() === '') {
    fail(0, text.length, 'The definition is empty. It is an object with "StartAt" and "States".');
    return { root, problems, isBroken };
  }
  try {
    visit(
      maskJson(text),
      {
        onObjectBegin: (offset) => begin(emptyObject(offset)),
        onArrayBegin: (offset) => begin(emptyArray(offset)),
        onObjectEnd: (offset, length) => end(offset + length),
        onArrayEnd: (offset, length) => end(offset + length),
        onObjectProperty: (name, offset, length) => {
          const written = text[offset] === '$' ? text.slice(offset, offset + length) : name;
          key = { text: written, range: { from: offset, to: offset + length } };
        },
        onLiteralValue: (value, offset, length) => {
          const to = offset + length;
          add(scalar(text[offset] === '$' ? text.slice(offset, to) : value, offset, to));
        },
        onComment: (offset, length) =>
          report(
            offset,
            offset + length,
            'JSON has no comments. Use the field "Comment", or write the definition in YAML.',
          ),
        onError: (code, offset, length) =>
          fail(Math.min(offset, text.length), offset + length, explain(code, text, offset, length)),
      },
      { disallowComments: false, allowTrailingComma: false },
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    fail(0, 0, `Values may be nested ${maxDepth} deep, not deeper.`);
  }
  // What was never closed ends with the text.
  while (open.length > 0) end(text.length);
  return { root, problems, isBroken };
}

function explain(code: number, text: string, offset: number, length: number): string {
  const found = text.slice(offset, offset + Math.min(length, 40));
  const instead = found ? `, but here is ${found}` : '';
  switch (printParseErrorCode(code)) {
    case 'InvalidNumberFormat':
      return `${found} is no number.`;
    case 'PropertyNameExpected':
      return found === '}'
        ? 'There is a comma too many before this }.'
        : `A field's name in double quotes is expected${instead}.`;
    case 'ValueExpected':
      return found === ']' || found === '}'
        ? `A value is expected before this ${found}.`
        : `A value is expected${instead}.`;
    case 'ColonExpected':
      return `A colon is expected behind the field's name${instead}.`;
    case 'CommaExpected':
      return `A comma is expected before ${found || 'this'}.`;
    case 'CloseBraceExpected':
      return `A closing } is expected${instead}.`;
    case 'CloseBracketExpected':
      return `A closing ] is expected${instead}.`;
    case 'EndOfFileExpected':
      return `The definition has ended before this; ${found} is too much.`;
    case 'UnexpectedEndOfString':
      return 'This text has no closing quote on its line.';
    case 'UnexpectedEndOfComment':
      return 'This comment does not end.';
    case 'UnexpectedEndOfNumber':
      return `${found} is no complete number.`;
    case 'InvalidUnicode':
    case 'InvalidEscapeCharacter':
      return 'In this text a backslash is followed by what is no escape; write \\\\ for a backslash.';
    case 'InvalidCharacter':
      return 'This text holds a control character; write it as an escape such as \\n or \\t.';
    default:
      return `${found || 'This'} is no JSON. Texts and names stand in double quotes.`;
  }
}
