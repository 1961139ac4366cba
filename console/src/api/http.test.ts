import { afterEach, expect, test, vi } from 'vitest';
import { markSignedIn, onUnauthorized, request } from './http';

const answers = (...statuses: (number | [number, string])[]) => {
  const left = statuses.map((status) => (typeof status === 'number' ? ([status, ''] as const) : status));
  const fetched = vi.fn(async () => {
    const [status, type] = left.shift() ?? [500, ''];
    return new Response('{}', { status, headers: type ? { 'x-amzn-errortype': type } : {} });
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
};
afterEach(() => vi.unstubAllGlobals());

test('requests that need somebody who is signed in wait for one dialog and are sent again', async () => {
  const asked = vi.fn(async () => true);
  onUnauthorized(asked);
  const fetched = answers(401, [400, 'MissingAuthenticationTokenException'], 200, 200);
  const both = await Promise.all([request('/a'), request('/b')]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect([asked.mock.calls.length, fetched.mock.calls.length]).toEqual([1, 4]);
});

test('who does not sign in gets the error, and a wrong password asks for none', async () => {
  onUnauthorized(async () => false);
  answers(401, 401);
  await expect(request('/a')).rejects.toMatchObject({ status: 401 });
  onUnauthorized(() => expect.unreachable());
  await expect(request('/_ui/login')).rejects.toMatchObject({ status: 401 });
});

test('what was under way while somebody signed in is sent again without a question', async () => {
  onUnauthorized(() => expect.unreachable());
  const fetched = vi.fn(async () => {
    markSignedIn();
    return new Response('{}', { status: fetched.mock.calls.length === 1 ? 401 : 200 });
  });
  vi.stubGlobal('fetch', fetched);
  expect((await request('/a')).status).toBe(200);
});
