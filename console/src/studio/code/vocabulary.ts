/** The fields of everything in a definition, and the values that they take. */
import { fieldsOf, stateTypes } from '../../asl/fields';
import type { QueryLanguage, StateType } from '../../asl/types';

const comparisons = ['Equals', 'LessThan', 'GreaterThan', 'LessThanEquals', 'GreaterThanEquals'];
const ordered = ['String', 'Numeric', 'Timestamp'].flatMap((type) => comparisons.map((operator) => type + operator));

/** Of Choice rules in JSONPath. */
export const operators = [
  ...ordered,
  ...ordered.map((name) => `${name}Path`),
  'BooleanEquals',
  'BooleanEqualsPath',
  'StringMatches',
  'IsNull',
  'IsPresent',
  'IsNumeric',
  'IsString',
  'IsBoolean',
  'IsTimestamp',
];

const arguments_ = { JSONPath: 'Parameters', JSONata: 'Arguments' } as const;

/** `rest`: the way to an object from its state or workflow; null: its fields are whatever people like. */
export function fieldsAt(
  rest: readonly string[],
  isState: boolean,
  type: StateType | null,
  language: QueryLanguage,
  isOutermost: boolean,
): string[] | null {
  const isJsonata = language === 'JSONata';
  const [first, , third] = rest;
  if (!isState) {
    if (rest.length === 0)
      return isOutermost
        ? ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version']
        : ['Comment', 'ProcessorConfig', 'StartAt', 'States'];
    return first === 'ProcessorConfig' && rest.length === 1 ? ['Mode', 'ExecutionType'] : null;
  }
  if (rest.length === 0) return type ? fieldsOf(type, language) : ['Type', 'Comment', 'QueryLanguage', 'Next', 'End'];
  if (first === 'Choices' && rest.length === 2)
    return isJsonata
      ? ['Condition', 'Next', 'Assign', 'Output', 'Comment']
      : ['Variable', ...operators, 'And', 'Or', 'Not', 'Next', 'Assign', 'Comment'];
  // Inside of And, Or and Not, however deep.
  if (first === 'Choices' && /^(And|Or|Not)$/.test(third ?? '') && /^(\d+|Not)$/.test(rest.at(-1) ?? ''))
    return ['Variable', ...operators, 'And', 'Or', 'Not', 'Comment'];
  if (first === 'Retry' && rest.length === 2)
    return [
      'ErrorEquals',
      'IntervalSeconds',
      'MaxAttempts',
      'BackoffRate',
      'MaxDelaySeconds',
      'JitterStrategy',
      'Comment',
    ];
  if (first === 'Catch' && rest.length === 2)
    return ['ErrorEquals', 'Next', 'Assign', isJsonata ? 'Output' : 'ResultPath', 'Comment'];
  return nested(language)[rest.join('/')] ?? null;
}

const both = (name: string, language: QueryLanguage) => (language === 'JSONPath' ? [name, `${name}Path`] : [name]);

function nested(language: QueryLanguage): Record<string, string[]> {
  return {
    Credentials: language === 'JSONPath' ? ['RoleArn', 'RoleArn.$'] : ['RoleArn'],
    ItemReader: ['Resource', 'ReaderConfig', arguments_[language]],
    'ItemReader/ReaderConfig': [
      'InputType',
      'Transformation',
      'CSVHeaderLocation',
      'CSVHeaders',
      'CSVDelimiter',
      'ManifestType',
      'ItemsPointer',
      ...both('MaxItems', language),
    ],
    ItemBatcher: [...both('MaxItemsPerBatch', language), ...both('MaxInputBytesPerBatch', language), 'BatchInput'],
    ResultWriter: ['Resource', 'WriterConfig', arguments_[language]],
    'ResultWriter/WriterConfig': ['Transformation', 'OutputType'],
  };
}

const values: Record<string, readonly string[]> = {
  Type: stateTypes,
  QueryLanguage: ['JSONata', 'JSONPath'],
  Mode: ['INLINE', 'DISTRIBUTED'],
  ExecutionType: ['STANDARD', 'EXPRESS'],
  JitterStrategy: ['FULL', 'NONE'],
  InputType: ['CSV', 'JSON', 'JSONL', 'MANIFEST', 'PARQUET'],
  CSVHeaderLocation: ['FIRST_ROW', 'GIVEN'],
  CSVDelimiter: ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB'],
  ManifestType: ['ATHENA_DATA', 'S3_INVENTORY'],
  'ReaderConfig/Transformation': ['NONE', 'LOAD_AND_FLATTEN'],
  'WriterConfig/Transformation': ['NONE', 'COMPACT', 'FLATTEN'],
  OutputType: ['JSON', 'JSONL'],
};

/** The texts that a field takes; null: others than these too. */
export function textsOf(rest: readonly string[]): readonly string[] | null {
  const field = rest.at(-1) ?? '';
  return values[rest.slice(-2).join('/')] ?? values[field] ?? null;
}

const objects =
  /^(States|ItemProcessor|ProcessorConfig|ItemReader|ReaderConfig|ItemBatcher|BatchInput|ItemSelector|ResultWriter|WriterConfig|Arguments|Parameters|ResultSelector|Assign|Credentials|Not|Iterator)$/;
const lists = /^(Choices|Branches|Retry|Catch|ErrorEquals|And|Or|CSVHeaders)$/;
const truths = /^(End|Is[A-Z]\w*)$/;
const numbers =
  /^(Seconds|TimeoutSeconds|HeartbeatSeconds|MaxConcurrency|IntervalSeconds|MaxAttempts|BackoffRate|MaxDelaySeconds|ToleratedFailure\w+|MaxItems\w*|MaxInputBytesPerBatch|Numeric(?!.*Path$)\w+)$/;

/** What kind of value a field has. */
export function kindOf(field: string): 'object' | 'list' | 'truth' | 'number' | 'text' {
  if (field.endsWith('Path')) return 'text';
  if (objects.test(field)) return 'object';
  if (lists.test(field)) return 'list';
  if (truths.test(field)) return 'truth';
  return numbers.test(field) ? 'number' : 'text';
}
