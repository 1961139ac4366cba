import { parse } from '../../asl/parse';
import { isObject } from '../../asl/tree';
import type { Language } from '../../asl/types';
import type { StudioStore } from '../store';

/** JSON begins with a brace; whatever else it is, it is YAML. */
export function languageOf(name: string, text: string): Language {
  if (/\.ya?ml$/i.test(name)) return 'yaml';
  if (/\.json$/i.test(name)) return 'json';
  return /^\s*\{/.test(text) ? 'json' : 'yaml';
}

/** Why a text is no definition; null: it is one. */
export function unreadable(text: string, language: Language): string | null {
  const { workflow, problems } = parse(text, language);
  if (workflow && isObject(workflow.value.States)) return null;
  return problems[0]?.message ?? 'It has no States: is it a definition in the Amazon States Language?';
}

/** Puts another definition in the place of this one; in the same language it can be undone. */
export function replaceText(store: StudioStore, text: string, language: Language) {
  const now = store.getState();
  if (language === now.language)
    now.change({ edits: [{ from: 0, to: now.text.length, insert: text }], select: [] }, 'load');
  else now.load(text, language, { savedText: now.savedText, savedConfig: now.savedConfig });
}
