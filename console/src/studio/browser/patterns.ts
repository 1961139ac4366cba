/**
 * Ready-made pieces of workflows, in both query languages. They name resources that do not exist (`MyTopic`): what to fill in is easy
 * to find, and each of them is valid as it is (`e2e/studio.e2e.ts` asks the engine).
 */
import type { QueryLanguage } from '../../asl/types';
import type { Glyph } from '../../layout/glyphs';
import { backoff, type Fragment, functionArn, type State, task, throttled, topic } from './pattern-parts';
import { batch, pagination, scatter } from './patterns-lists';

export interface Pattern {
  id: string;
  glyph: Glyph;
  name: string;
  description: string;
  fragment(language: QueryLanguage): Fragment;
}

const invoke = (language: QueryLanguage, name: string, more: State) =>
  task(
    language,
    'lambda:invoke',
    { FunctionName: `${functionArn}${name}`, Payload: '{% $states.input %}' },
    { FunctionName: `${functionArn}${name}`, 'Payload.$': '$' },
    { ...(language === 'JSONata' ? { Output: '{% $states.result.Payload %}' } : { OutputPath: '$.Payload' }), ...more },
  );

function poll(language: QueryLanguage): Fragment {
  const isJsonata = language === 'JSONata';
  const status = 'AutomationExecution.AutomationExecutionStatus';
  const failed = ['Failed', 'Cancelled', 'TimedOut'];
  return {
    StartAt: 'Start job',
    States: {
      'Start job': task(
        language,
        'aws-sdk:ssm:startAutomationExecution',
        { DocumentName: 'AWS-RestartEC2Instance' },
        { DocumentName: 'AWS-RestartEC2Instance' },
        {
          Assign: isJsonata
            ? { jobId: '{% $states.result.AutomationExecutionId %}', checks: 0 }
            : { 'jobId.$': '$.AutomationExecutionId', checks: 0 },
          Next: 'Wait for job',
        },
      ),
      'Wait for job': { Type: 'Wait', Seconds: 30, Next: 'Read status' },
      'Read status': task(
        language,
        'aws-sdk:ssm:getAutomationExecution',
        { AutomationExecutionId: '{% $jobId %}' },
        { 'AutomationExecutionId.$': '$jobId' },
        {
          Assign: isJsonata
            ? { status: `{% $states.result.${status} %}`, checks: '{% $checks + 1 %}' }
            : { 'status.$': `$.${status}`, 'checks.$': 'States.MathAdd($checks, 1)' },
          Retry: throttled,
          Next: 'Is job ready?',
        },
      ),
      'Is job ready?': {
        Type: 'Choice',
        Choices: isJsonata
          ? [
              { Condition: "{% $status = 'Success' %}", Next: 'Job is ready' },
              { Condition: `{% $status in ${JSON.stringify(failed)} %}`, Next: 'Job failed' },
              { Condition: '{% $checks >= 60 %}', Next: 'Job takes too long' },
            ]
          : [
              { Variable: '$status', StringEquals: 'Success', Next: 'Job is ready' },
              { Or: failed.map((value) => ({ Variable: '$status', StringEquals: value })), Next: 'Job failed' },
              { Variable: '$checks', NumericGreaterThanEquals: 60, Next: 'Job takes too long' },
            ],
        Default: 'Wait for job',
      },
      'Job is ready': { Type: 'Pass', End: true },
      'Job failed': { Type: 'Fail', Error: 'JobFailed', Cause: 'The job did not succeed.' },
      'Job takes too long': { Type: 'Fail', Error: 'JobTimedOut', Cause: 'The job was not ready after 60 checks.' },
    },
  };
}

function saga(language: QueryLanguage): Fragment {
  const orElse = (undo: string) => [catcher(language, 'States.ALL', undo)];
  const step = (name: string, more: State) => invoke(language, name, more);
  return {
    StartAt: 'Reserve stock',
    States: {
      'Reserve stock': step('-reserve', { Catch: orElse('Nothing was kept'), Next: 'Charge customer' }),
      'Charge customer': step('-charge', { Catch: orElse('Release stock'), Next: 'Book delivery' }),
      'Book delivery': step('-deliver', { Catch: orElse('Refund customer'), End: true }),
      // Undone in reverse order, and tried again and again: a half-done order is worse than a late one.
      'Refund customer': step('-refund', { Retry: throttled, Next: 'Release stock' }),
      'Release stock': step('-release', { Retry: throttled, Next: 'Nothing was kept' }),
      'Nothing was kept': failAgain(language, 'OrderUndone'),
    },
  };
}

/** The error that is caught goes into the variables `error` and `cause`; the input stays. */
function catcher(language: QueryLanguage, error: string, next: string): State {
  return language === 'JSONata'
    ? {
        ErrorEquals: [error],
        Assign: { error: '{% $states.errorOutput.Error %}', cause: '{% $states.errorOutput.Cause %}' },
        Output: '{% $states.input %}',
        Next: next,
      }
    : { ErrorEquals: [error], Assign: { 'error.$': '$.Error', 'cause.$': '$.Cause' }, ResultPath: null, Next: next };
}

