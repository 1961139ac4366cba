import { expect, test } from 'vitest';
import { fieldsAt, fieldsOf, stateTypes } from '../../asl/fields';
import { helpOf } from './help';

const NESTED = [
  'Retry/0',
  'Catch/0',
  'ItemReader',
  'ItemReader/ReaderConfig',
  'ItemBatcher',
  'ResultWriter',
  'Credentials',
];

test.each(['JSONPath', 'JSONata'] as const)('every field of %s is explained', (language) => {
  const nested = [...NESTED, 'ResultWriter/WriterConfig'].flatMap(
    (at) => fieldsAt(at.split('/'), true, null, language, false) ?? [],
  );
  const fields = [...stateTypes.flatMap((type) => fieldsOf(type, language)), ...nested];
  expect(nested).toContain('ErrorEquals');
  expect([...new Set(fields)].filter((field) => !helpOf(field))).toEqual([]);
});
