import { indented, rowsOf } from './rows';

/** Indented by two, numbers as they were written; what is no JSON stays as it is. */
export function pretty(text: string): string {
  const rows = rowsOf(text);
  return rows ? indented(rows) : text;
}

/** What keeps a text from being JSON, as a form field says it; null: nothing does. */
export function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
}
