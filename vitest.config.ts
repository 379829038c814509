import { defineConfig } from 'vitest/config';

const services = ['./test/support/global-setup.ts'];

export default defineConfig({
  // Vite would load the ES module copy of graphql beside the CommonJS one that its users load.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    // Two cores: more workers would only make timings of real sockets worse.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          globalSetup: services,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: services,
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          // After the others: what is broken on purpose takes both cores.
          sequence: { groupOrder: 1 },
          include: ['test/faults/**/*.test.ts'],
          globalSetup: services,
          testTimeout: 150_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
