const event = (source: string, type: string, resources: string[], detail: object) =>
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

const execution = 'arn:aws:states:us-east-1:123456789012:execution:rolling-restart:nightly';
const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:rolling-restart';

/** Events as they come: of this server, of AWS's services, of an application. */
export const samples = [
  {
    name: 'An execution failed',
    text: event('aws.states', 'Step Functions Execution Status Change', [execution], {
      executionArn: execution,
      stateMachineArn: machine,
      name: 'nightly',
      status: 'FAILED',
      startDate: 1767596400000,
      stopDate: 1767597120000,
      error: 'Stepwright.Drained',
    }),
  },
  {
    name: 'An EC2 instance stopped',
    text: event(
      'aws.ec2',
      'EC2 Instance State-change Notification',
      ['arn:aws:ec2:us-east-1:123456789012:instance/i-0abc'],
      {
        'instance-id': 'i-0abc',
        state: 'stopped',
      },
    ),
  },
  {
    name: 'A CloudWatch alarm went off',
    text: event(
      'aws.cloudwatch',
      'CloudWatch Alarm State Change',
      ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu'],
      {
        alarmName: 'cpu',
        state: { value: 'ALARM', reason: 'Threshold crossed' },
        previousState: { value: 'OK' },
      },
    ),
  },
  {
    name: 'An event of an application',
    text: event('shop.orders', 'Order placed', [], { orderId: 'o-1', total: 42.5, items: 3 }),
  },
];
