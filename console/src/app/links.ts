/** URLs of the views. Names and ARNs are data: they are encoded. */
const page = (name: string) => `/console/${name}`;
const of = (name: string, ...ids: string[]) => `/console/${name}/${ids.map(encodeURIComponent).join('/')}`;

export type Parameters = Record<string, string | undefined>;

function withSearch(path: string, search: Parameters = {}): string {
  const given = Object.entries(search).filter((one): one is [string, string] => !!one[1]);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

export const links = {
  stateMachines: page('state-machines'),
  stateMachine: (arn: string, search?: Parameters) => withSearch(of('state-machines', arn), search),
  executions: (search?: Parameters) => withSearch(page('executions'), search),
  execution: (arn: string, search?: Parameters) => withSearch(of('executions', arn), search),
  mapRun: (arn: string) => of('map-runs', arn),
  studio: (arn?: string, search?: Parameters) => withSearch(arn ? of('studio', arn) : page('studio'), search),
  activities: page('activities'),
  tasks: page('tasks'),
  schedules: page('schedules'),
  schedule: (group: string, name: string) => of('schedules', group, name),
  rules: page('rules'),
  rule: (bus: string, name: string) => of('rules', bus, name),
  patternTester: page('pattern-tester'),
  functions: page('functions'),
  function: (name: string) => of('functions', name),
  audit: page('audit'),
  health: page('health'),
  login: page('login'),
};

/** The last part of an ARN, as people call the thing: of an execution its name. */
export function nameOf(arn: string): string {
  return arn.split(':').pop() ?? arn;
}

/** The ARN of a state machine without a version or alias. */
export function baseArn(stateMachineArn: string): string {
  return stateMachineArn.split(':').slice(0, 7).join(':');
}

/** The state machine of an execution's ARN. */
export function stateMachineOf(executionArn: string): string {
  const parts = executionArn.split(':');
  const name = (parts[6] ?? '').split('/')[0] ?? '';
  return [...parts.slice(0, 5), 'stateMachine', name].join(':');
}
