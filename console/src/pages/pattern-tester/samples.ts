const event = (source: string, type: string, detail: object, resources: string[] = []) =>
  JSON.stringify(
    {
      version: '0',
      id: '7bf73129-1428-4cd3-a780-95db273d1602',
      'detail-type': type,
      source,
      account: '123456789012',
      time: '2026-01-05T07:00:00Z',
      region: 'us-east-1',
      resources,
      detail,
    },
    null,
    2,
  );

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const execution = arn('states', 'execution:rolling-restart:nightly');

const ended = (status: string, more: object) =>
  event(
    'aws.states',
    'Step Functions Execution Status Change',
    {
      executionArn: execution,
      stateMachineArn: arn('states', 'stateMachine:rolling-restart'),
      name: 'nightly',
      status,
      startDate: 1767596400000,
      stopDate: 1767597120000,
      ...more,
    },
    [execution],
  );

/** Events as they come: of this server, of AWS's services, of an application. */
export const samples = [
  { name: 'An execution failed', text: ended('FAILED', { error: 'States.TaskFailed', cause: 'No instance answered' }) },
  { name: 'An execution succeeded', text: ended('SUCCEEDED', { output: '{"restarted":3}' }) },
  {
    name: 'An EC2 instance stopped',
    text: event('aws.ec2', 'EC2 Instance State-change Notification', { 'instance-id': 'i-0abc', state: 'stopped' }, [
      arn('ec2', 'instance/i-0abc'),
    ]),
  },
  {
    name: 'An object was put into a bucket',
    text: event(
      'aws.s3',
      'Object Created',
      {
        version: '0',
        bucket: { name: 'reports' },
        object: { key: 'daily/2026-01-05.csv', size: 1024 },
        reason: 'PutObject',
      },
      ['arn:aws:s3:::reports'],
    ),
  },
  {
    name: 'A CloudWatch alarm went off',
    text: event(
      'aws.cloudwatch',
      'CloudWatch Alarm State Change',
      {
        alarmName: 'cpu',
        state: { value: 'ALARM', reason: 'Threshold crossed' },
        previousState: { value: 'OK' },
      },
      [arn('cloudwatch', 'alarm:cpu')],
    ),
  },
  {
    name: 'An ECS task stopped',
    text: event(
      'aws.ecs',
      'ECS Task State Change',
      {
        clusterArn: arn('ecs', 'cluster/batch'),
        lastStatus: 'STOPPED',
        stoppedReason: 'Essential container in task exited',
      },
      [arn('ecs', 'task/batch/1dc5c17a')],
    ),
  },
  {
    name: 'A rule with a schedule was due',
    text: event('aws.events', 'Scheduled Event', {}, [arn('events', 'rule/hourly')]),
  },
  {
    name: 'An event of an application',
    text: event('shop.orders', 'Order placed', { orderId: 'o-1', total: 42.5, items: 3 }),
  },
];
