/** The AWS-compatible APIs of this server, by the names that AWS gives services, operations and members. */
import { jsonOf, request } from './http';
import { routes } from './routes';

export type Service = 'stepfunctions' | 'events' | 'logs' | 'scheduler' | 'lambda' | 'stepwright';

const targets: Partial<Record<Service, { prefix: string; version: string }>> = {
  stepfunctions: { prefix: 'AWSStepFunctions', version: '1.0' },
  stepwright: { prefix: 'Stepwright', version: '1.0' },
  events: { prefix: 'AWSEvents', version: '1.1' },
  logs: { prefix: 'Logs_20140328', version: '1.1' },
};

/**
 * `call('stepfunctions', 'DescribeExecution', { executionArn })`. Members are AWS's; dates come as seconds or as texts, as the
 * service's protocol has them (`millisOf`). `Invoke` of Lambda takes `Payload` as text and gives it so.
 */
export async function call<T = Record<string, unknown>>(
  service: Service,
  operation: string,
  input: object = {},
  signal?: AbortSignal,
): Promise<T> {
  const target = targets[service];
  if (target) {
    const headers = {
      'content-type': `application/x-amz-json-${target.version}`,
      'x-amz-target': `${target.prefix}.${operation}`,
    };
    return jsonOf<T>(await request('/', { method: 'POST', headers, body: JSON.stringify(input), signal }));
  }
  const { method, path, body } = restRequest(service, operation, { ...input });
  if (operation === 'Invoke') return invoke<T>(path, body, signal);
  const headers = { 'content-type': 'application/json' };
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return jsonOf<T>(
    await request(path, { method, headers, signal, ...(hasBody ? { body: JSON.stringify(body) } : {}) }),
  );
}

/** Members that stand in the path or in the query leave the body. */
export function restRequest(service: Service, operation: string, members: Record<string, unknown>) {
  const route = routes[service]?.[operation];
  if (!route) throw new Error(`${service} ${operation} has no route`);
  const body = { ...members };
  const [method = '', uri = ''] = route.split(' ');
  const [template = '', query = ''] = uri.split('?');
  const take = (member: string) => {
    const value = body[member];
    delete body[member];
    return value;
  };
  const path = template.replace(/\{(\w+)\}/g, (_, member: string) => encodeURIComponent(String(take(member) ?? '')));
  const parameters = new URLSearchParams();
  for (const parameter of query.split('&').filter(Boolean)) {
    const [member = '', name = member] = parameter.split('=');
    const value = take(member);
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value])
      parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return { method, path: text ? `${path}?${text}` : path, body };
}

async function invoke<T>(path: string, members: Record<string, unknown>, signal?: AbortSignal): Promise<T> {
  const headers = {
    'content-type': 'application/json',
    'x-amz-invocation-type': String(members.InvocationType ?? 'RequestResponse'),
    'x-amz-log-type': String(members.LogType ?? 'None'),
  };
  const body = String(members.Payload ?? '');
  const response = await request(path, { method: 'POST', headers, body, signal });
  const told = (name: string) => response.headers.get(`x-amz-${name}`) ?? undefined;
  return {
    StatusCode: response.status,
    FunctionError: told('function-error'),
    LogResult: told('log-result'),
    ExecutedVersion: told('executed-version'),
    Payload: await response.text(),
  } as T;
}

/** AWS's JSON has dates as seconds with a fraction; REST-JSON of Lambda as texts. */
export function millisOf(date: number | string): number {
  return typeof date === 'number' ? Math.round(date * 1000) : Date.parse(date);
}

/** All pages of a list: `all('stepfunctions', 'ListActivities', 'activities')`. */
export async function all<T>(
  service: Service,
  operation: string,
  member: string,
  input: object = {},
  signal?: AbortSignal,
): Promise<T[]> {
  const [given, token] =
    service === 'lambda'
      ? ['NextMarker', 'Marker']
      : service === 'stepfunctions' || service === 'logs'
        ? ['nextToken', 'nextToken']
        : ['NextToken', 'NextToken'];
  const items: T[] = [];
  let next: unknown;
  do {
    const page: Record<string, unknown> = await call(
      service,
      operation,
      next ? { ...input, [token]: next } : input,
      signal,
    );
    items.push(...((page[member] as T[] | undefined) ?? []));
    next = page[given];
  } while (next);
  return items;
}
