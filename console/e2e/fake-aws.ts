/** What answers in the place of AWS: each request is kept, and gets what `answers` has for its operation. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAws {
  url: string;
  /** Operation and body of each request so far. */
  calls: { operation: string; body: string }[];
  close(): Promise<void>;
}

export async function fakeAws(
  answers: Record<string, (body: string) => { type: string; body: string }>,
): Promise<FakeAws> {
  const calls: FakeAws['calls'] = [];
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      // JSON protocols name the operation in a header, the query protocol in the form.
      const target = incoming.headers['x-amz-target'];
      const operation = target
        ? (String(target).split('.').at(-1) ?? '')
        : (new URLSearchParams(body).get('Action') ?? '');
      calls.push({ operation, body });
      const answer = answers[operation]?.(body);
      outgoing.writeHead(answer ? 200 : 400, { 'content-type': answer?.type ?? 'text/plain' });
      outgoing.end(answer?.body ?? `no answer for ${operation}`);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** Systems Manager has two patches for each instance, SNS takes every message. */
export const patchesAndTopic = {
  DescribeInstancePatches: () => ({
    type: 'application/x-amz-json-1.1',
    body: JSON.stringify({
      Patches: [
        { Title: 'KB1', State: 'MISSING' },
        { Title: 'KB2', State: 'INSTALLED' },
      ],
    }),
  }),
  Publish: () => ({
    type: 'text/xml',
    body: `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>`,
  }),
};
