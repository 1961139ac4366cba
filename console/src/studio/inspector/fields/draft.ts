import { useState } from 'react';
import { isSame } from '../../../asl/same';
import type { QueryLanguage } from '../../../asl/types';
import { isJsonata } from '../model/values';

export type Reading = { value: unknown } | { error: string };

/**
 * The text of a field whose value is no text. What is typed stays as typed while it means what the document says, and while it means
 * nothing; a change from elsewhere takes its place.
 */
export function useDraft(value: unknown, write: (value: unknown) => string, read: (text: string) => Reading) {
  const [draft, setDraft] = useState<{ text: string; base: unknown } | null>(null);
  const reading = draft ? read(draft.text) : null;
  const isCurrent = draft && reading && isSame('error' in reading ? draft.base : reading.value, value);
  return {
    text: isCurrent ? draft.text : write(value),
    error: isCurrent && 'error' in reading ? reading.error : null,
    type(text: string, commit: (value: unknown) => void) {
      const reading = read(text);
      setDraft({ text, base: value });
      if (!('error' in reading) && !isSame(reading.value, value)) commit(reading.value);
    },
  };
}

/** In JSONata an expression can be written where JSON is expected, without quotes. */
export function readJson(text: string, language: QueryLanguage): Reading {
  const trimmed = text.trim();
  if (trimmed === '') return { value: undefined };
  if (language === 'JSONata' && isJsonata(trimmed)) return { value: trimmed };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `No JSON yet: ${(error as Error).message}` };
  }
}

export function writeJson(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

export function readNumber(text: string, isWhole: boolean, isRequired = false): Reading {
  const trimmed = text.trim();
  if (trimmed === '') return isRequired ? { error: 'Expected: a number' } : { value: undefined };
  // A value to be filled in when the workflow is deployed.
  if (/^\$\{[^}]+\}$/.test(trimmed)) return { value: trimmed };
  const number = Number(trimmed);
  if (!Number.isFinite(number)) return { error: 'Expected: a number' };
  if (isWhole && !Number.isInteger(number)) return { error: 'Expected: a whole number' };
  return { value: number };
}

export function writeScalar(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