const failAgain = (language: QueryLanguage, error: string): State =>
  language === 'JSONata'
    ? { Type: 'Fail', Error: error, Cause: "{% $error & ': ' & $cause %}" }
    : { Type: 'Fail', Error: error, CausePath: "States.Format('{}: {}', $error, $cause)" };

function approval(language: QueryLanguage): Fragment {
  const isJsonata = language === 'JSONata';
  return {
    StartAt: 'Ask for approval',
    States: {
      'Ask for approval': task(
        language,
        'sns:publish.waitForTaskToken',
        {
          TopicArn: topic,
          Subject: 'Approval needed',
          Message: "{% 'Answer with this task token: ' & $states.context.Task.Token %}",
        },
        {
          TopicArn: topic,
          Subject: 'Approval needed',
          'Message.$': "States.Format('Answer with this task token: {}', $$.Task.Token)",
        },
        {
          TimeoutSeconds: 86400,
          Assign: isJsonata ? { isApproved: '{% $states.result.isApproved %}' } : { 'isApproved.$': '$.isApproved' },
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Nobody answered' }],
          Next: 'Is it approved?',
        },
      ),
      'Is it approved?': {
        Type: 'Choice',
        Choices: isJsonata
          ? [{ Condition: '{% $isApproved %}', Next: 'Approved' }]
          : [{ Variable: '$isApproved', BooleanEquals: true, Next: 'Approved' }],
        Default: 'Rejected',
      },
      Approved: { Type: 'Pass', End: true },
      Rejected: { Type: 'Fail', Error: 'Rejected', Cause: 'The request was not approved.' },
      'Nobody answered': { Type: 'Fail', Error: 'NotAnswered', Cause: 'Nobody answered within a day.' },
    },
  };
}

function cleanup(language: QueryLanguage): Fragment {
  const isJsonata = language === 'JSONata';
  return {
    StartAt: 'Work',
    States: {
      // A Parallel with one branch is a try: whatever fails inside of it is caught in one place.
      Work: {
        Type: 'Parallel',
        Assign: { error: '', cause: '' },
        Branches: [{ StartAt: 'Do the work', States: { 'Do the work': invoke(language, '', { End: true }) } }],
        Catch: [catcher(language, 'States.ALL', 'Clean up')],
        Next: 'Clean up',
      },
      'Clean up': invoke(language, '-cleanup', { Retry: throttled, Next: 'Did it fail?' }),
      'Did it fail?': {
        Type: 'Choice',
        Choices: isJsonata
          ? [{ Condition: "{% $error != '' %}", Next: 'Fail after clean-up' }]
          : [{ Not: { Variable: '$error', StringEquals: '' }, Next: 'Fail after clean-up' }],
        Default: 'Cleaned up',
      },
      'Cleaned up': { Type: 'Pass', End: true },
      'Fail after clean-up': failAgain(language, 'WorkFailed'),
    },
  };
}

function retryAndAlarm(language: QueryLanguage): Fragment {
  return {
    StartAt: 'Try',
    States: {
      Try: invoke(language, '', {
        TimeoutSeconds: 60,
        Retry: [
          { ErrorEquals: ['States.Timeout', 'States.TaskFailed'], ...backoff, MaxAttempts: 5, MaxDelaySeconds: 120 },
        ],
        Catch: [catcher(language, 'States.ALL', 'Raise alarm')],
        End: true,
      }),
      'Raise alarm': task(
        language,
        'sns:publish',
        { TopicArn: topic, Subject: 'Workflow failed', Message: "{% $error & ': ' & $cause %}" },
        {
          TopicArn: topic,
          Subject: 'Workflow failed',
          'Message.$': "States.Format('{}: {}', $error, $cause)",
        },
        { Retry: throttled, Next: 'Failed for good' },
      ),
      'Failed for good': failAgain(language, 'GaveUp'),
    },
  };
}

export const patterns: Pattern[] = [
  {
    id: 'poll',
    glyph: 'wait',
    name: 'Poll until ready',
    description: 'Starts a job and asks for its status until it is done',
    fragment: poll,
  },
  {
    id: 'scatter',
    glyph: 'map',
    name: 'Scatter and gather',
    description: 'Works on all items at once and tolerates that some fail',
    fragment: scatter,
  },
  {
    id: 'saga',
    glyph: 'undo',
    name: 'Saga with compensation',
    description: 'Undoes the steps before when a later one fails',
    fragment: saga,
  },
  {
    id: 'approval',
    glyph: 'activity',
    name: 'Wait for approval',
    description: 'Asks a person and waits a day for the answer',
    fragment: approval,
  },
  {
    id: 'cleanup',
    glyph: 'broom',
    name: 'Clean up always',
    description: 'Cleans up after success and after failure alike',
    fragment: cleanup,
  },
  {
    id: 'retry',
    glyph: 'again',
    name: 'Retry, then raise alarm',
    description: 'Tries with growing waits; tells somebody when it gives up',
    fragment: retryAndAlarm,
  },
  {
    id: 'pagination',
    glyph: 'pages',
    name: 'Read all pages',
    description: 'Calls an action until there is no next token',
    fragment: pagination,
  },
  {
    id: 'batch',
    glyph: 'containers',
    name: 'Work in batches',
    description: 'Cuts a list into batches and works on some at a time',
    fragment: batch,
  },
];
