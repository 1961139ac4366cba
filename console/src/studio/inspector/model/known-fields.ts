/** Which fields a state can have: https://states-language.net/spec.html#state-type-table */
import type { QueryLanguage, State, StateType } from '../../../asl/types';
import { isObject } from './values';

type Fields = readonly string[];

const COMMON: Fields = ['Type', 'Comment', 'QueryLanguage'];
const NEXT: Fields = ['Next', 'End', 'Assign'];
const ERRORS: Fields = ['Retry', 'Catch'];
const PATHS: Fields = ['InputPath', 'OutputPath'];
const RESULT: Fields = ['Parameters', 'ResultPath'];

interface Known {
  both: Fields;
  JSONPath: Fields;
  JSONata: Fields;
}

const KNOWN: Record<StateType, Known> = {
  Task: {
    both: [...NEXT, ...ERRORS, 'Resource', 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials'],
    JSONPath: [...PATHS, ...RESULT, 'ResultSelector', 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
    JSONata: ['Arguments', 'Output'],
  },
  Pass: { both: NEXT, JSONPath: [...PATHS, ...RESULT, 'Result'], JSONata: ['Output'] },
  Wait: {
    both: [...NEXT, 'Seconds', 'Timestamp'],
    JSONPath: [...PATHS, 'SecondsPath', 'TimestampPath'],
    JSONata: ['Output'],
  },
  Choice: { both: ['Choices', 'Default', 'Assign'], JSONPath: PATHS, JSONata: ['Output'] },
  Succeed: { both: [], JSONPath: PATHS, JSONata: ['Output'] },
  Fail: { both: ['Error', 'Cause'], JSONPath: ['ErrorPath', 'CausePath'], JSONata: [] },
  Parallel: {
    both: [...NEXT, ...ERRORS, 'Branches'],
    JSONPath: [...PATHS, ...RESULT, 'ResultSelector'],
    JSONata: ['Arguments', 'Output'],
  },
  Map: {
    both: [
      ...[...NEXT, ...ERRORS, 'ItemProcessor', 'Iterator', 'ItemSelector', 'MaxConcurrency'],
      ...['ToleratedFailurePercentage', 'ToleratedFailureCount'],
    ],
    JSONPath: [
      ...[...PATHS, ...RESULT, 'ResultSelector', 'ItemsPath', 'MaxConcurrencyPath'],
      ...['ToleratedFailurePercentagePath', 'ToleratedFailureCountPath'],
    ],
    JSONata: ['Items', 'Output'],
  },
};
const DISTRIBUTED: Fields = ['Label', 'ItemReader', 'ItemBatcher', 'ResultWriter'];

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
  JSONPath: { Arguments: 'Parameters', Output: 'ResultPath or OutputPath', Items: 'ItemsPath' },
};

export interface Stray {
  name: string;
  why: string;
}

/** Fields that a state has and that no form of it shows. */
export function strayFields({ type, value, queryLanguage }: State): Stray[] {
  if (!type) return [];
  const known = KNOWN[type];
  const here = new Set([...COMMON, ...known.both, ...known[queryLanguage]]);
  const other = queryLanguage === 'JSONata' ? 'JSONPath' : 'JSONata';
  const processor = value.ItemProcessor ?? value.Iterator;
  const config = isObject(processor) && isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
  const isDistributed = type === 'Map' && config.Mode === 'DISTRIBUTED';
  return Object.keys(value).flatMap((name) => {
    if (here.has(name) || (isDistributed && DISTRIBUTED.includes(name))) return [];
    if (known[other].includes(name)) {
      const twin = TWINS[queryLanguage][name] ?? name.replace(/Path$/, '');
      return [{ name, why: `${other} only; in ${queryLanguage} it is ${twin}` }];
    }
    if (type === 'Map' && DISTRIBUTED.includes(name)) return [{ name, why: 'Does nothing in an inline Map' }];
    return [{ name, why: `No field of a ${type} state` }];
  });
}
