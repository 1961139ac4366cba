/** Which fields the objects of a definition have, in the order that they are usually written in. */
import type { QueryLanguage, StateType } from './types';

const inOut = ['InputPath', 'OutputPath', 'Output'];
const next = ['Assign', 'Next', 'End'];
const common = ['Type', 'Comment', 'QueryLanguage'];
const result = ['Parameters', 'ResultPath'];
const errors = ['ResultSelector', 'Retry', 'Catch'];

const byType: Record<StateType, string[]> = {
  Pass: [...common, ...inOut, ...result, 'Result', ...next],
  Task: [
    ...common,
    'Resource',
    'Credentials',
    'Arguments',
    'TimeoutSeconds',
    'TimeoutSecondsPath',
    'HeartbeatSeconds',
    'HeartbeatSecondsPath',
    ...inOut,
    ...result,
    ...errors,
    ...next,
  ],
  Choice: [...common, ...inOut, 'Choices', 'Default', 'Assign'],
  Wait: [...common, ...inOut, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', ...next],
  Succeed: [...common, ...inOut],
  Fail: [...common, 'Error', 'ErrorPath', 'Cause', 'CausePath'],
  Parallel: [...common, 'Arguments', 'Branches', ...inOut, ...result, ...errors, ...next],
  Map: [
    ...common,
    'Items',
    'ItemsPath',
    'ItemReader',
    'ItemSelector',
    'ItemBatcher',
    'MaxConcurrency',
    'MaxConcurrencyPath',
    'ItemProcessor',
    'Iterator',
    'ResultWriter',
    'ToleratedFailurePercentage',
    'ToleratedFailurePercentagePath',
    'ToleratedFailureCount',
    'ToleratedFailureCountPath',
    'Label',
    ...inOut,
    ...result,
    ...errors,
    ...next,
  ],
};

export const stateTypes = Object.keys(byType) as StateType[];

const onlyJsonPath: ReadonlySet<string> = new Set([
  'InputPath',
  'OutputPath',
  'Parameters',
  'ResultPath',
  'ResultSelector',
  'Result',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'SecondsPath',
  'TimestampPath',
  'ErrorPath',
  'CausePath',
  'ItemsPath',
  'MaxConcurrencyPath',
  'ToleratedFailurePercentagePath',
  'ToleratedFailureCountPath',
]);
const onlyJsonata: ReadonlySet<string> = new Set(['Arguments', 'Output', 'Items']);

/** Of a state; without a language those of both. */
export function fieldsOf(type: StateType, language?: QueryLanguage): string[] {
  const isOther = language === 'JSONata' ? onlyJsonPath : onlyJsonata;
  return byType[type].filter((field) => !language || !isOther.has(field));
}

/** Some type of state has it. */
export function isStateField(field: string): boolean {
  return Object.values(byType).some((fields) => fields.includes(field));
}

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

/** Of any object. `rest`: the way to it from its state or workflow; null: its fields are whatever people like. */
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
      'ExpectedBucketOwner',
      ...both('MaxItems', language),
    ],
    ItemBatcher: [...both('MaxItemsPerBatch', language), ...both('MaxInputBytesPerBatch', language), 'BatchInput'],
    ResultWriter: ['Resource', 'WriterConfig', arguments_[language]],
    'ResultWriter/WriterConfig': ['Transformation', 'OutputType'],
  };
}

/** Where a new field goes among those that are there: of workflows, states, rules, retriers and catchers alike. */
export const fieldOrder = [
  'Type',
  'Comment',
  'QueryLanguage',
  'Version',
  'TimeoutSeconds',
  'ProcessorConfig',
  'StartAt',
  'States',
  'Mode',
  'ExecutionType',
  'Resource',
  'Credentials',
  'InputPath',
  'Items',
  'ItemsPath',
  'ItemReader',
  'ItemSelector',
  'ItemBatcher',
  'MaxConcurrency',
  'MaxConcurrencyPath',
  'Parameters',
  'Arguments',
  'Seconds',
  'SecondsPath',
  'Timestamp',
  'TimestampPath',
  'Result',
  'Branches',
  'ItemProcessor',
  'Iterator',
  'ResultWriter',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'Label',
  'TimeoutSecondsPath',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'And',
  'Or',
  'Not',
  'Variable',
  'Condition',
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Error',
  'ErrorPath',
  'Cause',
  'CausePath',
  'ResultSelector',
  'ResultPath',
  'OutputPath',
  'Output',
  'Assign',
  'Choices',
  'Default',
  'Retry',
  'Catch',
  'Next',
  'End',
];
