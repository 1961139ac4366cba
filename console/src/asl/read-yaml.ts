import { isAlias, isCollection, isMap, isScalar, isSeq, parseDocument, type Node as YamlNode } from 'yaml';
import { readPieces } from './read-pieces';
import { maskYaml, unmaskYaml } from './substitutions';
import { addItem, addMember, emptyArray, emptyObject, maxDepth, type Node, scalar, type Tree } from './tree';
import type { Problem, Range } from './types';

/** What aliases may grow to, in values, as in the engine. */
const maxNodes = 500_000;

/** Reads YAML: the core schema of 1.2, with aliases and merge keys. */
export function readYaml(text: string): Tree {
  if (text.trim() === '')
    return broken(problemAt(0, text.length, 'The definition is empty. It is an object with StartAt and States.'));
  return readPieces(text, readWhole, ({ key, keyRange }) => twice(key, keyRange)) ?? readWhole(text);
}

function problemAt(from: number, to: number, message: string): Problem {
  return { from, to, severity: 'error', message, source: 'syntax' };
}

function broken(problem: Problem): Tree {
  return { root: null, problems: [problem], isBroken: true };
}

function twice(name: string, { from, to }: Range): Problem {
  return problemAt(from, to, `${name} stands here twice. Remove or rename one of them.`);
}

/** `depth`: of the text, if it is a part of another. */
export function readWhole(text: string, depth = 0): Tree {
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(problem);
  let root: Node | null = null;
  let isBroken = false;
  try {
    const document = parseDocument(maskYaml(text), { uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
    for (const { pos, code, message } of document.errors) {
      const one = unmaskYaml(message);
      const words =
        code === 'MULTIPLE_DOCS' ? 'A definition is one document; --- begins another.' : `This is no YAML: ${one}.`;
      report(problemAt(pos[0], Math.min(pos[1], text.length), words.replace('..', '.')));
    }
    isBroken = document.errors.length > 0;
    if (document.contents) root = new Reader(text, report).read(document.contents as YamlNode, depth);
  } catch (error) {
    // Nested too deeply, grown too large, or an alias to what holds it.
    const words = error instanceof Refused ? '' : 'This is no YAML that can be read: ';
    return broken(problemAt(0, 0, words + (error as Error).message));
  }
  return { root, problems, isBroken };
}

class Refused extends Error {}

class Reader {
  private count = 0;
  private aliases: YamlNode[] = [];
  private anchors = new Map<string, YamlNode>();

  constructor(
    private text: string,
    private report: (problem: Problem) => void,
  ) {}

  read(node: YamlNode | null | undefined, depth: number, emptyAt = 0): Node {
    this.count += 1;
    if (this.count > maxNodes) throw new Refused('The aliases of this document make it too large.');
    if (depth > maxDepth) throw new Refused(`Values may be nested ${maxDepth} deep, not deeper.`);
    const isShared = this.aliases.length > 0;
    if (!node) return { ...scalar(null, emptyAt, emptyAt), isShared };
    const [from, valueEnd] = node.range ?? [emptyAt, emptyAt];
    if (isAlias(node)) return this.readAlias(node, from, valueEnd, depth);
    if (isCollection(node) && node.anchor) this.anchors.set(node.anchor, node);
    if (isScalar(node) && node.anchor) this.anchors.set(node.anchor, node);
    if (isMap(node)) {
      const object = { ...emptyObject(from, !node.flow), isShared };
      object.to = node.flow ? valueEnd : from;
      for (const pair of node.items) this.readPair(object, pair.key as YamlNode, pair.value as YamlNode, depth);
      return object;
    }
    if (isSeq(node)) {
      const array = { ...emptyArray(from, !node.flow), isShared };
      array.to = node.flow ? valueEnd : from;
      for (const item of node.items) {
        const read = this.read(item as YamlNode, depth + 1, array.to);
        addItem(array, read);
        if (!node.flow) array.to = Math.max(array.to, read.to);
      }
      return array;
    }
    return { ...this.readScalar(node, from, valueEnd), isShared };
  }

  private readScalar(node: YamlNode, from: number, valueEnd: number): Node {
    const value = isScalar(node) ? node.value : null;
    let to = valueEnd;
    // Block scalars (| and >) take their last line break with them.
    while (to > from && /\s/.test(this.text[to - 1] ?? '')) to -= 1;
    if (typeof value === 'string') return scalar(unmaskYaml(value), from, to);
    return scalar(typeof value === 'bigint' ? Number(value) : (value ?? null), from, to);
  }

  private readPair(object: Node, key: YamlNode | null, value: YamlNode | null, depth: number) {
    const [from, to] = key?.range ?? [object.to, object.to];
    const isMerge = isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
    const read = this.read(value, depth + 1, this.behindColon(to));
    if (object.isBlock) object.to = Math.max(object.to, read.to, to);
    if (isMerge) {
      const merged = read.kind === 'array' ? read.items : [read];
      for (const { members } of merged)
        for (const member of members)
          if (!object.index.has(member.key))
            addMember(object, { ...member, value: { ...member.value, isShared: true } });
      return;
    }
    const name = isScalar(key) && typeof key.value === 'string' ? unmaskYaml(key.value) : this.text.slice(from, to);
    const earlier = object.index.get(name);
    const isDuplicate = addMember(object, { key: name, keyRange: { from, to }, value: read });
    if (isDuplicate && !earlier?.value.isShared) this.report(twice(name, { from, to }));
  }

  /** Where a value would be that is not written. */
  private behindColon(keyEnd: number): number {
    const colon = this.text.indexOf(':', keyEnd);
    return colon < 0 ? keyEnd : colon + 1;
  }

  private readAlias(node: YamlNode, from: number, to: number, depth: number): Node {
    const source = isAlias(node) ? this.anchors.get(node.source) : undefined;
    if (!source) {
      this.report(problemAt(from, to, `${this.text.slice(from, to)} names no anchor before it.`));
      return scalar(null, from, to);
    }
    if (this.aliases.includes(source)) throw new Refused(`${this.text.slice(from, to)} is inside of what it names.`);
    this.aliases.push(source);
    const read = this.read(source, depth);
    this.aliases.pop();
    return { ...read, from, to, isShared: true };
  }
}
