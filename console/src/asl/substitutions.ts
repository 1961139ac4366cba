/** `${name}` as SAM's DefinitionSubstitutions and Terraform's templatefile write it; the engine knows the same form of names. */
import type { Range } from './types';

export interface Substitution extends Range {
  name: string;
}

const part = '[A-Za-z_][A-Za-z0-9_-]*';
const source = `\\$\\{[ \\t]*(${part}(?:(?:\\.|::)${part})*)[ \\t]*\\}`;

/** All of a text, in strings and outside. */
export function substitutionsOf(text: string): Substitution[] {
  return [...text.matchAll(new RegExp(source, 'g'))].map((found) => ({
    name: found[1] ?? '',
    from: found.index,
    to: found.index + found[0].length,
  }));
}

const whole = new RegExp(`^${source}$`);

/** The text is one substitution and nothing else. */
export function isSubstitution(text: unknown): text is string {
  return typeof text === 'string' && whole.test(text);
}

const stringOrSubstitution = new RegExp(`"(?:[^"\\\\\\n\\r]|\\\\.)*"|${source}`, 'g');

/** JSON with substitutions outside of strings replaced by strings that are as long, so that offsets stay. */
export function maskJson(text: string): string {
  if (!text.includes('${')) return text;
  return text.replace(stringOrSubstitution, (found) =>
    found.startsWith('$') ? `"${'_'.repeat(found.length - 2)}"` : found,
  );
}

const [open, close] = ['\uE000', '\uE001'];

/** YAML with the braces of substitutions replaced, for in `[…]` and `{…}` they would be YAML's own. */
export function maskYaml(text: string): string {
  if (!text.includes('${')) return text;
  return text.replace(new RegExp(source, 'g'), (found) => `$${open}${found.slice(2, -1)}${close}`);
}

export function unmaskYaml(text: string): string {
  return text.includes(open) ? text.replaceAll(open, '{').replaceAll(close, '}') : text;
}
