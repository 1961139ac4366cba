/** A server as a team has it after some days: something of everything that the console shows. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { binary, createStateMachine, runToEnd, type Server } from './harness';

export interface Sample {
  order: string;
  quote: string;
  approval: string;
  failed: string;
  succeeded: string;
  /** Waits for its approval. */
  running: string;
  /** Of a distributed Map, and the run that it belongs to. */
  mapRun: string;
  mapping: string;
  schedule: { group: string; name: string };
  rule: { bus: string; name: string };
  functionName: string;
  /** It has not run yet. */
  idleFunctionName: string;
}

const topicArn = 'arn:aws:sns:us-east-1:123456789012:orders';
const roleArn = 'arn:aws:iam::123456789012:role/workflows';

const order = {
  Comment: 'Checks an order, packs its items and ships them',
  QueryLanguage: 'JSONata',
  StartAt: 'Read order',
  States: {
    'Read order': {
      Type: 'Pass',
      Assign: { orderId: '{% $states.input.orderId %}' },
      Output: '{% $merge([$states.input, {"count": $count($states.input.items)}]) %}',
      Next: 'Anything to do?',
    },
    'Anything to do?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.count > 0 %}', Next: 'Prepare' }],
      Default: 'Nothing ordered',
    },
    'Nothing ordered': { Type: 'Succeed' },
    Prepare: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Reserve stock',
          States: { 'Reserve stock': { Type: 'Pass', Output: { reserved: true }, End: true } },
        },
        {
          StartAt: 'Take payment',
          States: {
            'Take payment': { Type: 'Wait', Seconds: 0, Next: 'Paid' },
            Paid: { Type: 'Pass', Output: { paid: true }, End: true },
          },
        },
      ],
      Output: '{% $states.context.Execution.Input %}',
      Next: 'Pack items',
    },
    'Pack items': {
      Type: 'Map',
      Items: '{% $states.input.items %}',
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'In stock?',
        States: {
          'In stock?': {
            Type: 'Choice',
            Choices: [{ Condition: '{% $states.input.quantity > 0 %}', Next: 'Pack' }],
            Default: 'Out of stock',
          },
          Pack: { Type: 'Pass', Output: '{% $merge([$states.input, {"isPacked": true}]) %}', End: true },
          'Out of stock': {
            Type: 'Fail',
            Error: 'OutOfStock',
            Cause: '{% "No " & $states.input.name & " is left." %}',
          },
        },
      },
      Catch: [{ ErrorEquals: ['OutOfStock'], Output: '{% $states.errorOutput %}', Next: 'Tell the customer' }],
      Next: 'Ship',
    },
    'Tell the customer': {
      Type: 'Task',
      Resource: 'arn:aws:states:::sns:publish',
      Arguments: { TopicArn: topicArn, Message: '{% "Order " & $orderId & " has to wait: " & $states.input.Cause %}' },
      Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }],
      Next: 'Order failed',
    },
    'Order failed': {
      Type: 'Fail',
      Error: 'OrderIncomplete',
      Cause: 'An item is out of stock; the customer was told.',
    },
    Ship: { Type: 'Pass', Output: '{% {"orderId": $orderId, "items": $states.input} %}', End: true },
  },
};

const approval = {
  Comment: 'Asks a person before access is given',
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sns:publish.waitForTaskToken',
      Parameters: { TopicArn: topicArn, 'Message.$': "States.Format('{} asks for access. {}', $.user, $$.Task.Token)" },
      TimeoutSeconds: 86400,
      Next: 'Granted',
    },
    Granted: { Type: 'Succeed' },
  },
};

const mapping = {
  StartAt: 'Each host',
  States: {
    'Each host': {
      Type: 'Map',
      MaxConcurrency: 20,
      ToleratedFailurePercentage: 20,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Patched?',
        States: {
          'Patched?': {
            Type: 'Choice',
            Choices: [{ Variable: '$.missing', NumericGreaterThan: 6, Next: 'Out of date' }],
            Default: 'Fine',
          },
          'Out of date': { Type: 'Fail', Error: 'OutOfDate', Cause: 'Too many patches are missing.' },
          Fine: { Type: 'Pass', End: true },
        },
      },
      End: true,
    },
  },
};

