/** One sentence a field, and where AWS and the language's specification say the rest. */
const GUIDE = 'https://docs.aws.amazon.com/step-functions/latest/dg/';
const SPEC = 'https://states-language.net/spec.html';

export interface Help {
  text: string;
  href: string;
}

const guide = (text: string, page: string): Help => ({ text, href: GUIDE + page });
const spec = (text: string, anchor = ''): Help => ({ text, href: SPEC + anchor });

export const HELP: Record<string, Help> = {
  Name: spec('Unique in the whole state machine; whatever leads here follows when it changes.', '#states-fields'),
  Comment: spec('A note for people. It does nothing.', '#common-fields'),
  RuleComment: spec('Names the way in the graph, instead of the condition.', '#choice-state'),
  StartAt: spec('The state that runs first.', '#toplevelfields'),
  Version: spec('The version of the language, 1.0 when left out.', '#toplevelfields'),
  QueryLanguage: guide(
    'How this reads and shapes data. A state can use JSONata inside of a JSONPath workflow.',
    'transforming-data.html',
  ),
  Next: spec('The state that follows. Without one, the workflow ends here.', '#transition'),
  Resource: guide('What the task calls: an API, a function, an activity.', 'integrate-services.html'),
  Pattern: guide(
    'Whether the task is over when the API has answered, when the job is done, or when somebody returns the token.',
    'connect-to-resource.html',
  ),
  Arguments: guide('What is sent to the action. Each value is written out or an expression.', 'transforming-data.html'),
  Parameters: guide(
    'What is sent to the action, or what the state works on, made from its input.',
    'input-output-inputpath-params.html',
  ),
  RoleArn: guide('The role to call with, such as one of another account.', 'concepts-access-cross-acct-resources.html'),
  TimeoutSeconds: spec('The task fails with States.Timeout when it takes longer.', '#timeouts'),
  'Workflow.TimeoutSeconds': spec('An execution that takes longer ends as timed out.', '#toplevelfields'),
  HeartbeatSeconds: spec(
    'The task fails with States.HeartbeatTimeout when nobody says for this long that it is alive.',
    '#timeouts',
  ),
  Seconds: spec('How long to wait, in seconds.', '#wait-state'),
  Timestamp: spec('Until when to wait: an ISO 8601 time with its zone.', '#wait-state'),
  Error: spec('The name by which others can catch or find the failure.', '#fail-state'),
  Cause: spec('What people should know about the failure.', '#fail-state'),
  Result: spec('What the state gives as its result, as it is written.', '#pass-state'),
  Mode: guide(
    'Inline: items run inside this execution. Distributed: each is an execution of its own, up to 10,000 at a time.',
    'state-map.html',
  ),
  ExecutionType: guide('Of the executions that a distributed Map starts.', 'state-map-distributed.html'),
  MaxConcurrency: spec('How many items run at a time; 0 sets no limit.', '#map-state-concurrency'),
  Items: spec('The list to work on, or an expression that gives it. The whole input when left out.', '#map-state'),
  ItemsPath: spec('Where the list stands in the input.', '#map-state'),
  ItemSelector: guide('What each item run gets instead of the item.', 'input-output-itemselector.html'),
  ItemReader: guide('Reads the items from a file or listing in S3.', 'input-output-itemreader.html'),
  ItemBatcher: guide('Puts several items into one run.', 'input-output-itembatcher.html'),
  ResultWriter: guide('Writes results to S3 instead of the output.', 'input-output-resultwriter.html'),
  Label: guide('A part of the names of the Map Run. At most 40 characters.', 'state-map-distributed.html'),
  ToleratedFailurePercentage: guide(
    'The Map fails when more of its items fail, in percent.',
    'state-map-distributed.html',
  ),
  ToleratedFailureCount: guide('The Map fails when more of its items fail.', 'state-map-distributed.html'),
  MaxItems: guide('Reads only so many.', 'input-output-itemreader.html'),
  MaxItemsPerBatch: guide('How many items one run gets at most.', 'input-output-itembatcher.html'),
  MaxInputBytesPerBatch: guide(
    'How large the input of one run gets at most; 262,144 is AWS’s limit.',
    'input-output-itembatcher.html',
  ),
  BatchInput: guide('Given to every batch beside its items.', 'input-output-itembatcher.html'),
  InputPath: guide(
    'The part of the input that the state sees. Empty: all of it.',
    'input-output-inputpath-params.html',
  ),
  OutputPath: guide('The part of the result that goes on. Empty: all of it.', 'input-output-outputpath.html'),
  ResultPath: guide(
    'Where the result is put into the input. Empty: it takes its place.',
    'input-output-resultpath.html',
  ),
  ResultSelector: guide('Makes a new result from the raw one.', 'input-output-inputpath-params.html'),
  Output: guide('What goes on to the next state. The result when left out.', 'transforming-data.html'),
  Assign: guide('Variables that later states read as $name.', 'workflow-variables.html'),
  Condition: guide('An expression that gives true or false.', 'state-choice.html'),
  Default: spec(
    'Where to go when no rule matches. Without it the state fails with States.NoChoiceMatched.',
    '#choice-state',
  ),
  ErrorEquals: guide(
    'Names of errors; States.ALL stands for every one, alone and last.',
    'concepts-error-handling.html',
  ),
  IntervalSeconds: spec('Before the first retry; 1 when left out.', '#retrying-after-error'),
  MaxAttempts: spec('How often to try again; 3 when left out, 0 never.', '#retrying-after-error'),
  BackoffRate: spec('Each wait is so many times the one before; 2 when left out.', '#retrying-after-error'),
  MaxDelaySeconds: spec('No wait is longer.', '#retrying-after-error'),
  JitterStrategy: spec(
    'FULL: a random part of each wait, so that many do not try again at once.',
    '#retrying-after-error',
  ),
  Branches: spec('They run at the same time; the result is the list of theirs.', '#parallel-state'),
  Type: spec('What kind of state it is.', '#statetypes'),
  States: spec('The states of this workflow, by their names.', '#states-fields'),
  End: spec('The workflow ends here.', '#transition'),
  Choices: spec('The first rule that matches says where to go.', '#choice-state'),
  Retry: spec('Tries again after errors.', '#retrying-after-error'),
  Catch: spec('Goes elsewhere after errors.', '#fallback-states'),
  Credentials: guide(
    'The role to call with, such as one of another account.',
    'concepts-access-cross-acct-resources.html',
  ),
  ItemProcessor: spec('The workflow that runs for each item.', '#map-state'),
  Iterator: guide('The old name of ItemProcessor.', 'state-map.html'),
  ProcessorConfig: guide('Where the items run: in this execution or in ones of their own.', 'state-map.html'),
  ReaderConfig: guide('How the items are read.', 'input-output-itemreader.html'),
  InputType: guide('The format of what is read.', 'input-output-itemreader.html'),
  CSVHeaderLocation: guide('Where the names of the columns are.', 'input-output-itemreader.html'),
  CSVHeaders: guide('The names of the columns, as a list.', 'input-output-itemreader.html'),
  CSVDelimiter: guide('What stands between two columns.', 'input-output-itemreader.html'),
  ManifestType: guide('What wrote the manifest.', 'input-output-itemreader.html'),
  ItemsPointer: guide(
    'A JSON pointer to the list in the file; the whole file when left out.',
    'input-output-itemreader.html',
  ),
  ExpectedBucketOwner: guide('The account that has to own the bucket.', 'input-output-itemreader.html'),
  Transformation: guide('What becomes of items or results before they are used.', 'state-map-distributed.html'),
  WriterConfig: guide('How results are written.', 'input-output-resultwriter.html'),
  OutputType: guide('The format of the results.', 'input-output-resultwriter.html'),
  Variable: spec('The path of what is compared.', '#choice-state'),
  And: spec('All of these rules have to match.', '#choice-state'),
  Or: spec('One of these rules has to match.', '#choice-state'),
  Not: spec('This rule must not match.', '#choice-state'),
};

/** Of a field, also of the twin that finds its value at run time. */
export function helpOf(field: string): Help | undefined {
  return HELP[field] ?? HELP[field.replace(/(Path|\.\$)$/, '')];
}
