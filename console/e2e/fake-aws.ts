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

const elasticLoadBalancing = (operation: string, result = '') => ({
  type: 'text/xml',
  body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
});

/** A target group of servers that drain, boot and become healthy at once; rules and topics that take everything. */
export function targetGroup(servers: string[]) {
  const states = new Map(servers.map((id) => [id, 'healthy']));
  const idOf = (body: string) => new URLSearchParams(body).get('Targets.member.1.Id');
  const set = (operation: string, state: string) => (body: string) => {
    states.set(idOf(body) ?? '', state);
    return elasticLoadBalancing(operation);
  };
  return {
    DescribeTargetHealth: (body: string) => {
      const id = idOf(body);
      const members = (id ? [id] : servers).map(
        (id) =>
          `<member><Target><Id>${id}</Id></Target><TargetHealth><State>${states.get(id)}</State></TargetHealth></member>`,
      );
      const list = `<TargetHealthDescriptions>${members.join('')}</TargetHealthDescriptions>`;
      return elasticLoadBalancing('DescribeTargetHealth', list);
    },
    DeregisterTargets: set('DeregisterTargets', 'unused'),
    RegisterTargets: set('RegisterTargets', 'healthy'),
    RebootInstances: () => ({
      type: 'text/xml',
      body: '<RebootInstancesResponse><return>true</return></RebootInstancesResponse>',
    }),
    ...Object.fromEntries(
      ['DescribeRule', 'DisableRule', 'EnableRule'].map((name) => [
        name,
        () => ({ type: 'application/x-amz-json-1.1', body: '{"Name":"web","State":"ENABLED"}' }),
      ]),
    ),
    Publish: patchesAndTopic.Publish,
  };
}
