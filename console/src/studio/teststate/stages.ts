/** The way of the data through the state, out of what TestState answers. Pure. */

export interface InspectionData {
  input?: string;
  afterInputPath?: string;
  afterItemsPath?: string;
  afterItemsPointer?: string;
  afterItemSelector?: string;
  afterItemBatcher?: string;
  afterParameters?: string;
  afterArguments?: string;
  result?: string;
  afterResultSelector?: string;
  afterResultPath?: string;
  variables?: string;
  maxConcurrency?: number;
  toleratedFailureCount?: number;
  toleratedFailurePercentage?: number;
  errorDetails?: { catchIndex?: number; retryIndex?: number; retryBackoffIntervalSeconds?: number };
  request?: { protocol?: string; method?: string; url?: string; headers?: string; body?: string };
  response?: { protocol?: string; statusCode?: string; statusMessage?: string; headers?: string; body?: string };
}

export interface TestAnswer {
  status: 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR';
  output?: string;
  error?: string;
  cause?: string;
  nextState?: string;
  inspectionData?: InspectionData;
}

export interface Stage {
  id: string;
  title: string;
  /** The field of the state that makes it. */
  field: string;
  /** JSON. */
  text: string;
  /** What it is compared with: the title and the text of a stage before it. */
  before: { title: string; text: string } | null;
}

const rows: { id: keyof InspectionData; title: string; field: string; from: (keyof InspectionData)[] }[] = [
  { id: 'input', title: 'Input', field: '', from: [] },
  { id: 'afterInputPath', title: 'After InputPath', field: 'InputPath', from: ['input'] },
  { id: 'afterItemsPointer', title: 'Items read', field: 'ItemReader', from: [] },
  { id: 'afterItemsPath', title: 'After ItemsPath', field: 'ItemsPath', from: [] },
  {
    id: 'afterItemSelector',
    title: 'Inputs of the items',
    field: 'ItemSelector',
    from: ['afterItemsPath', 'afterItemsPointer'],
  },
  { id: 'afterItemBatcher', title: 'Batches', field: 'ItemBatcher', from: [] },
  { id: 'afterParameters', title: 'After Parameters', field: 'Parameters', from: ['afterInputPath', 'input'] },
  { id: 'afterArguments', title: 'Arguments', field: 'Arguments', from: ['input'] },
  { id: 'result', title: 'Result', field: '', from: [] },
  {
    id: 'afterResultSelector',
    title: 'After ResultSelector',
    field: 'ResultSelector',
    from: ['result', 'afterParameters'],
  },
  { id: 'afterResultPath', title: 'After ResultPath', field: 'ResultPath', from: ['input'] },
];

/** What was sent: input and variables, which INFO does not tell again, and a mocked result, which is not told of a Map or Parallel. */
export interface Given {
  input: string;
  variables?: string;
  mock?: { result?: string; errorOutput?: object };
}

export function stagesOf(answer: TestAnswer, given: Given): Stage[] {
  const isDone = answer.status === 'SUCCEEDED';
  const mocked = isDone && given.mock?.result !== undefined ? { result: given.mock.result } : {};
  const data: InspectionData = { input: given.input, ...mocked, ...answer.inspectionData };
  const titleOf = (id: keyof InspectionData) => rows.find((row) => row.id === id)?.title ?? '';
  const compared = (from: readonly (keyof InspectionData)[]) => {
    const id = from.find((one) => typeof data[one] === 'string');
    return id ? { title: titleOf(id), text: data[id] as string } : null;
  };
  const stages = rows.flatMap(({ id, title, field, from }): Stage[] => {
    const text = data[id];
    return typeof text === 'string' ? [{ id, title, field, text, before: compared(from) }] : [];
  });
  if (answer.output !== undefined) {
    const isCaught = answer.status === 'CAUGHT_ERROR';
    const from = isCaught ? (['input'] as const) : (['afterResultPath', 'result', 'input'] as const);
    stages.push({
      id: 'output',
      title: 'Output',
      field: isCaught ? 'Catch' : data.afterResultPath === undefined ? 'Output' : 'OutputPath',
      text: answer.output,
      before: compared(from),
    });
  }
  if (data.variables !== undefined)
    stages.push({
      id: 'variables',
      title: 'Variables',
      field: 'Assign',
      text: data.variables,
      before: { title: 'Variables before', text: given.variables?.trim() || '{}' },
    });
  return stages;
}

/** What Retry and Catch of the state would do about its error; null: nothing failed. */
export function handlingOf(answer: TestAnswer, retriers: readonly { MaxAttempts?: unknown }[]): string | null {
  if (answer.error === undefined && answer.cause === undefined) return null;
  const { retryIndex, catchIndex, retryBackoffIntervalSeconds: seconds } = answer.inspectionData?.errorDetails ?? {};
  const most = retryIndex === undefined ? undefined : (retriers[retryIndex]?.MaxAttempts ?? 3);
  switch (answer.status) {
    case 'RETRIABLE':
      return retryIndex === undefined
        ? 'A retrier would try again.'
        : `Retrier #${retryIndex + 1} would try again after ${seconds ?? 0} s.`;
    case 'CAUGHT_ERROR': {
      const spent =
        retryIndex === undefined ? '' : ` Retrier #${retryIndex + 1} has no attempt left (MaxAttempts ${most}).`;
      const who = catchIndex === undefined ? 'A catcher' : `Catcher #${catchIndex + 1}`;
      return `${who} goes on with “${answer.nextState}”.${spent}`;
    }
    default:
      return retryIndex === undefined
        ? 'No retrier and no catcher takes it: the execution would fail.'
        : `Retrier #${retryIndex + 1} has no attempt left (MaxAttempts ${most}), and no catcher takes it: the execution would fail.`;
  }
}
