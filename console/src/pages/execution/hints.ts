/** What an error usually means, and what people then do. Our own words; the first that fits. */

interface Hint {
  error: RegExp;
  cause?: RegExp;
  text: string;
}

const hints: Hint[] = [
  {
    error: /^States\.(Timeout|HeartbeatTimeout)$/,
    cause: /heartbeat/i,
    text: 'No heartbeat came in time. The worker may have died; or it has to call SendTaskHeartbeat more often than HeartbeatSeconds.',
  },
  {
    error: /^States\.HeartbeatTimeout$/,
    text: 'No heartbeat came in time. The worker may have died; or it has to call SendTaskHeartbeat more often than HeartbeatSeconds.',
  },
  {
    error: /^States\.Timeout$/,
    text: 'It took longer than TimeoutSeconds allows. See in the timeline where the time went; raise the timeout, or retry on States.Timeout.',
  },
  {
    error: /^States\.DataLimitExceeded$/,
    text: 'A payload is larger than 256 KB. Keep less of a result (ResultSelector, Output), or put it in S3 and pass its key. Retry does not help.',
  },
  {
    error: /^States\.NoChoiceMatched$/,
    text: 'No rule of the Choice was true for this input, and it has no Default. Compare its input with the rules; add a Default.',
  },
  {
    error: /^States\.(Permissions)$|AccessDenied|UnauthorizedOperation|NotAuthorized|Forbidden/i,
    text: 'The role of the state machine may not do this. The cause names the action: allow it in the policy of the role, then redrive.',
  },
  {
    error: /^Lambda\.(Unknown|Unhandled)|Runtime\.ExitError/,
    text: 'The function ended without an answer: it ran out of time or memory, or its process died. See its logs.',
  },
  {
    error: /^Lambda\.(TooManyRequestsException|ServiceException|AWSLambdaException|SdkClientException)$/,
    text: 'Lambda refused or lost the call; it is worth trying again. Add a Retry for the Lambda.* errors.',
  },
  {
    error: /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded|RateExceeded/i,
    text: 'The service is called too often. Retry with a BackoffRate and jitter; in a Map lower MaxConcurrency.',
  },
  {
    error: /^Stepwright\.OutcomeUnknown$/,
    text: 'The server stopped while this call was out: it may have happened or not. Look at the service before you redrive; if the call may be made twice, retry this error by its name.',
  },
  {
    error: /^Stepwright\.Drained$/,
    text: 'Somebody asked the execution to wind down. Redrive goes on with what was not begun.',
  },
  {
    error: /^States\.ExceedToleratedFailureThreshold$/,
    text: 'More items failed than the Map tolerates. Open its Map Run to see which; redrive does those again, and raises no limit by itself.',
  },
  {
    error: /^States\.(QueryEvaluationError|ParameterPathFailure|ResultPathMatchFailure|IntrinsicFailure)$/,
    text: 'An expression or a path does not fit the data. The cause names the field; compare it with the input of the step.',
  },
  {
    error: /^States\.ItemReaderFailed$/,
    text: 'The items of the Map could not be read: the object may be missing, unreadable to the role, or of another format.',
  },
  {
    error: /^States\.Runtime$/,
    cause: /path|JSONPath/i,
    text: 'A path does not exist in the data. Compare it with the input of the step. States.ALL does not catch this error.',
  },
  {
    error: /^States\.Runtime$/,
    text: 'The definition and the data do not fit together here. States.ALL does not catch this error; name it to catch it.',
  },
  {
    error: /ResourceNotFound|NotFound|NoSuch|DoesNotExist|\.NotFound$/i,
    text: 'What the step names is not there: look at the name, the account and the region in its arguments.',
  },
  {
    error: /Validation|InvalidParameter|MalformedInput|BadRequest/i,
    text: 'The service did not accept the arguments. Compare them with what the action takes.',
  },
];

export function hintFor(error: string | undefined, cause: string | undefined): string | null {
  if (!error && !cause) return null;
  const fits = ({ error: name, cause: words }: Hint) =>
    name.test(error ?? '') && (words === undefined || words.test(cause ?? ''));
  // A cause may say plainly what its error does not.
  const denied = /not authorized to perform|AccessDenied/i.test(cause ?? '');
  return (denied ? hints.find(({ error }) => error.test('AccessDenied')) : hints.find(fits))?.text ?? null;
}
