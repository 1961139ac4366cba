/** What the states browser offers: actions of AWS, flow states and patterns, each as a template of what it puts into the text. */
import type { ActionCatalog } from '../../api/types';
import type { QueryLanguage, StateType } from '../../asl/types';
import type { StateTemplate } from '../../graph/types';
import { actionBody } from './action-body';
import { patterns } from './patterns';

export interface Entry {
  /** `sns:publish`, `aws-sdk:ec2:rebootInstances`, `flow:Choice`, `pattern:saga` */
  id: string;
  kind: 'action' | 'flow' | 'pattern';
  /** What is written big: `Publish`. */
  name: string;
  /** What is written small above it: `Amazon SNS`. */
  title: string;
  /** Of an action: as in ARNs. */
  service: string;
  category: string;
  /** Of flow states, for the glyph. */
  type: StateType | null;
  isOptimized: boolean;
  /** One sentence. */
  description?: string;
}

const emptyScope = () => ({ StartAt: '', States: {} });

/** Type, name, description, and what it is without its type. */
const flowStates: [StateType, string, string, (language: QueryLanguage) => object][] = [
  [
    'Task',
    'Task',
    'Does work: any action, a function, an activity',
    (language) => actionBody('lambda:invoke', language),
  ],
  ['Choice', 'Choice', 'Goes on with one of several states', () => ({ Choices: [] })],
  ['Parallel', 'Parallel', 'Runs branches at the same time', () => ({ Branches: [emptyScope(), emptyScope()] })],
  [
    'Map',
    'Map',
    'Runs the same steps for each item of a list',
    (language) => ({
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...emptyScope() },
      ...(language === 'JSONata' ? { Items: '{% $states.input %}' } : {}),
    }),
  ],
  ['Pass', 'Pass', 'Hands data on, and can shape it', () => ({})],
  ['Wait', 'Wait', 'Waits for a time or until a time', () => ({ Seconds: 5 })],
  ['Succeed', 'Success', 'Ends this workflow well', () => ({})],
  ['Fail', 'Fail', 'Ends the execution with an error', () => ({ Error: 'Failed', Cause: '' })],
];

export const flowEntries = flowStates.map(
  ([type, name, description]): Entry => ({
    id: `flow:${type}`,
    kind: 'flow',
    name,
    title: `${type} state`,
    service: '',
    category: 'flow',
    type,
    isOptimized: false,
    description,
  }),
);

export const patternEntries: Entry[] = patterns.map(({ id, name, description }) => ({
  id: `pattern:${id}`,
  kind: 'pattern',
  name,
  title: 'Pattern',
  service: '',
  category: 'pattern',
  type: null,
  isOptimized: false,
  description,
}));

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** All actions: the optimized integrations first, then every operation of every service. */
export function actionEntries(catalog: ActionCatalog): Entry[] {
  const services = new Map(catalog.services.map((service) => [service.service, service]));
  const optimized = catalog.optimized.map(({ resource, service, operation }): Entry => {
    const known = services.get(service);
    return {
      id: resource,
      kind: 'action',
      name: capitalized(operation),
      title: known?.title ?? capitalized(service),
      service,
      category: known?.category ?? 'other',
      type: null,
      isOptimized: true,
    };
  });
  const sdk = catalog.services.flatMap(({ service, title, category, operations }) =>
    operations.map(
      (operation): Entry => ({
        id: `aws-sdk:${service}:${operation}`,
        kind: 'action',
        name: capitalized(operation),
        title,
        service,
        category,
        type: null,
        isOptimized: false,
      }),
    ),
  );
  return [...optimized, ...sdk];
}

/** What it puts into the text. */
export function templateOf({ id, kind, name, title, isOptimized }: Entry): StateTemplate {
  if (kind === 'action') {
    const short = title.replace(/^(AWS|Amazon) /, '');
    const stateName = isOptimized && !short.includes(' ') ? `${short} ${name}` : name;
    return { name: stateName, body: (language) => actionBody(id, language) };
  }
  const fragment = patterns.find((pattern) => `pattern:${pattern.id}` === id)?.fragment;
  const [type = 'Pass', , , body] = flowStates.find(([type]) => `flow:${type}` === id) ?? [];
  return { name, body: (language) => ({ Type: type, ...body?.(language) }), ...(fragment && { fragment }) };
}

/** Most used first, as far as this workflow's kind of work goes. */
export const mostUsed = [
  'lambda:invoke',
  'sns:publish',
  'sqs:sendMessage',
  'dynamodb:putItem',
  'dynamodb:getItem',
  'aws-sdk:s3:getObject',
  'aws-sdk:s3:putObject',
  'aws-sdk:ec2:describeInstances',
  'aws-sdk:ec2:rebootInstances',
  'aws-sdk:ssm:describeInstancePatches',
  'ecs:runTask',
  'states:startExecution',
  'events:putEvents',
  'aws-sdk:elasticloadbalancingv2:registerTargets',
  'aws-sdk:elasticloadbalancingv2:deregisterTargets',
  'aws-sdk:ssm:sendCommand',
  'http:invoke',
  'bedrock:invokeModel',
  'batch:submitJob',
  'glue:startJobRun',
];

/** Names of the categories, in the order in which they are shown. */
export const categoryNames: Record<string, string> = {
  compute: 'Compute',
  containers: 'Containers',
  database: 'Database',
  messaging: 'Application integration',
  storage: 'Storage',
  management: 'Management and governance',
  networking: 'Networking and content delivery',
  security: 'Security, identity and compliance',
  analytics: 'Analytics',
  ml: 'Machine learning',
  developer: 'Developer tools',
  migration: 'Migration and transfer',
  iot: 'Internet of Things',
  media: 'Media services',
  business: 'Business applications',
  endUser: 'End user computing',
  frontend: 'Front-end web and mobile',
  billing: 'Cloud financial management',
  other: 'Other',
};

export const categoryName = (category: string) =>
  categoryNames[category] ??
  capitalized(
    category
      .replace(/[-_]/g, ' ')
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase(),
  );
