/** YAML comes with a large library, which is loaded before the first definition that is written in it is read. */
import type * as Library from './yaml-library';

let library: typeof Library | null = null;

export async function loadYaml(): Promise<void> {
  library ??= await import('./yaml-library');
}

/** What a definition in this language is read with. */
export const loadLanguage = (language: string): Promise<void> => (language === 'yaml' ? loadYaml() : Promise.resolve());

export function yaml(): typeof Library {
  if (!library) throw new Error('This page could not load what reads YAML. Is the server there?');
  return library;
}
