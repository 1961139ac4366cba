import { setField } from '../../../asl/edits';
import { child, lastPart, parent } from '../../../asl/pointer';
import type { Change, Parsed, TextEdit } from '../../../asl/types';

/** A member gets another name and value, and stays where it is. */
export function renameMember(parsed: Parsed, at: string, name: string, value: unknown): Change {
  const key = parsed.rangeOf(at, 'key');
  const base = parent(at) ?? '';
  if (!key) return setField(parsed, child(base, name), value);
  if (lastPart(at) === name) return setField(parsed, at, value);
  const written = parsed.text.slice(key.from, key.to);
  const isPlain = parsed.language === 'yaml' && /^[A-Za-z]/.test(written) && /^[A-Za-z][\w.$-]*$/.test(name);
  const renamed: TextEdit = { ...key, insert: isPlain ? name : JSON.stringify(name) };
  const edits = [...setField(parsed, at, value).edits, renamed];
  return { edits: edits.sort((a, b) => a.from - b.from) };
}
