/** Drafts as text, in the way of the document that they go into. */
import { isSubstitution } from '../substitutions';
import { applyEdits } from '../text';
import type { Language } from '../types';
import { yaml } from '../yaml';
import type { Draft, Entry } from './draft';
import { insideEdits, keyEdits } from './splices';

/** How a document is written. */
export interface Style {
  language: Language;
  eol: string;
  /** One level of indentation. */
  unit: string;
  /** JSON without any blanks. */
  isMinified: boolean;
  /** JSON: `{ "a": 1 }`, not `{"a": 1}`. */
  hasPadding: boolean;
  /** YAML: lists are indented below their key. */
  indentsLists: boolean;
}

/** Where a value goes. */
export interface At {
  /** Of the lines after its first. */
  indent: string;
  /** On one line; in YAML: in braces and brackets. */
  isInline: boolean;
}

let last: { text: string; style: Style } | null = null;

/** Of one text it is asked for again and again. */
export function styleOf(text: string, language: Language): Style {
  if (last?.text !== text || last.style.language !== language) last = { text, style: findStyle(text, language) };
  return last.style;
}

function findStyle(text: string, language: Language): Style {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const isMinified = language === 'json' && !/\n/.test(text.trim()) && !/":\s/.test(text);
  const hasPadding = !/\{["A-Za-z]/.test(text);
  const indented = (language === 'json' ? /\n([ \t]+)"/ : /\n( +)[^\s#-]/).exec(text)?.[1];
  const indentsLists = language === 'yaml' && !/^( *)[^\s#-][^\n#]*:[ \t]*\r?\n\1- /m.test(text);
  return { language, eol, unit: indented ?? '  ', isMinified, hasPadding, indentsLists };
}

/** A value without the indentation of its first line. */
export function print(draft: Draft, style: Style, at: At): string {
  const copied = copy(draft, style, at);
  if (copied !== null) return copied;
  if (draft.kind === 'scalar') return substitution(draft) ?? printScalar(draft.scalar, style, at);
  if (draft.isEmpty) return draft.kind === 'array' ? '[]' : '{}';
  if (style.language === 'yaml' && !at.isInline) return printBlock(draft, style, at);
  const inner = at.isInline ? at : { ...at, indent: at.indent + style.unit };
  const parts =
    draft.kind === 'array'
      ? draft.items.map((item) => print(item, style, inner))
      : draft.entries.map((entry) => printEntry(entry, style, inner));
  const [open, close] = draft.kind === 'array' ? '[]' : '{}';
  if (style.isMinified) return open + parts.join(',') + close;
  if (at.isInline) {
    const pad = style.hasPadding && draft.kind === 'object' ? ' ' : '';
    return open + pad + parts.join(', ') + pad + close;
  }
  const line = style.eol + inner.indent;
  return open + line + parts.join(`,${line}`) + style.eol + at.indent + close;
}

/** A substitution has quotes where it had them: without, its value decides of which type it is. */
function substitution({ scalar, source }: Draft): string | null {
  if (!source || !isSubstitution(scalar) || source.node.value !== scalar) return null;
  return source.text[source.node.from] === '$' ? scalar : JSON.stringify(scalar);
}

function printBlock(draft: Draft, style: Style, at: At): string {
  const parts =
    draft.kind === 'array'
      ? draft.items.map((item) => printItem(item, style, at))
      : draft.entries.map((entry) => printEntry(entry, style, at));
  return parts.join(style.eol + at.indent);
}

/** `- ` and an item of a block list. */
export function printItem(item: Draft, style: Style, at: At): string {
  return `- ${print(item, style, { ...at, indent: `${at.indent}  ` })}`;
}

/** A member with its name; where it was written before, it takes everything there was with it. */
export function printEntry(entry: Entry, style: Style, at: At): string {
  const { written, value } = entry;
  const isWhole = written && value.source?.node === written.member.value && written.language === style.language;
  if (isWhole && canCopy(value, style, at)) {
    const { text, member } = written;
    const edits = [...keyEdits(entry, style, at.isInline), ...insideEdits(value)];
    return reindent(text, member.keyRange.from, member.value.to, edits, at.indent, style);
  }
  return printKey(entry.key, style, at.isInline) + printBehindKey(value, style, at);
}

export function printKey(key: string, style: Style, isInline: boolean): string {
  return style.language === 'json' ? JSON.stringify(key) : printScalar(key, style, { indent: '', isInline });
}

/** The colon and all that follows. */
export function printBehindKey(value: Draft, style: Style, at: At): string {
  if (style.isMinified) return `:${print(value, style, at)}`;
  if (!isBlock(value, style, at)) return `: ${print(value, style, at)}`;
  const isFlat = value.kind === 'array' && !style.indentsLists;
  const indent = isFlat ? at.indent : at.indent + style.unit;
  return `:${style.eol}${indent}${print(value, style, { ...at, indent })}`;
}

/** It begins on a line of its own. */
function isBlock(value: Draft, style: Style, at: At): boolean {
  if (style.language === 'json' || at.isInline || value.kind === 'scalar' || value.isEmpty) return false;
  return !canCopy(value, style, at) || (value.source?.node.isBlock ?? true);
}

/** Its text can be taken over, with splices for what was changed inside. */
function canCopy({ source, isEmpty, isOpen, kind }: Draft, style: Style, at: At): boolean {
  if (!source || source.language !== style.language || source.node.isShared || source.node.kind !== kind) return false;
  if (style.language === 'json') return true;
  const { node } = source;
  if (node.kind === 'scalar' || node.isBlock) return !at.isInline && !(isOpen && isEmpty);
  const wasEmpty = node.members.length + node.items.length === 0;
  return at.isInline || !wasEmpty || isEmpty;
}

function copy(draft: Draft, style: Style, at: At): string | null {
  if (!draft.source || !canCopy(draft, style, at)) return null;
  const { text, node } = draft.source;
  return reindent(text, node.from, node.to, insideEdits(draft), at.indent, style);
}

/** Text of one place as it is written at another. */
export function reindent(
  text: string,
  from: number,
  to: number,
  edits: { from: number; to: number; insert: string }[],
  indent: string,
  style: Style,
): string {
  const shifted = edits.map((edit) => ({ ...edit, from: edit.from - from, to: edit.to - from }));
  const [first = '', ...rest] = applyEdits(text.slice(from, to), shifted).split(/\r?\n/);
  // In YAML a block begins where its first name stands, also behind a dash; in JSON lines are indented by brackets.
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const before = text.slice(lineStart, from);
  const base = style.language === 'yaml' ? before.length : (/^[ \t]*/.exec(before)?.[0].length ?? 0);
  const lines = rest.map((line) => {
    const own = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    return line.trim() === '' ? '' : indent + line.slice(Math.min(base, own));
  });
  return [first, ...lines].join(style.eol);
}

export function printScalar(value: unknown, style: Style, at: At): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  if (style.language === 'json') return JSON.stringify(value);
  if (at.isInline) return isPlainInFlow(value) ? value : JSON.stringify(value);
  if (value.includes('\n')) return printLines(value, style, at);
  return isSubstitution(value) ? value : yaml().stringify(value, { lineWidth: 0 }).trimEnd();
}

function isPlainInFlow(value: string): boolean {
  return (
    /^[A-Za-z_$][\w $.:/-]*$/.test(value) && !/: |:$| $| #/.test(value) && yaml().stringify(value).trimEnd() === value
  );
}

/** Several lines as a block, if they come back the same. */
function printLines(value: string, style: Style, at: At): string {
  const isOdd = /^[\s]|[ \t]\n|[ \t]$|[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]|\n\n$|\t/.test(value);
  if (isOdd) return JSON.stringify(value);
  const lines = value.replace(/\n$/, '').split('\n');
  const indent = at.indent + style.unit;
  return [`|${value.endsWith('\n') ? '' : '-'}`, ...lines.map((line) => (line ? indent + line : ''))].join(style.eol);
}
