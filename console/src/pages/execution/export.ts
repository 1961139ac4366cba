import { all } from '../../api/aws';
import { nameOf } from '../../app/links';
import { download } from '../../shared/browser';

/** The whole history as AWS's API answers it, as a file. */
export async function exportHistory(executionArn: string): Promise<string> {
  const input = { executionArn, maxResults: 1000, includeExecutionData: true };
  const events = await all('stepfunctions', 'GetExecutionHistory', 'events', input);
  const file = `${nameOf(executionArn)}.history.json`;
  download(file, JSON.stringify({ events }, null, 2));
  return file;
}
