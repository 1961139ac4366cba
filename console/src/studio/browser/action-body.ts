import type { ActionShape, Shape } from '../../api/types';
import type { QueryLanguage } from '../../asl/types';

/** Shapes that were looked at, so that what is added has its required parameters. */
const shapes = new Map<string, ActionShape>();

export const rememberShape = (shape: ActionShape) =>
  shapes.set(`${shape.service}:${shape.operation}`.toLowerCase(), shape);

/** The state of an action, with what its parameters need at least. */
export function actionBody(id: string, language: QueryLanguage): Record<string, unknown> {
  const given = known[id];
  const parameters = given ? given(language) : required(id.replace(/^aws-sdk:/, ''));
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::${id}`,
    ...(language === 'JSONata' ? { Arguments: parameters } : { Parameters: parameters }),
    ...(id === 'lambda:invoke' && lambda(language)),
  };
}

const input = (language: QueryLanguage, name: string) =>
  language === 'JSONata' ? { [name]: '{% $states.input %}' } : { [`${name}.$`]: '$' };

/** Parameters that people fill in first, where the required ones alone would not say it. */
const known: Record<string, (language: QueryLanguage) => object> = {
  'lambda:invoke': (language) => ({ FunctionName: '', ...input(language, 'Payload') }),
  'sns:publish': (language) => ({ TopicArn: '', ...input(language, 'Message') }),
  'sqs:sendMessage': (language) => ({ QueueUrl: '', ...input(language, 'MessageBody') }),
  'states:startExecution': (language) => ({ StateMachineArn: '', ...input(language, 'Input') }),
};

/** A function's answer stands in an envelope, and the service itself asks to be called again on these errors. */
function lambda(language: QueryLanguage) {
  return {
    ...(language === 'JSONata' ? { Output: '{% $states.result.Payload %}' } : { OutputPath: '$.Payload' }),
    Retry: [
      {
        ErrorEquals: [
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.TooManyRequestsException',
        ],
        IntervalSeconds: 1,
        MaxAttempts: 3,
        BackoffRate: 2,
        JitterStrategy: 'FULL',
      },
    ],
  };
}

function required(action: string): object {
  const shape = shapes.get(action.toLowerCase());
  return shape ? (skeleton(shape.input, shape, []) as object) : {};
}

/** The least value of a shape. */
function skeleton(shape: Shape | { ref: string }, action: ActionShape, within: readonly string[]): unknown {
  if ('ref' in shape) {
    const found = action.shapes[shape.ref];
    return !found || within.includes(shape.ref) ? {} : skeleton(found, action, [...within, shape.ref]);
  }
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        shape.required.flatMap((name) => {
          const member = shape.members[name];
          return member ? [[name, skeleton(member.shape, action, within)]] : [];
        }),
      );
    case 'list':
      return [];
    case 'map':
    case 'document':
      return {};
    case 'boolean':
      return false;
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return shape.min ?? 0;
    case 'string':
      return shape.enum?.[0] ?? '';
    default:
      return '';
  }
}
