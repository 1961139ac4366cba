import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['e2e/**/*.e2e.ts'],
    // Two browsers and two servers at a time are what two cores carry.
    maxWorkers: 2,
    // Bounds for what hangs: a busy machine takes its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A second failure is one; what passed only then is marked in the report, and wants to be looked into.
    retry: 1,
  },
});
