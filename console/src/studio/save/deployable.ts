import { convert } from '../../asl/convert';
import { substitutionsOf } from '../../asl/substitutions';
import type { StudioState } from '../store';

type Source = Pick<StudioState, 'text' | 'language' | 'parsed' | 'config'>;

/**
 * The definition as the server gets it: JSON, with the values of substitutions in their places. One without a value stays as it is.
 * What cannot be read goes as it stands, so that the server says what is wrong with it.
 */
export function deployable({ text, language, parsed, config }: Source): string {
  const json = language === 'json' || !parsed.workflow ? text : convert(text, language, 'json');
  return substitute(json, config.substitutions);
}

/** A string with escapes, or what stands between two strings. */
const pieces = /"(?:[^"\\\n\r]|\\.)*"|[^"]+|"/g;

export function substitute(json: string, values: Record<string, string>): string {
  if (!json.includes('${')) return json;
  return json.replace(pieces, (piece) => {
    const isString = piece.startsWith('"');
    let result = '';
    let at = 0;
    for (const { name, from, to } of substitutionsOf(piece)) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined || value === '') continue;
      result += piece.slice(at, from) + (isString ? JSON.stringify(value).slice(1, -1) : value);
      at = to;
    }
    return result + piece.slice(at);
  });
}

/** Names of `${Name}` in the order of the text, each once. */
export const namesIn = (text: string) => [...new Set(substitutionsOf(text).map(({ name }) => name))];

/** Those without a value: the server takes no definition with them. */
export const unfilled = ({ text, config }: Pick<StudioState, 'text' | 'config'>) =>
  namesIn(text).filter((name) => !config.substitutions[name]);
