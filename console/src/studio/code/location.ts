/** Where in a definition a caret stands, also while what is typed cannot be read. */
import { getLocation } from 'jsonc-parser';
import { child } from '../../asl/pointer';
import { maskJson } from '../../asl/substitutions';
import type { Language, Range, ScopePath, StatePath } from '../../asl/types';

export interface Location {
  /** Of the value, or of the object whose field is being named. */
  path: string[];
  /** A field's name is being typed. */
  isKey: boolean;
  /** What is typed so far, up to the caret, without a quote before it. */
  typed: string;
  /** The whole word or text that the caret is in, with its quotes. */
  token: Range;
  /** JSON: the token has begun with a quote. */
  isQuoted: boolean;
  /** What follows the token, without blanks. */
  next: string;
}

export function locate(text: string, offset: number, language: Language): Location {
  return language === 'json' ? locateJson(text, offset) : locateYaml(text, offset);
}

function locateJson(text: string, offset: number): Location {
  const { path, isAtPropertyKey, previousNode } = getLocation(maskJson(text), offset);
  const isIn = previousNode && previousNode.offset <= offset && offset <= previousNode.offset + previousNode.length;
  const isQuoted = isIn === true && text[previousNode.offset] === '"';
  const token = isIn
    ? { from: previousNode.offset, to: previousNode.offset + previousNode.length }
    : { from: wordStart(text, offset), to: offset };
  // A text without its closing quote goes on to the end of the line; only what is before the caret is meant.
  const isOpen = isQuoted && !/^"(?:[^"\\\n]|\\.)*"$/.test(text.slice(token.from, token.to));
  if (isOpen) token.to = offset;
  const parts = path.map(String);
  return {
    path: isAtPropertyKey ? parts.slice(0, -1) : parts,
    isKey: isAtPropertyKey,
    typed: text.slice(token.from + (isQuoted ? 1 : 0), offset),
    token,
    isQuoted,
    next: /^\s*(\S?)/.exec(text.slice(token.to, token.to + 200))?.[1] ?? '',
  };
}

function wordStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /[\w.$-]/.test(text[start - 1] ?? '')) start -= 1;
  return start;
}

/** A line of block style: indentation, dashes, a name, a value. */
const yamlLine = /^(\s*)((?:- +)*)(?:("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#:'"{}[\]][^#:]*?)(?::(?=\s|$)(\s*)))?(.*)$/;

function locateYaml(text: string, offset: number): Location {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset) < 0 ? text.length : text.indexOf('\n', offset);
  const line = text.slice(start, end).replace(/\r$/, '');
  const [, indent = '', dashes = '', key, gap = '', rest = ''] = yamlLine.exec(line) ?? [];
  const keyEnd = indent.length + dashes.length + (key?.length ?? 0);
  const isValue = key !== undefined && offset - start > keyEnd;
  const column = indent.length + dashes.length;
  const path = outerPath(text, start, column, dashes !== '' ? indent.length : null);
  const from = isValue ? start + keyEnd + 1 + gap.length : start + column;
  const isItem = key === undefined && dashes !== '' && isListOfTexts(path);
  const to = isValue || key === undefined ? from + rest.trimEnd().length : start + keyEnd;
  const token = { from: Math.min(from, offset), to: Math.max(to, offset) };
  const typed = text.slice(token.from, offset);
  return {
    path: isValue ? [...path, unquoted(key)] : path,
    isKey: !isValue && !isItem,
    typed: typed.replace(/^["']/, ''),
    token,
    isQuoted: /^["']/.test(typed),
    next: !isValue && key !== undefined ? ':' : '',
  };
}

function isListOfTexts(path: readonly string[]): boolean {
  return path.at(-2) === 'ErrorEquals';
}

function unquoted(key: string): string {
  return /^["']/.test(key) ? key.slice(1, -1) : key.trim();
}

/** The names and indexes around a line, from its indentation and that of the lines before it. */
function outerPath(text: string, start: number, column: number, dashColumn: number | null): string[] {
  const path: string[] = [];
  let inner = column;
  let dash = dashColumn;
  let index = 0;
  for (let end = start - 1; end >= 0; ) {
    const from = text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(from, end).replace(/\r$/, '');
    end = from - 1;
    if (/^\s*(#|$)/.test(line)) continue;
    const [, indent = '', dashes = '', key] = yamlLine.exec(line) ?? [];
    const at = indent.length + dashes.length;
    if (dash !== null) {
      if (dashes && indent.length === dash) {
        index += 1;
        continue;
      }
      // A list may stand at the column of its name.
      if (indent.length > dash || (indent.length === dash && dashes)) continue;
      if (key === undefined) continue;
      path.unshift(unquoted(key), String(index));
      inner = at;
      dash = dashes ? indent.length : null;
      index = 0;
      continue;
    }
    // The dash of the item that the line is in.
    if (dashes && at === inner) {
      dash = indent.length;
      index = 0;
      continue;
    }
    if (at < inner && key !== undefined) {
      path.unshift(unquoted(key));
      inner = at;
      dash = dashes ? indent.length : null;
      index = 0;
    }
    if (inner === 0 && dash === null) break;
  }
  return path;
}

/** What a path leads to, as states have it. */
export interface Inside {
  scope: ScopePath;
  state: StatePath | null;
  /** From the state, or from the workflow, on. */
  rest: string[];
}

export function insideOf(path: readonly string[]): Inside {
  let scope = '';
  let state: string | null = null;
  let at = 0;
  for (;;) {
    const [first, second] = path.slice(at);
    if (state === null && first === 'States' && second !== undefined) {
      state = child(scope, 'States', second);
      at += 2;
    } else if (state !== null && (first === 'ItemProcessor' || first === 'Iterator')) {
      scope = child(state, first);
      state = null;
      at += 1;
    } else if (state !== null && first === 'Branches' && second !== undefined) {
      scope = child(state, first, second);
      state = null;
      at += 2;
    } else {
      return { scope, state, rest: path.slice(at) };
    }
  }
}