export async function fill(server: Server): Promise<Sample> {
  // Not in step: this process may stand between the command and the server.
  await promisify(execFile)(binary(), ['up', resolve(import.meta.dirname, '../../examples/rolling-restart')], {
    env: { ...process.env, STEPWRIGHT_SERVER: server.url },
    timeout: 30_000,
  });
  const tags = (team: string) => ({
    tags: ['team', 'env'].map((key) => ({ key, value: key === 'team' ? team : 'prod' })),
  });
  const orderArn = await createStateMachine(server, 'order-fulfilment', order, { ...tags('shop'), publish: true });
  const quoteArn = await createStateMachine(
    server,
    'price-quote',
    {
      Comment: 'Answers at once',
      StartAt: 'Quote',
      States: { Quote: { Type: 'Pass', Result: { price: 42 }, End: true } },
    },
    { type: 'EXPRESS', ...tags('shop') },
  );
  const approvalArn = await createStateMachine(server, 'approve-access', approval, tags('platform'));
  const mappingArn = await createStateMachine(server, 'check-hosts', mapping, tags('platform'));
  await createStateMachine(server, 'nightly-backup', { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } });

  const items = (quantity: number) => [
    { name: 'lamp', quantity: 2 },
    { name: 'chair', quantity },
    { name: 'desk', quantity: 1 },
  ];
  const run = (name: string, quantity: number) =>
    runToEnd(server, orderArn, { orderId: name, items: items(quantity) }, name);
  for (let index = 0; index < 24; index += 1) await run(`o-10${index + 10}`, index % 7 === 3 ? 0 : 3);
  const { executionArn: succeeded } = await run('o-1034', 1);
  const { executionArn: failed } = await run('o-1035', 0);
  await server.call('UpdateStateMachine', {
    stateMachineArn: orderArn,
    definition: JSON.stringify({ ...order, TimeoutSeconds: 3600 }, null, 2),
    publish: true,
    versionDescription: 'Ends after an hour',
  });
  const version = (number: number) => `${orderArn}:${number}`;
  await server.call('CreateStateMachineAlias', {
    name: 'prod',
    routingConfiguration: [
      { stateMachineVersionArn: version(1), weight: 90 },
      { stateMachineVersionArn: version(2), weight: 10 },
    ],
  });
  for (const user of ['ada', 'grace'])
    await server.call('StartExecution', { stateMachineArn: approvalArn, name: user, input: JSON.stringify({ user }) });
  const hosts = Array.from({ length: 60 }, (_, index) => ({ host: `web-${index}`, missing: index % 8 }));
  const { executionArn: mappingRun } = await runToEnd(server, mappingArn, hosts, 'hosts-of-monday');
  const { mapRuns } = await server.call<{ mapRuns: { mapRunArn: string }[] }>('ListMapRuns', {
    executionArn: mappingRun,
  });

  for (const name of ['approve', 'inspect-parcel'])
    await server.call('CreateActivity', { name, tags: [{ key: 'team', value: 'shop' }] });
  await server.call('AWSEvents.PutRule', {
    Name: 'order-failed',
    Description: 'Tells the shop of orders that failed',
    EventPattern: JSON.stringify({
      source: ['aws.states'],
      detail: { status: ['FAILED'], stateMachineArn: [orderArn] },
    }),
  });
  await server.call('AWSEvents.PutTargets', {
    Rule: 'order-failed',
    Targets: [{ Id: 'ask', Arn: approvalArn, RoleArn: roleArn }],
  });
  const schedules = (await (await fetch(`${server.url}/schedules`)).json()) as {
    Schedules: { GroupName: string; Name: string; Arn: string }[];
  };
  const schedule = schedules.Schedules[0] as { GroupName: string; Name: string; Arn: string };
  await server.call('Stepwright.RunSchedule', { Arn: schedule.Arn });
  const { Functions } = (await (await fetch(`${server.url}/2015-03-31/functions`)).json()) as {
    Functions: { FunctionName: string }[];
  };
  const functionNamed = (part: string) => Functions.find((one) => one.FunctionName.includes(part))?.FunctionName ?? '';
  const functionName = functionNamed('StartupCheck');
  const headers = { 'content-type': 'application/json' };
  const invoked = `${server.url}/2015-03-31/functions/${functionName}/invocations`;
  await fetch(invoked, { method: 'POST', body: '{}', headers });
  return {
    order: orderArn,
    quote: quoteArn,
    approval: approvalArn,
    failed,
    succeeded,
    running: `${approvalArn.replace(':stateMachine:', ':execution:')}:ada`,
    mapRun: mapRuns[0]?.mapRunArn ?? '',
    mapping: mappingRun,
    schedule: { group: schedule.GroupName, name: schedule.Name },
    rule: { bus: 'default', name: 'order-failed' },
    functionName,
    idleFunctionName: functionNamed('Monitoring'),
  };
}
