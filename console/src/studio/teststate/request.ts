/** What TestState is asked, out of the state and what somebody filled in. Pure. */
import { ApiError } from '../../api/errors';
import type { State } from '../../asl/types';
import { readResource } from '../inspector/model/resource';

export type Level = 'INFO' | 'DEBUG' | 'TRACE';
export type FieldValidationMode = 'STRICT' | 'PRESENT' | 'NONE';
export type Answer = 'call' | 'result' | 'error';

/** As it was typed: numbers too, and texts of JSON. */
export interface Settings {
  input: string;
  variables: string;
  context: string;
  answer: Answer;
  result: string;
  fieldValidationMode: FieldValidationMode;
  error: string;
  cause: string;
  level: Level;
  roleArn: string;
  retrierRetryCount: string;
  errorCausedByState: string;
  mapIterationFailureCount: string;
  mapItemReaderData: string;
}

/** What becomes of the state's work: `call`, it is done; `mock`, only a mock can stand for it; `none`, it has none. */
export function workOf({ type, value }: State): 'call' | 'mock' | 'none' {
  if (type === 'Map' || type === 'Parallel') return 'mock';
  if (type !== 'Task') return 'none';
  const resource = readResource(String(value.Resource ?? ''));
  if (resource.kind === 'activity') return 'mock';
  const isPlain = !('pattern' in resource) || resource.pattern === 'requestResponse';
  return isPlain ? 'call' : 'mock';
}

export const readsItems = ({ type, value }: State) => type === 'Map' && value.ItemReader !== undefined;

export function initialSettings(state: State, variables: readonly string[], roleArn: string): Settings {
  const hasWriter = state.type === 'Map' && state.value.ResultWriter !== undefined;
  return {
    input: '{}',
    variables:
      variables.length > 0 ? JSON.stringify(Object.fromEntries(variables.map((name) => [name, null])), null, 2) : '',
    context: '',
    answer: workOf(state) === 'mock' ? 'result' : 'call',
    result: (state.type === 'Map' && !hasWriter) || state.type === 'Parallel' ? '[]' : '{}',
    fieldValidationMode: 'STRICT',
    error: 'States.TaskFailed',
    cause: '',
    level: 'DEBUG',
    roleArn,
    retrierRetryCount: '',
    errorCausedByState: '',
    mapIterationFailureCount: '',
    mapItemReaderData: '',
  };
}

const fields = [
  'input',
  'variables',
  'context',
  'roleArn',
  'retrierRetryCount',
  'errorCausedByState',
  'mapIterationFailureCount',
  'mapItemReaderData',
] as const satisfies (keyof Settings)[];

/** `kept`: what was filled in for this state the last time, when it may have been another one. */
export function settingsOf(state: State, variables: readonly string[], roleArn: string, kept: Partial<Settings>) {
  const settings: Settings = { ...initialSettings(state, variables, roleArn), ...kept };
  if (workOf(state) === 'mock' && settings.answer === 'call') settings.answer = 'result';
  return settings;
}

export type Problems = Partial<Record<keyof Settings, string>>;

/** What keeps the test from being started, by field. */
export function problemsOf(state: State, settings: Settings): Problems {
  const problems: Problems = {};
  const json = (name: 'input' | 'variables' | 'context' | 'result', isObject: boolean) => {
    try {
      const value = JSON.parse(settings[name]);
      if (isObject && (typeof value !== 'object' || value === null || Array.isArray(value)))
        problems[name] = 'It has to be a JSON object.';
    } catch (error) {
      problems[name] = `This is not JSON: ${(error as Error).message}`;
    }
  };
  const count = (name: 'retrierRetryCount' | 'mapIterationFailureCount') => {
    if (settings[name] !== '' && !/^\d{1,9}$/.test(settings[name])) problems[name] = 'A whole number from 0 on.';
  };
  json('input', false);
  if (settings.variables.trim()) json('variables', true);
  if (!isMocked(state, settings)) return problems;
  if (settings.context.trim()) json('context', true);
  if (settings.answer === 'result') json('result', false);
  else if (!settings.error.trim()) problems.error = 'An error has a name.';
  count('retrierRetryCount');
  if (state.type === 'Map') count('mapIterationFailureCount');
  return problems;
}

const refusals: [RegExp, keyof Settings][] = [
  [/^InvalidExecutionInput/, 'input'],
  [/^InvalidArn/, 'roleArn'],
  [/Invalid variables provided/, 'variables'],
  [/Invalid Context object/, 'context'],
  [/Mock(ed)? result/, 'result'],
  [/mock\.errorOutput/, 'error'],
  [/ErrorCausedByState/, 'errorCausedByState'],
  [/MapItemReaderData/, 'mapItemReaderData'],
];

/** What the API refuses, by field; nothing if it is of none. */
export function refusalOf(error: unknown): Problems {
  if (!(error instanceof ApiError)) return {};
  const text = `${error.name}: ${error.message}`;
  // “Value '-1' at 'stateConfiguration.retrierRetryCount' failed to satisfy constraint”
  const named = /at '(?:\w+\.)*(\w+)' failed to satisfy/.exec(text)?.[1];
  const field = refusals.find(([pattern]) => pattern.test(text))?.[1] ?? fields.find((field) => field === named);
  return field ? { [field]: error.message } : {};
}

export const isMocked = (state: State, { answer }: Settings) => workOf(state) !== 'none' && answer !== 'call';

/** The request, as AWS has it. `definition`: of the whole workflow, to find a state by its name in it; else of the state alone. */
export function requestOf(state: State, settings: Settings, definition: string | null) {
  const { input, variables, level, roleArn } = settings;
  const own = { ...(state.queryLanguage === 'JSONata' ? { QueryLanguage: 'JSONata' } : {}), ...state.value };
  return {
    definition: definition ?? JSON.stringify(own),
    ...(definition === null ? {} : { stateName: state.name }),
    ...(roleArn.trim() ? { roleArn: roleArn.trim() } : {}),
    input,
    ...(variables.trim() ? { variables } : {}),
    inspectionLevel: level,
    ...(isMocked(state, settings) ? mockOf(state, settings) : {}),
  };
}

function mockOf(state: State, settings: Settings) {
  const { answer, result, error, cause, context } = settings;
  const mock =
    answer === 'result'
      ? { result, ...(state.type === 'Task' ? { fieldValidationMode: settings.fieldValidationMode } : {}) }
      : { errorOutput: { error: error.trim(), ...(cause ? { cause } : {}) } };
  const number = (text: string) => (text === '' ? undefined : Number(text));
  const isMap = state.type === 'Map';
  const configuration = Object.entries({
    retrierRetryCount: number(settings.retrierRetryCount),
    errorCausedByState: (answer === 'error' && state.scopes.length > 0 && settings.errorCausedByState) || undefined,
    mapIterationFailureCount: isMap ? number(settings.mapIterationFailureCount) : undefined,
    mapItemReaderData: (readsItems(state) && settings.mapItemReaderData) || undefined,
  }).filter(([, value]) => value !== undefined);
  return {
    mock,
    ...(context.trim() ? { context } : {}),
    ...(configuration.length > 0 ? { stateConfiguration: Object.fromEntries(configuration) } : {}),
  };
}
