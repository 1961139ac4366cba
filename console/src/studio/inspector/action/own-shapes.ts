/** Integrations that have no API of AWS behind them: what they take, from the developer guide's pages on them. */
import type { ActionShape, Member, Shape } from '../../../api/types';

const GUIDE = 'https://docs.aws.amazon.com/step-functions/latest/dg/';
const text: Shape = { type: 'string' };
const json: Shape = { type: 'document' };
const texts: Shape = { type: 'map', key: text, value: text };
const manyTexts: Shape = { type: 'map', key: text, value: { type: 'list', member: text } };
const oneOf = (...values: string[]): Shape => ({ type: 'string', enum: values });
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

function action(
  service: string,
  operation: string,
  page: string,
  required: string[],
  members: Record<string, Shape>,
): [string, ActionShape] {
  const entries = Object.entries(members).map(([name, shape]): [string, Member] => [name, { shape }]);
  return [
    `${service}:${operation}`,
    {
      service,
      operation,
      reference: GUIDE + page,
      isWrite: true,
      input: { type: 'structure', required, members: Object.fromEntries(entries) },
      shapes: {},
      errors: [],
    },
  ];
}

const object = (required: string[], members: Record<string, Shape>): Shape => ({
  type: 'structure',
  required,
  members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, { shape }])),
});

const KUBERNETES = { ClusterName: text, CertificateAuthority: text, Endpoint: text };

const SHAPES = new Map([
  action('http', 'invoke', 'call-https-apis.html', ['ApiEndpoint', 'Method'], {
    ApiEndpoint: text,
    Method: oneOf(...METHODS),
    InvocationConfig: object(['ConnectionArn'], { ConnectionArn: text }),
    Authentication: object(['ConnectionArn'], { ConnectionArn: text }),
    Headers: texts,
    QueryParameters: json,
    RequestBody: json,
    Transform: object([], {
      RequestBodyEncoding: oneOf('NONE', 'URL_ENCODED'),
      RequestEncodingOptions: object([], { ArrayFormat: oneOf('INDICES', 'REPEAT', 'COMMAS', 'BRACKETS') }),
    }),
  }),
  action('apigateway', 'invoke', 'connect-api-gateway.html', ['ApiEndpoint', 'Method'], {
    ApiEndpoint: text,
    Method: oneOf(...METHODS),
    Stage: text,
    Path: text,
    Headers: manyTexts,
    QueryParameters: manyTexts,
    RequestBody: json,
    AllowNullValues: { type: 'boolean' },
    AuthType: oneOf('NO_AUTH', 'IAM_ROLE', 'RESOURCE_POLICY'),
  }),
  action('eks', 'call', 'connect-eks.html', ['ClusterName', 'CertificateAuthority', 'Endpoint', 'Method', 'Path'], {
    ...KUBERNETES,
    Method: oneOf(...METHODS),
    Path: text,
    QueryParameters: manyTexts,
    RequestBody: json,
  }),
  action('eks', 'runJob', 'connect-eks.html', ['ClusterName', 'CertificateAuthority', 'Endpoint', 'Job'], {
    ...KUBERNETES,
    Namespace: text,
    LogOptions: object([], {
      RetrieveLogs: { type: 'boolean' },
      RawLogs: { type: 'boolean' },
      LogParameters: manyTexts,
    }),
    Job: json,
  }),
]);

/** In optimized integrations names are those of the first Java SDK, which has a few as the API writes them. */
const API_NAMES: Record<string, Record<string, string>> = {
  dynamodb: { Bool: 'BOOL', Nul: 'NULL', Ss: 'SS', Ns: 'NS', Bs: 'BS' },
};

/** The model of an API as its optimized integration takes it. `without`: what Step Functions sets itself. */
export function optimizedShape(action: ActionShape, service: string, without: readonly string[] = []): ActionShape {
  const names = API_NAMES[service] ?? {};
  const adapt = (shape: Shape, without: readonly string[] = []): Shape =>
    shape.type !== 'structure'
      ? shape
      : {
          ...shape,
          members: Object.fromEntries(
            Object.entries(shape.members).flatMap(([name, member]) =>
              without.includes(name) ? [] : [[names[name] ?? name, member]],
            ),
          ),
          required: shape.required.flatMap((name) => (without.includes(name) ? [] : [names[name] ?? name])),
        };
  const shapes = Object.entries(action.shapes).map(([name, shape]): [string, Shape] => [name, adapt(shape)]);
  return { ...action, input: adapt(action.input, without), shapes: Object.fromEntries(shapes) };
}

export function ownShape(service: string, operation: string): ActionShape | null {
  return SHAPES.get(`${service}:${operation}`) ?? null;
}
