/** Entries of the audit log. Pure. */
import { links } from '../../app/links';

export interface Entry {
  number: number;
  atMillis: number;
  /** An access key, `user:NAME`, `anonymous`, or a service that acts for a schedule or a rule. */
  principal: string;
  /** An address, or the ARN of what made a service act. */
  source: string;
  action: string;
  resource: string;
}

export function isWanted(entry: Entry, { principal, operation }: { principal: string; operation: string }): boolean {
  return (principal === '' || entry.principal === principal) && (operation === '' || entry.action === operation);
}

/** An ARN without what is the same in all of them: `stateMachine:Nightly`. */
export function shortArn(arn: string): string {
  return arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') || arn : arn;
}

/** The page of what an ARN names, where there is one. */
export function hrefOf(arn: string): string | undefined {
  const [, , service, , , type = '', ...rest] = arn.split(':');
  const [first = '', second = '', third] = type.split('/');
  if (service === 'states' && (type === 'execution' || type === 'express')) return links.execution(arn);
  if (service === 'states' && type === 'stateMachine' && rest.length === 1) return links.stateMachine(arn);
  if (service === 'states' && type === 'activity') return links.activities;
  if (service === 'lambda' && type === 'function') return links.function(rest[0] ?? '');
  if (service === 'scheduler' && first === 'schedule' && third) return links.schedule(second, third);
  if (service === 'events' && first === 'rule')
    return third ? links.rule(second, third) : links.rule('default', second);
  return undefined;
}
