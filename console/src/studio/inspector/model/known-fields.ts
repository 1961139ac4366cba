/** Fields that something in a definition has and that no form of it shows. */
import { fieldsAt, fieldsOf } from '../../../asl/fields';
import { isObject } from '../../../asl/tree';
import type { QueryLanguage, State } from '../../../asl/types';

const DISTRIBUTED = ['Label', 'ItemReader', 'ItemBatcher', 'ResultWriter'];

/** What takes a field's place in the other language. */
const TWINS: Record<QueryLanguage, Record<string, string>> = {
  JSONata: {
    Parameters: 'Arguments',
    InputPath: 'Arguments',
    OutputPath: 'Output',
    ResultPath: 'Output',
    ResultSelector: 'Output',
    Result: 'Output',
    ItemsPath: 'Items',
  },
  JSONPath: { Arguments: 'Parameters', Output: 'ResultPath or OutputPath', Items: 'ItemsPath', Condition: 'Variable' },
};

export interface Stray {
  name: string;
  why: string;
}

function strays(object: unknown, fieldsIn: (language: QueryLanguage) => readonly string[], language: QueryLanguage) {
  if (!isObject(object)) return [];
  const here = fieldsIn(language);
  const other = language === 'JSONata' ? 'JSONPath' : 'JSONata';
  const there = fieldsIn(other);
  return Object.keys(object).flatMap((name): Stray[] => {
    if (here.includes(name)) return [];
    if (!there.includes(name)) return [{ name, why: 'The language has no such field here; it is kept' }];
    const twin = TWINS[language][name] ?? name.replace(/Path$/, '');
    return [{ name, why: `${other} only; in ${language} it is ${twin}` }];
  });
}

/** Of the workflow or one inside of a state (`['ProcessorConfig']`: of something in it). */
export function strayOfWorkflow(object: unknown, language: QueryLanguage, isOutermost: boolean, rest: string[] = []) {
  return strays(object, (language) => fieldsAt(rest, false, null, language, isOutermost) ?? [], language);
}

/** Of something in a state: `['Retry', '0']`. */
export function strayInState(object: unknown, language: QueryLanguage, rest: string[]): Stray[] {
  return strays(object, (language) => fieldsAt(rest, true, null, language, false) ?? [], language);
}

export function strayFields({ type, value, queryLanguage }: State): Stray[] {
  if (!type) return [];
  const processor = value.ItemProcessor ?? value.Iterator;
  const config = isObject(processor) && isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
  const idle =
    type === 'Map' && config.Mode !== 'DISTRIBUTED'
      ? Object.keys(value).filter((name) => DISTRIBUTED.includes(name))
      : [];
  return [
    ...idle.map((name) => ({ name, why: 'Does nothing in an inline Map' })),
    ...strays(value, (language) => fieldsOf(type, language), queryLanguage),
  ];
}
