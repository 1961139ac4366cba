/** What ValidateStateMachineDefinition answers, as problems with a place in the text. */
import { child, toPointer } from './pointer';
import { find, type Node } from './tree';
import type { Parsed, Problem, Range } from './types';

export interface Diagnostic {
  severity: 'ERROR' | 'WARNING';
  code: string;
  message: string;
  /** `/States/A/Choices[0]/Next`: names are not escaped. */
  location?: string;
}

export function diagnosticsToProblems(parsed: Parsed, diagnostics: readonly Diagnostic[]): Problem[] {
  const told = new Map<string, number>();
  return diagnostics.map(({ severity, code, message, location = '' }) => {
    const name = unsupported.exec(message)?.[1];
    const nth = told.get(location + name) ?? 0;
    told.set(location + name, nth + 1);
    const found = place(parsed.root, location);
    const { pointer, range } = (name !== undefined && memberNamed(parsed.root, found.pointer, name, nth)) || found;
    const state = parsed.stateAt(range.from);
    return {
      ...range,
      severity: severity === 'WARNING' ? 'warning' : 'error',
      message,
      source: 'validator',
      code,
      pointer,
      // What is said of the whole workflow is marked at one of its fields, which no state holds.
      ...(state === null ? {} : { state }),
    };
  });
}

/** AWS says in which object a name is wrong, or only in which parameters: the first that has it is meant, then the next. */
const unsupported = /field ['"](.+)['"] is (?:not supported|only supported)/i;

function memberNamed(root: Node | null, pointer: string, name: string, nth: number) {
  const found: { pointer: string; range: Range }[] = [];
  const look = (node: Node, at: string) => {
    for (const { key, keyRange } of node.members)
      if (key === name || key === `${name}.$`) found.push({ pointer: child(at, key), range: keyRange });
    for (const { key, value } of node.members) look(value, child(at, key));
    for (const [index, item] of node.items.entries()) look(item, child(at, index));
  };
  const start = find(root, pointer);
  if (start) look(start.node, pointer);
  return found[Math.min(nth, found.length - 1)];
}

/** Follows a location as far as the text has it. */
function place(root: Node | null, location: string): { pointer: string; range: Range } {
  if (!root) return { pointer: '', range: { from: 0, to: 0 } };
  const parts: string[] = [];
  let node = root;
  let range: Range = head(root);
  let rest = location;
  for (;;) {
    const index = /^(?:\[(\d+)\]|\/(\d+)(?=\/|\[|$))/.exec(rest);
    const item = index && node.items[Number(index[1] ?? index[2])];
    if (index && item) {
      parts.push(index[1] ?? index[2] ?? '');
      node = item;
      range = item.kind === 'scalar' ? item : { from: item.from, to: Math.min(item.from + 1, item.to) };
      rest = rest.slice(index[0].length);
      continue;
    }
    const member = node.members
      .filter(({ key }) => rest.startsWith(`/${key}`) && /^($|\/|\[)/.test(rest.slice(key.length + 1)))
      .sort((a, b) => b.key.length - a.key.length)[0];
    if (!member) break;
    parts.push(member.key);
    node = member.value;
    range = node.kind === 'scalar' && node.to > node.from ? node : member.keyRange;
    rest = rest.slice(member.key.length + 1);
  }
  return { pointer: toPointer(parts), range: { from: range.from, to: range.to } };
}

/** Where something about the whole workflow is marked. */
function head(root: Node): Range {
  const member = root.index.get('StartAt') ?? root.index.get('States') ?? root.members[0];
  return member ? member.keyRange : { from: root.from, to: Math.min(root.from + 1, root.to) };
}
