import { expect, test } from 'vitest';
import { restRequest } from './aws';
import { sseParser } from './sse';

test('REST operations put their members where they belong', () => {
  expect(restRequest('scheduler', 'GetSchedule', { Name: 'a/b', GroupName: 'x y' })).toEqual({
    method: 'GET',
    path: '/schedules/a%2Fb?groupName=x+y',
    body: {},
  });
  expect(restRequest('scheduler', 'UpdateSchedule', { Name: 'n', State: 'DISABLED' })).toEqual({
    method: 'PUT',
    path: '/schedules/n',
    body: { State: 'DISABLED' },
  });
  expect(restRequest('lambda', 'UntagResource', { Resource: 'r', TagKeys: ['a', 'b'] }).path).toBe(
    '/2017-03-31/tags/r?tagKeys=a&tagKeys=b',
  );
});

test('a stream is the same wherever it is cut', () => {
  const text = ': hello\n\nid: 7\nevent: tasks\ndata: {"a":\ndata: 1}\n\ndata: x\r\n\r\n';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const seen: unknown[] = [];
    const parse = sseParser((message) => seen.push(message));
    parse(text.slice(0, cut));
    parse(text.slice(cut));
    expect(seen).toEqual([
      { id: '7', event: 'tasks', data: '{"a":\n1}' },
      { id: undefined, event: 'message', data: 'x' },
    ]);
  }
});
