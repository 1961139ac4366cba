/** One tree for JSON and YAML: plain values with the ranges that they were written in. */
import { fromPointer } from './pointer';
import type { Problem, Range } from './types';

export interface Member {
  key: string;
  keyRange: Range;
  value: Node;
}

export interface Node extends Range {
  kind: 'object' | 'array' | 'scalar';
  /** What JSON.parse would give. A substitution without quotes is its text: `${Max}`. */
  value: unknown;
  /** Of an object, in the order of the text; empty otherwise. */
  members: Member[];
  index: Map<string, Member>;
  /** Of an array. */
  items: Node[];
  /** YAML only: not in braces or brackets, so lines and indentation make it. */
  isBlock: boolean;
  /** YAML only: written elsewhere, by an alias or a merge key, perhaps for several places at once. */
  isShared: boolean;
}

export interface Tree {
  /** As much as could be read; null: nothing. */
  root: Node | null;
  problems: Problem[];
  /** A problem is of the kind that makes the text no JSON or YAML. */
  isBroken: boolean;
}

/** How deep the engine lets values be nested. */
export const maxDepth = 200;

const noMembers: Member[] = [];
const noIndex = new Map<string, Member>();
const noItems: Node[] = [];

export function scalar(value: unknown, from: number, to: number): Node {
  const none = { members: noMembers, index: noIndex, items: noItems };
  return { kind: 'scalar', value, from, to, ...none, isBlock: false, isShared: false };
}

export function emptyObject(from: number, isBlock = false): Node {
  const none = { members: [], index: new Map(), items: noItems };
  return { kind: 'object', value: {}, from, to: from, ...none, isBlock, isShared: false };
}

export function emptyArray(from: number, isBlock = false): Node {
  const none = { members: noMembers, index: noIndex, items: [] };
  return { kind: 'array', value: [], from, to: from, ...none, isBlock, isShared: false };
}

/** Adds a member; true: the object has had one of that name. */
export function addMember(object: Node, member: Member): boolean {
  const isDuplicate = object.index.has(member.key);
  object.members.push(member);
  object.index.set(member.key, member);
  setOwn(object.value as Record<string, unknown>, member.key, member.value.value);
  return isDuplicate;
}

export function addItem(array: Node, item: Node) {
  array.items.push(item);
  (array.value as unknown[]).push(item.value);
}

/** Names such as `__proto__` are names like any other. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown) {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

export function getOwn(object: unknown, key: string): unknown {
  return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The node that a pointer names, and its member if it is one of an object. */
export function find(root: Node | null, pointer: string): { node: Node; member: Member | null } | null {
  let node = root;
  let member: Member | null = null;
  for (const part of fromPointer(pointer)) {
    if (!node) return null;
    member = node.index.get(part) ?? null;
    node = member ? member.value : (/^\d+$/.test(part) && node.items[Number(part)]) || null;
  }
  return node && { node, member };
}
