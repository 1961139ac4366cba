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
