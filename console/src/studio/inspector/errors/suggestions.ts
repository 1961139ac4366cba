/** Names of errors that a state can meet, as Step Functions writes them. */
import type { ActionShape } from '../../../api/types';
import { isAction, type Resource } from '../model/resource';

const ALWAYS = [
  'States.ALL',
  'States.Timeout',
  'States.Runtime',
  'States.DataLimitExceeded',
  'States.QueryEvaluationError',
];
const TASK = ['States.TaskFailed', 'States.HeartbeatTimeout', 'States.Permissions'];
const BY_TYPE: Record<string, readonly string[]> = {
  Task: TASK,
  Map: ['States.ExceedToleratedFailureThreshold', 'States.ItemReaderFailed', 'States.ResultWriterFailed'],
  Parallel: ['States.BranchFailed'],
};
const LAMBDA = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
];

/** Optimized integrations name errors as the first Java SDK does: prefix, and the error of what the model does not have. */
const OPTIMIZED: Record<string, readonly [prefix: string, base: string]> = {
  sns: ['SNS', 'AmazonSNSException'],
  sqs: ['SQS', 'AmazonSQSException'],
  dynamodb: ['DynamoDB', 'AmazonDynamoDBException'],
  events: ['EventBridge', 'AmazonEventBridgeException'],
  states: ['StepFunctions', 'AWSStepFunctionsException'],
};

function ofAction(resource: Resource | null, errors: readonly string[]): string[] {
  const optimized = resource?.kind === 'optimized' ? OPTIMIZED[resource.service] : undefined;
  if (!optimized) return [...errors];
  const [prefix, base] = optimized;
  return errors.map((error) => {
    const [service, name] = error.split('.');
    return `${prefix}.${name === `${service}Exception` ? base : name}`;
  });
}

export function errorSuggestions(type: string | null, resource: Resource | null, model: ActionShape | null): string[] {
  const isLambda =
    resource?.kind === 'function' || (resource !== null && isAction(resource) && resource.service === 'lambda');
  const isHttp = resource?.kind === 'optimized' && resource.service === 'http';
  return [
    ...new Set([
      ...ALWAYS,
      ...(BY_TYPE[type ?? ''] ?? []),
      ...(isLambda ? LAMBDA : []),
      ...(isHttp
        ? [
            'States.Http.StatusCode.404',
            'States.Http.StatusCode.429',
            'States.Http.StatusCode.503',
            'States.Http.Socket',
          ]
        : []),
      ...ofAction(resource, model?.errors ?? []),
    ]),
  ];
}
