/** Patterns over lists. */
import type { QueryLanguage } from '../../asl/types';
import { type Fragment, functionArn, task, throttled } from './pattern-parts';

export function scatter(language: QueryLanguage): Fragment {
  const isJsonata = language === 'JSONata';
  const failed = isJsonata
    ? { Output: { isDone: false, error: '{% $states.input.Error %}' } }
    : { Parameters: { isDone: false, 'error.$': '$.Error' } };
  const done = isJsonata ? { Output: { isDone: true } } : { ResultSelector: { isDone: true } };
  return {
    StartAt: 'Each item',
    States: {
      'Each item': {
        Type: 'Map',
        ...(isJsonata ? { Items: '{% $states.input.items %}' } : { ItemsPath: '$.items' }),
        MaxConcurrency: 10,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Work on item',
          States: {
            'Work on item': task(
              language,
              'lambda:invoke',
              { FunctionName: functionArn, Payload: '{% $states.input %}' },
              { FunctionName: functionArn, 'Payload.$': '$' },
              {
                ...done,
                Retry: throttled,
                Catch: [
                  {
                    ErrorEquals: ['States.ALL'],
                    ...(isJsonata ? { Output: '{% $states.errorOutput %}' } : {}),
                    Next: 'Item failed',
                  },
                ],
                End: true,
              },
            ),
            'Item failed': { Type: 'Pass', ...failed, End: true },
          },
        },
        Assign: isJsonata
          ? { failures: '{% $count($states.result[isDone = false]) %}', total: '{% $count($states.result) %}' }
          : { 'failures.$': 'States.ArrayLength($[?(@.isDone==false)])', 'total.$': 'States.ArrayLength($)' },
        Next: 'Enough succeeded?',
      },
      'Enough succeeded?': {
        Type: 'Choice',
        Choices: isJsonata
          ? [{ Condition: '{% $failures > 0.1 * $total %}', Next: 'Too many failed' }]
          : [{ Variable: '$failures', NumericGreaterThan: 5, Next: 'Too many failed' }],
        Default: 'Gather',
      },
      Gather: {
        Type: 'Pass',
        ...(isJsonata
          ? { Output: { total: '{% $total %}', failures: '{% $failures %}' } }
          : { Parameters: { 'total.$': '$total', 'failures.$': '$failures' } }),
        End: true,
      },
      'Too many failed': { Type: 'Fail', Error: 'TooManyFailed', Cause: 'More items failed than are tolerated.' },
    },
  };
}

export function pagination(language: QueryLanguage): Fragment {
  const isJsonata = language === 'JSONata';
  return {
    StartAt: 'Before the first page',
    States: {
      'Before the first page': {
        Type: 'Pass',
        Assign: { names: [], pages: 0, ...(isJsonata ? { nextToken: '' } : {}) },
        Next: isJsonata ? 'Read page' : 'Read first page',
      },
      ...(isJsonata
        ? {
            'Read page': task(
              language,
              'aws-sdk:ssm:describeParameters',
              {},
              {},
              {
                Arguments: "{% $merge([{'MaxResults': 50}, $nextToken != '' ? {'NextToken': $nextToken} : {}]) %}",
                Assign: {
                  names: '{% $append($names, $states.result.Parameters.Name) %}',
                  nextToken: "{% $exists($states.result.NextToken) ? $states.result.NextToken : '' %}",
                  pages: '{% $pages + 1 %}',
                },
                Retry: throttled,
                Next: 'Is there a next page?',
              },
            ),
          }
        : {
            'Read first page': page({ MaxResults: 50 }),
            'Read page': page({ MaxResults: 50, 'NextToken.$': '$.tokens[0]' }),
            'Enough pages?': {
              Type: 'Choice',
              Choices: [{ Variable: '$pages', NumericGreaterThanEquals: 100, Next: 'Too many pages' }],
              Default: 'Read page',
            },
          }),
      'Is there a next page?': {
        Type: 'Choice',
        Choices: isJsonata
          ? [
              { Condition: "{% $nextToken = '' %}", Next: 'All pages read' },
              { Condition: '{% $pages >= 100 %}', Next: 'Too many pages' },
            ]
          : [{ Variable: '$.tokens[0]', IsPresent: true, Next: 'Enough pages?' }],
        Default: isJsonata ? 'Read page' : 'All pages read',
      },
      'All pages read': {
        Type: 'Pass',
        ...(isJsonata ? { Output: { names: '{% $names %}' } } : { Parameters: { 'names.$': '$names' } }),
        End: true,
      },
      'Too many pages': { Type: 'Fail', Error: 'TooManyPages', Cause: 'There was still a next page after 100 pages.' },
    },
  };
}

const page = (parameters: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:ssm:describeParameters',
  Parameters: parameters,
  // What was read so far and this page side by side, then flattened. Without a next token the list of tokens is empty.
  ResultSelector: { 'both.$': 'States.Array($names, $.Parameters[*].Name)', 'tokens.$': '$..NextToken' },
  Assign: { 'names.$': '$.both[*][*]', 'pages.$': 'States.MathAdd($pages, 1)' },
  Retry: throttled,
  Next: 'Is there a next page?',
});

export function batch(language: QueryLanguage): Fragment {
  const isJsonata = language === 'JSONata';
  return {
    StartAt: isJsonata ? 'Each batch' : 'Make batches',
    States: {
      ...(isJsonata
        ? {}
        : {
            'Make batches': {
              Type: 'Pass',
              Parameters: { 'batches.$': 'States.ArrayPartition($.items, 25)' },
              Next: 'Each batch',
            },
          }),
      'Each batch': {
        Type: 'Map',
        ...(isJsonata ? { Items: '{% $partition($states.input.items, 25) %}' } : { ItemsPath: '$.batches' }),
        MaxConcurrency: 5,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Work on batch',
          States: {
            'Work on batch': task(
              language,
              'lambda:invoke',
              { FunctionName: functionArn, Payload: { items: '{% $states.input %}' } },
              { FunctionName: functionArn, Payload: { 'items.$': '$' } },
              {
                ...(isJsonata ? { Output: '{% $states.result.Payload %}' } : { OutputPath: '$.Payload' }),
                Retry: throttled,
                End: true,
              },
            ),
          },
        },
        End: true,
      },
    },
  };
}
