import { queryOptions } from '@tanstack/react-query';
import { call } from '../../api/aws';
import { aws, awsAll, queries } from '../../api/queries';

export interface FunctionConfiguration {
  FunctionName: string;
  FunctionArn: string;
  Runtime?: string;
  Handler?: string;
  Description?: string;
  Timeout: number;
  MemorySize: number;
  CodeSize: number;
  CodeSha256: string;
  LastModified: string;
  Version: string;
  State?: string;
  StateReason?: string;
  Role: string;
  Architectures?: string[];
  Layers?: { Arn: string }[];
  Environment?: { Variables?: Record<string, string> };
  LoggingConfig?: { LogGroup?: string };
}

export interface Invoked {
  StatusCode: number;
  FunctionError?: string;
  /** Base64. */
  LogResult?: string;
  ExecutedVersion?: string;
  Payload: string;
}

export const functionsQuery = awsAll<FunctionConfiguration>('lambda', 'ListFunctions', 'Functions');

export const functionQuery = (name: string) =>
  aws<FunctionConfiguration>('lambda', 'GetFunctionConfiguration', { FunctionName: name });

export const versionsQuery = (name: string) =>
  awsAll<FunctionConfiguration>('lambda', 'ListVersionsByFunction', 'Versions', { FunctionName: name });

export interface Alias {
  Name: string;
  AliasArn: string;
  FunctionVersion: string;
  Description?: string;
  RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> };
}

export const aliasesQuery = (name: string) => awsAll<Alias>('lambda', 'ListAliases', 'Aliases', { FunctionName: name });

/** Whether there is a log group: there is none before a function has run, and asking for its lines would be a mistake. */
export const hasGroupQuery = (group: string) => {
  const isIn = ({ logGroups }: { logGroups: { logGroupName: string }[] }) =>
    logGroups.some(({ logGroupName }) => logGroupName === group);
  return queryOptions({
    ...aws<Parameters<typeof isIn>[0]>('logs', 'DescribeLogGroups', { logGroupNamePrefix: group }),
    select: isIn,
    refetchInterval: ({ state }) => (state.data && isIn(state.data) ? false : 2_000),
  });
};

export interface LogStream {
  logStreamName: string;
  lastEventTimestamp?: number;
}

/** The last used first. */
export const streamsQuery = (group: string) =>
  queryOptions({
    ...aws<{ logStreams: LogStream[] }>('logs', 'DescribeLogStreams', {
      logGroupName: group,
      orderBy: 'LastEventTime',
      descending: true,
      limit: 50,
    }),
    refetchInterval: 10_000,
    retry: false,
  });

export interface LogEvent {
  timestamp: number;
  message: string;
  logStreamName: string;
  eventId: string;
}

export interface LogSearch {
  group: string;
  /** '': all of them. */
  stream: string;
  text: string;
  sinceMillis: number;
}

/** Of more lines the last ones are kept. */
export const mostLines = 2_000;
/** Lines of several streams may come a little late. */
const lateMillis = 5_000;

/** The newest last. Asked again it asks for what has come since. */
export const logsQuery = (search: LogSearch, isFollowed: boolean) => {
  const queryKey = ['aws', 'logs', 'FilterLogEvents', search];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }) => {
      const known = new Map((queries.getQueryData<LogEvent[]>(queryKey) ?? []).map((event) => [event.eventId, event]));
      const last = [...known.values()].at(-1)?.timestamp;
      const startTime = last === undefined ? Date.now() - search.sinceMillis : last - lateMillis;
      let nextToken: string | undefined;
      do {
        const page = await call<{ events: LogEvent[]; nextToken?: string }>(
          'logs',
          'FilterLogEvents',
          {
            logGroupName: search.group,
            logStreamNames: search.stream ? [search.stream] : undefined,
            startTime,
            filterPattern: search.text ? `"${search.text.replaceAll(/["\\]/g, '\\$&')}"` : undefined,
            nextToken,
          },
          signal,
        );
        for (const event of page.events) known.set(event.eventId, event);
        nextToken = page.nextToken;
      } while (nextToken);
      return [...known.values()].sort((a, b) => a.timestamp - b.timestamp).slice(-mostLines);
    },
    refetchInterval: isFollowed ? 2_000 : false,
    retry: false,
  });
};
