/**
 * A definition while a command works on it: a tree that is changed like any other, and that remembers of every value where it was
 * written. `splices.ts` makes the text's edits from the difference, so commands never see offsets.
 */
import { fromPointer } from '../pointer';
import { isObject, type Member, type Node, setOwn } from '../tree';
import type { Language } from '../types';

export interface Source {
  text: string;
  language: Language;
  node: Node;
}

export interface Entry {
  key: string;
  value: Draft;
  /** Where the whole member was written; null: it is new. */
  written: { member: Member; text: string; language: Language } | null;
}

export class Draft {
  kind: Node['kind'];
  /** Of a scalar. */
  scalar: unknown;
  readonly source: Source | null;
  /** What is inside becomes drafts when somebody looks; until then it is as in the source. */
  private plain: unknown;
  private inside: { entries: Entry[]; items: Draft[] } | null = null;

  private constructor(kind: Node['kind'], plain: unknown, source: Source | null) {
    this.kind = kind;
    this.plain = plain;
    this.source = source;
    if (kind === 'scalar') this.scalar = plain;
  }

  static of(source: Source): Draft {
    return new Draft(source.node.kind, source.node.value, source);
  }

  static make(value: unknown): Draft {
    if (value instanceof Draft) return value;
    return new Draft(Array.isArray(value) ? 'array' : isObject(value) ? 'object' : 'scalar', value ?? null, null);
  }

  /** Somebody has looked inside, so it may have been changed. */
  get isOpen(): boolean {
    return this.inside !== null;
  }

  get entries(): Entry[] {
    return this.open().entries;
  }

  get items(): Draft[] {
    return this.open().items;
  }

  get isEmpty(): boolean {
    if (this.kind === 'scalar') return false;
    if (this.inside) return this.inside.entries.length + this.inside.items.length === 0;
    return this.kind === 'array'
      ? (this.plain as unknown[]).length === 0
      : Object.keys(this.plain as object).length === 0;
  }

  private open() {
    this.inside ??= this.source ? this.readSource(this.source) : this.readPlain();
    return this.inside;
  }

  private readSource({ text, language, node }: Source) {
    const of = (node: Node) => Draft.of({ text, language, node });
    return {
      entries: node.members.map((member) => ({
        key: member.key,
        value: of(member.value),
        written: { member, text, language },
      })),
      items: node.items.map(of),
    };
  }

  private readPlain() {
    const entries = isObject(this.plain) ? Object.entries(this.plain) : [];
    return {
      entries: entries
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => ({ key, value: Draft.make(value), written: null })),
      items: Array.isArray(this.plain) ? this.plain.map((item) => Draft.make(item)) : [],
    };
  }

  entry(key: string): Entry | null {
    return this.entries.findLast((entry) => entry.key === key) ?? null;
  }

  get(key: string): Draft | null {
    return this.entry(key)?.value ?? null;
  }

  /** A text field; null: it has none. */
  text(key: string): string | null {
    const value = this.get(key);
    return value?.kind === 'scalar' && typeof value.scalar === 'string' ? value.scalar : null;
  }

  /** Sets a member in place; a new one goes where `order` has it, or to the end. */
  set(key: string, value: unknown, order: readonly string[] = []): Draft {
    const draft = Draft.make(value);
    const entry = this.entry(key);
    if (entry) {
      // The same again is no change: the text keeps how it was written.
      if (draft.kind !== 'scalar' || entry.value.kind !== 'scalar' || entry.value.scalar !== draft.scalar)
        entry.value = draft;
      return entry.value;
    }
    const rank = order.indexOf(key);
    const before = this.entries.findLastIndex((other) => {
      const otherRank = order.indexOf(other.key);
      return rank < 0 || otherRank < rank;
    });
    this.entries.splice(before + 1, 0, { key, value: draft, written: null });
    return draft;
  }

  /** Puts members behind another one; null: first. */
  insertAfter(key: string | null, added: readonly Entry[]) {
    const at = key === null ? 0 : this.entries.findLastIndex((entry) => entry.key === key) + 1 || this.entries.length;
    this.entries.splice(at, 0, ...added);
  }

  /** Takes a member out. */
  remove(key: string): Entry | null {
    const at = this.entries.findLastIndex((entry) => entry.key === key);
    return at < 0 ? null : (this.entries.splice(at, 1)[0] ?? null);
  }

  /** What a pointer names inside of it. */
  at(pointer: string): Draft | null {
    let draft: Draft | null = this;
    for (const part of fromPointer(pointer)) {
      if (!draft) return null;
      draft = draft.kind === 'array' ? (draft.items[Number(part)] ?? null) : draft.get(part);
    }
    return draft;
  }

  /** The same once more, to be put elsewhere; it keeps how it was written. */
  copy(): Draft {
    const copy = new Draft(this.kind, this.kind === 'scalar' ? this.scalar : this.plain, this.source);
    if (this.inside)
      copy.inside = {
        entries: this.inside.entries.map((entry) => ({ ...entry, value: entry.value.copy() })),
        items: this.inside.items.map((item) => item.copy()),
      };
    return copy;
  }

  toValue(): unknown {
    if (this.kind === 'scalar') return this.scalar;
    if (!this.inside) return this.plain;
    if (this.kind === 'array') return this.inside.items.map((item) => item.toValue());
    const value: Record<string, unknown> = {};
    for (const entry of this.inside.entries) setOwn(value, entry.key, entry.value.toValue());
    return value;
  }
}
