/** What a state machine has besides its definition: Config mode edits it, drafts keep it. */
export interface Config {
  name: string;
  type: 'STANDARD' | 'EXPRESS';
  roleArn: string;
  logging: { level: 'OFF' | 'FATAL' | 'ERROR' | 'ALL'; includeExecutionData: boolean; logGroupArn: string };
  isTraced: boolean;
  /** null: the server's own key. */
  encryption: { kmsKeyId: string; kmsDataKeyReusePeriodSeconds: number | null } | null;
  tags: { key: string; value: string }[];
  /** Values of `${Name}` for validation and for what is saved and run. */
  substitutions: Record<string, string>;
}

export function newConfig(name = 'MyStateMachine', account = '123456789012'): Config {
  return {
    name,
    type: 'STANDARD',
    roleArn: `arn:aws:iam::${account}:role/stepwright`,
    logging: { level: 'OFF', includeExecutionData: false, logGroupArn: '' },
    isTraced: false,
    encryption: null,
    tags: [],
    substitutions: {},
  };
}

interface Described {
  name?: string;
  type?: string;
  roleArn?: string;
  loggingConfiguration?: {
    level?: string;
    includeExecutionData?: boolean;
    destinations?: { cloudWatchLogsLogGroup?: { logGroupArn?: string } }[];
  };
  tracingConfiguration?: { enabled?: boolean };
  encryptionConfiguration?: { type?: string; kmsKeyId?: string; kmsDataKeyReusePeriodSeconds?: number };
}

/** From what DescribeStateMachine and ListTagsForResource answer. */
export function configOf(described: Described, tags: Config['tags'] = []): Config {
  const { loggingConfiguration: logging, encryptionConfiguration: encryption } = described;
  const level = logging?.level;
  return {
    ...newConfig(described.name ?? ''),
    type: described.type === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    roleArn: described.roleArn ?? '',
    logging: {
      level: level === 'ALL' || level === 'ERROR' || level === 'FATAL' ? level : 'OFF',
      includeExecutionData: logging?.includeExecutionData ?? false,
      logGroupArn: logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn ?? '',
    },
    isTraced: described.tracingConfiguration?.enabled ?? false,
    encryption:
      encryption?.type === 'CUSTOMER_MANAGED_KMS_KEY'
        ? {
            kmsKeyId: encryption.kmsKeyId ?? '',
            kmsDataKeyReusePeriodSeconds: encryption.kmsDataKeyReusePeriodSeconds ?? null,
          }
        : null,
    tags,
  };
}

/** The parts of CreateStateMachine's and UpdateStateMachine's input that are the same. */
export function configInput({ roleArn, logging, isTraced, encryption }: Config) {
  const destinations = logging.logGroupArn
    ? [{ cloudWatchLogsLogGroup: { logGroupArn: logging.logGroupArn } }]
    : undefined;
  return {
    roleArn,
    loggingConfiguration: { level: logging.level, includeExecutionData: logging.includeExecutionData, destinations },
    tracingConfiguration: { enabled: isTraced },
    encryptionConfiguration: encryption
      ? {
          type: 'CUSTOMER_MANAGED_KMS_KEY',
          kmsKeyId: encryption.kmsKeyId,
          kmsDataKeyReusePeriodSeconds: encryption.kmsDataKeyReusePeriodSeconds ?? undefined,
        }
      : { type: 'AWS_OWNED_KEY' },
  };
}

const settings: Record<keyof Config, string> = {
  name: 'name',
  type: 'type',
  roleArn: 'execution role',
  logging: 'logging',
  isTraced: 'tracing',
  encryption: 'encryption',
  tags: 'tags',
  substitutions: 'substitutions',
};

/** Names of what differs. */
export const changedSettings = (before: Config, after: Config): string[] =>
  (Object.keys(settings) as (keyof Config)[])
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => settings[key]);

/** What the server would refuse, by field. */
export function configProblems({ name, roleArn, logging, encryption }: Config) {
  const problems: { name?: string; roleArn?: string; logGroupArn?: string; kmsKeyId?: string } = {};
  if (name === '') problems.name = 'It needs a name.';
  else if (name.length > 80) problems.name = `${name.length} characters: at most 80 are allowed.`;
  else if (/[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u.test(name))
    problems.name = 'No spaces, no brackets, none of ? * " # % \\ ^ | ~ ` $ & , ; : /';
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn))
    problems.roleArn = 'The ARN of a role, such as arn:aws:iam::123456789012:role/workflows';
  if (logging.level !== 'OFF' && logging.logGroupArn === '') problems.logGroupArn = 'Logging needs a log group.';
  if (encryption && encryption.kmsKeyId === '') problems.kmsKeyId = 'Which key?';
  return problems;
}
