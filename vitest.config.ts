import { defineConfig } from 'vitest/config';

const services = ['./test/support/global-setup.ts'];

export default defineConfig({
  test: {
    // Two cores: more workers would only make timings of real sockets worse.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          globalSetup: services,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: services,
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
