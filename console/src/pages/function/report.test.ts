import { expect, test } from 'vitest';
import { failureOf, kindOfLine, reportOf } from './report';

test('the REPORT line is read into its figures', () => {
  const log =
    'START RequestId: 1 Version: $LATEST\nhello\nREPORT RequestId: 1\tDuration: 6.21 ms\tMax Memory Used: 21 MB\t\n';
  expect(reportOf(log)).toEqual([
    ['Duration', '6.21 ms'],
    ['Max Memory Used', '21 MB'],
  ]);
  expect(reportOf('nothing')).toEqual([]);
});

test('a failure of Python and of Node is read alike', () => {
  const python = { errorMessage: 'no', errorType: 'ValueError', stackTrace: ['  File "i.py", line 3'] };
  expect(failureOf(JSON.stringify(python))).toEqual({ type: 'ValueError', message: 'no', stack: python.stackTrace });
  expect(failureOf('{"errorType":"Error","errorMessage":"x","trace":["Error: x","at i.js"]}').stack).toHaveLength(2);
  expect(failureOf('killed')).toEqual({ message: 'killed', stack: [] });
});

test('lines are told apart', () => {
  expect(['END RequestId: 1', '[ERROR] ValueError: no', '2026 WARN slow', 'an error-free day'].map(kindOfLine)).toEqual(
    ['own', 'error', 'warning', 'plain'],
  );
});
