import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, type Server, serve, visit } from './harness';

let server: Server;
beforeAll(async () => {
  server = await serve();
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

test('the console opens at / and leads to the state machines', async () => {
  const visitor = await visit(server);
  await visitor.go('/');
  await visitor.page.waitForURL('**/console/state-machines');
  expect(await visitor.page.locator('h1').first().textContent()).toContain('State machines');
  await visitor.leave();
});
