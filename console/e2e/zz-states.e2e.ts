import { afterAll, beforeAll, test } from 'vitest';
import { closeBrowser, createStateMachine, openBrowser, type Server, serve, visit } from './harness';

let server: Server;
beforeAll(async () => {
  server = await serve();
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});
const inner = (n: string, ql?: object) => ({ StartAt: n, States: { [n]: { Type: 'Pass', ...ql, End: true } } });
const jsonpath: Record<string, any> = {
  Pass1: {
    Type: 'Pass',
    Parameters: { 'a.$': '$.a' },
    Result: { b: 1 },
    ResultPath: null,
    InputPath: null,
    Assign: { 'n.$': '$.n', t: 'x' },
    Next: 'Wait1',
  },
  Wait1: { Type: 'Wait', TimestampPath: '$.when', Next: 'Choice1' },
  Choice1: {
    Type: 'Choice',
    Choices: [
      {
        Comment: 'Late',
        Or: [
          { Variable: '$.t', TimestampLessThanPath: '$.u' },
          { Not: { Variable: '$.x', IsPresent: true } },
          { Variable: '$.s', StringMatches: 'web-*' },
        ],
        Next: 'Par',
        Assign: { late: true },
      },
      { Variable: '$.b', BooleanEquals: true, Next: 'Map1' },
    ],
    Default: 'Map2',
  },
  Par: {
    Type: 'Parallel',
    Branches: [inner('B1'), { ...inner('B2'), Comment: 'second' }],
    ResultSelector: { 'a.$': '$[0]' },
    Retry: [
      {
        ErrorEquals: ['States.BranchFailed'],
        IntervalSeconds: 5,
        MaxAttempts: 4,
        BackoffRate: 1.5,
        MaxDelaySeconds: 20,
        JitterStrategy: 'FULL',
        Bogus: 1,
      },
    ],
    Catch: [{ ErrorEquals: ['A', 'B'], Next: 'Fail1', ResultPath: null, Assign: { 'e.$': '$.Error' } }],
    Next: 'Map1',
  },
  Map1: {
    Type: 'Map',
    ItemsPath: '$.items',
    Parameters: { 'v.$': '$$.Map.Item.Value' },
    MaxConcurrencyPath: '$.max',
    Iterator: inner('I1'),
    ToleratedFailurePercentage: 10,
    Next: 'Map2',
  },
  Map2: {
    Type: 'Map',
    Label: 'x',
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }, ...inner('I2') },
    ItemReader: {
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      ReaderConfig: {
        Transformation: 'LOAD_AND_FLATTEN',
        InputType: 'CSV',
        CSVHeaderLocation: 'GIVEN',
        CSVHeaders: ['a', 'b'],
        CSVDelimiter: 'TAB',
        MaxItemsPath: '$.n',
        ExpectedBucketOwner: '1',
      },
      Parameters: { Bucket: 'b', 'Prefix.$': '$.p' },
    },
    ItemBatcher: { MaxItemsPerBatch: 10, MaxInputBytesPerBatchPath: '$.b', BatchInput: { 'a.$': '$.a' } },
    ResultWriter: {
      Resource: 'arn:aws:states:::s3:putObject',
      Parameters: { Bucket: 'b', Prefix: 'p' },
      WriterConfig: { OutputType: 'JSONL', Transformation: 'FLATTEN' },
    },
    ToleratedFailureCountPath: '$.c',
    Next: 'Act',
  },
  Act: {
    Type: 'Task',
    Resource: 'arn:aws:states:us-east-1:123456789012:activity:approve',
    TimeoutSecondsPath: '$.t',
    HeartbeatSeconds: 30,
    Credentials: { 'RoleArn.$': '$.role' },
    Next: 'Fail1',
  },
  Fail1: { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('{}', $.c)" },
};
const jsonata: Record<string, any> = {
  Pass1: { Type: 'Pass', Output: { a: '{% $states.input.a %}' }, Assign: { n: '{% 1 %}', o: { a: 1 } }, Next: 'Wait1' },
  Wait1: { Type: 'Wait', Seconds: '{% $states.input.s %}', Next: 'Choice1' },
  Choice1: {
    Type: 'Choice',
    Choices: [
      { Comment: 'Late', Condition: '{% $n > 1 and $states.input.late %}', Output: '{% $states.input %}', Next: 'Par' },
      { Condition: true, Next: 'Map1', Extra: 1 },
    ],
    Default: 'Map2',
  },
  Par: {
    Type: 'Parallel',
    Arguments: '{% $states.input.x %}',
    Branches: [inner('B1')],
    Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput %}', Next: 'Fail1' }],
    Next: 'Map1',
  },
  Map1: {
    Type: 'Map',
    Items: '{% $states.input.items %}',
    ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
    MaxConcurrency: '{% $n %}',
    ItemProcessor: inner('I1'),
    Next: 'Map2',
  },
  Map2: {
    Type: 'Map',
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...inner('I2') },
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON', ItemsPointer: '/items', MaxItems: '{% 5 %}' },
      Arguments: { Bucket: 'b', Key: '{% $k %}' },
    },
    Next: 'Act',
  },
  Act: {
    Type: 'Task',
    Resource: 'arn:aws:lambda:us-east-1:123456789012:function:check',
    Arguments: '{% $states.input %}',
    TimeoutSeconds: '{% 5 %}',
    Credentials: '{% $c %}',
    Parameters: {},
    Next: 'Fail1',
  },
  Fail1: { Type: 'Fail', Error: '{% "E" & $n %}', Cause: 'because' },
};
test.each([
  ['light', jsonpath],
  ['dark', { QueryLanguage: 'JSONata', ...jsonata }],
] as const)('states %s', { timeout: 380_000 }, async (theme, all) => {
  const { QueryLanguage, ...states } = all as any;
  const def = { ...(QueryLanguage ? { QueryLanguage } : {}), StartAt: 'Pass1', Timeout: 5, States: states };
  const v = await visit(server, { theme, viewport: { width: 1440, height: 1500 } });
  const machine = await createStateMachine(server, 'look-' + theme, {
    StartAt: 'P',
    States: { P: { Type: 'Pass', End: true } },
  });
  await v.go(`/console/studio/${encodeURIComponent(machine)}?mode=code`);
  await v.page.locator('.cm-content').click();
  await v.page.keyboard.press('ControlOrMeta+a');
  await v.page.evaluate(
    (text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.activeElement?.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      );
    },
    JSON.stringify(def, null, 2),
  );
  await v.page.getByRole('button', { name: 'Design', exact: true }).click();
  const shots: string[] = [];
  const shoot = async () => {
    await v.page.waitForTimeout(400);
    shots.push((await v.page.getByTestId('inspector').screenshot()).toString('base64'));
  };
  await shoot();
  for (const n of Object.keys(states)) {
    await v.page
      .locator(`[data-testid=graph-node]`, { hasText: n })
      .first()
      .click({ position: { x: 60, y: 20 }, timeout: 6000 })
      .catch((e) => console.log(n, String(e).slice(0, 200)));
    await v.page
      .getByRole('heading', { name: n, level: 2 })
      .waitFor({ timeout: 4000 })
      .catch(() => console.log('no heading', n));
    for (const t of ['Form', 'I/O', 'Variables', 'Errors']) {
      if (
        (t === 'Variables' && n !== 'Pass1') ||
        (t === 'I/O' && !['Pass1', 'Par', 'Choice1'].includes(n)) ||
        (t === 'Errors' && n !== 'Par')
      )
        continue;
      const tab = v.page.getByTestId('inspector').getByRole('tab', { name: t });
      if (await tab.count()) {
        await tab.click();
        for (const b of await v.page.getByTestId('inspector').locator('button[aria-expanded=false]').all())
          await b.click({ timeout: 1000 }).catch(() => {});
        await shoot();
      }
    }
    await v.page.getByTestId('inspector').getByRole('tab', { name: 'Form' }).click();
  }
  const sheet = await (await openBrowser()).newPage({ viewport: { width: 2240, height: 1420 } });
  for (let i = 0; i < shots.length; i += 5) {
    await sheet.setContent(
      `<body style="margin:0;display:flex;background:#888;gap:4px">${shots
        .slice(i, i + 5)
        .map((s) => `<img style="width:440px" src="data:image/png;base64,${s}">`)
        .join('')}`,
    );
    await sheet.waitForTimeout(200);
    await sheet.screenshot({ path: `/tmp/insp/shots/states-${theme}-${i / 5}.png` });
  }
  console.log(v.faults.slice(0, 5));
  await v.leave(/./);
});
