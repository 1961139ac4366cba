import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStudioStore } from '../store';
import { Inspector } from '.';

beforeEach(() => {
  // No server: what it would offer is not there, and the forms work all the same.
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no server')));
});
afterEach(() => vi.unstubAllGlobals());

function inspect(definition: unknown, state?: string) {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition, null, 2);
  const store = createStudioStore(text, 'json');
  if (state !== undefined) store.getState().select([`/States/${state}`]);
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <Inspector store={store} />
    </QueryClientProvider>,
  );
  return store;
}

/** What may stand where something else belongs. */
const ODD = [null, 'text', [null, 1, 'x', []], { And: [null, {}], ErrorEquals: 'x', Assign: [] }];
const FIELDS = [
  ...[
    'Resource',
    'Parameters',
    'Arguments',
    'Assign',
    'Retry',
    'Catch',
    'Choices',
    'Default',
    'Branches',
    'Comment',
    'Next',
  ],
  ...[
    'ItemProcessor',
    'Iterator',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'Items',
    'Seconds',
    'Error',
    'Credentials',
  ],
];

test.each(['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map', 'Unheard', null])(
  'a %s state is shown whatever its fields hold',
  (type) => {
    for (const odd of ODD) {
      const state = { Type: type, ...Object.fromEntries(FIELDS.map((name) => [name, odd])) };
      const store = inspect({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: state } }, 'A');
      for (const tab of document.querySelectorAll('[role=tab]')) fireEvent.click(tab);
      expect(document.querySelector('h2')?.textContent).toBe('A');
      expect(store.getState().past).toEqual([]);
      cleanup();
    }
  },
  20_000,
);

const small = {
  StartAt: 'A',
  States: { A: { Type: 'Pass', Next: '<img src=x>' }, '<img src=x>': { Type: 'Succeed' } },
};

test('a name with markup is text, and what leads to it follows when it changes', () => {
  const store = inspect(small, '<img src=x>');
  expect(document.querySelector('img')).toBeNull();
  fireEvent.change(screen.getByLabelText('State name'), { target: { value: 'Done' } });
  expect(JSON.parse(store.getState().text)).toEqual({
    StartAt: 'A',
    States: { A: { Type: 'Pass', Next: 'Done' }, Done: { Type: 'Succeed' } },
  });
  expect(store.getState().selection).toEqual(['/States/Done']);
});

test('without a selection the workflow has its form; an emptied field is taken away', () => {
  const store = inspect({ ...small, TimeoutSeconds: 60 });
  const timeout = screen.getByLabelText('Timeout, seconds');
  fireEvent.change(timeout, { target: { value: '9x' } });
  expect(screen.getByText('Expected: a number')).toBeTruthy();
  expect(store.getState().parsed.workflow?.value.TimeoutSeconds).toBe(60);
  fireEvent.change(timeout, { target: { value: '90' } });
  expect(store.getState().parsed.workflow?.value.TimeoutSeconds).toBe(90);
  fireEvent.change(timeout, { target: { value: '' } });
  expect(store.getState().parsed.workflow?.value).toEqual(small);
});

test('what is wrong stands at its field and at the top', () => {
  const store = inspect({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 1, Comment: 'c', End: true } } }, 'A');
  const problem = { severity: 'error', source: 'validator', message: 'Too short', from: 0, to: 0 } as const;
  store
    .getState()
    .setDiagnostics([{ ...problem, pointer: '/States/A/Seconds', state: '/States/A' }], store.getState().text);
  return screen.findByRole('list', { name: 'Problems' }).then((list) => {
    expect(within(list).getByText('Too short')).toBeTruthy();
    expect(document.querySelector('[data-at="/States/A/Seconds"]')?.textContent).toContain('Too short');
  });
});

test('forms of a text that cannot be read rest', async () => {
  const store = inspect(small, 'A');
  store.getState().change({ edits: [{ from: 0, to: 1, insert: '' }] }, 'code');
  expect(await screen.findByText(/cannot be read/)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>('State name').disabled).toBe(true);
});
