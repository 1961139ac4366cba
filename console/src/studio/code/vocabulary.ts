/** The values that fields of a definition take. */
import { stateTypes } from '../../asl/fields';

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
