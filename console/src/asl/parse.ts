import type { Language, Parsed } from './types';

/** Reads a definition, broken ones too. */
export function parse(text: string, language: Language): Parsed {
  return { text, language, workflow: null, problems: [], rangeOf: () => null, stateAt: () => null };
}
