import { queryOptions } from '@tanstack/react-query';
import { call } from '../../api/aws';
import { aws, awsAll } from '../../api/queries';

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
  Role: string;
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

export interface LogEvent {
  timestamp: number;
  message: string;
  logStreamName: string;
  eventId: string;
}

/** Lines of the last while, the newest last; asked again while somebody looks. */
export const logsQuery = (group: string, text: string, sinceMillis: number, isFollowed: boolean) =>
  queryOptions({
    queryKey: ['aws', 'logs', 'FilterLogEvents', group, text, sinceMillis],
    queryFn: async ({ signal }) => {
      const events: LogEvent[] = [];
      let nextToken: string | undefined;
      do {
        const page = await call<{ events: LogEvent[]; nextToken?: string }>(
          'logs',
          'FilterLogEvents',
          {
            logGroupName: group,
            startTime: Date.now() - sinceMillis,
            ...(text ? { filterPattern: `"${text.replaceAll('"', '\\"')}"` } : {}),
            ...(nextToken ? { nextToken } : {}),
          },
          signal,
        );
        events.push(...page.events);
        nextToken = page.nextToken;
      } while (nextToken && events.length < 5_000);
      return events;
    },
    refetchInterval: isFollowed ? 2_000 : false,
    retry: false,
  });

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
