/** JSON pointers (RFC 6901) as the console names things in a definition. */

/** `['States', 'a/b']` -> `/States/a~1b` */
export function toPointer(parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `/States/a~1b` -> `['States', 'a/b']` */
export function fromPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer of something inside: `child('/States', 'A', 'Choices', 0)`. */
export function child(pointer: string, ...parts: (string | number)[]): string {
  return pointer + toPointer(parts);
}

/** What holds it; null: it is the whole document. */
export function parent(pointer: string): string | null {
  return pointer === '' ? null : pointer.slice(0, pointer.lastIndexOf('/'));
}

/** The last part: a field's name, or an index as text. */
export function lastPart(pointer: string): string {
  return fromPointer(pointer).at(-1) ?? '';
}

/** It is `outer` or inside of it. */
export function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}
