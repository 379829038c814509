import { defineConfig } from 'vitest/config';

const services = ['./test/support/global-setup.ts'];

// Faults are drawn at random; what a run printed shows the same ones again.
const FAULTS_SEED = process.env.FAULTS_SEED ?? String(Math.floor(Math.random() * 1_000_000));

const faults = {
  globalSetup: services,
  // A full run (`npm run chaos`) does everything as often as docs/reliability.md says.
  testTimeout: process.env.FAULTS_FULL === '1' ? 1_800_000 : 180_000,
  hookTimeout: 60_000,
  env: { FAULTS_SEED },
};

const projects = [
  {
    extends: true,
    test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 },
  },
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
      name: 'browser',
      // Chromium needs a core of its own.
      sequence: { groupOrder: 1 },
      fileParallelism: false,
      include: ['test/browser/*.test.ts'],
      globalSetup: services,
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  },
  {
    extends: true,
    test: {
      name: 'faults',
      // After the others: what is broken on purpose takes both cores.
      sequence: { groupOrder: 2 },
      include: ['test/faults/*.test.ts'],
      ...faults,
    },
  },
  {
    extends: true,
    test: {
      name: 'figures',
      // One by one, with the machine to itself: these measure how late things are.
      sequence: { groupOrder: 3 },
      fileParallelism: false,
      include: ['test/faults/figures/*.test.ts'],
      ...faults,
    },
  },
];

/** Started by `faults` where every address leads to the machine itself: test/faults/support/namespace.ts. */
const namespace = {
  extends: true,
  test: { name: 'namespace', include: ['test/faults/namespace/*.test.ts'], ...faults },
};

export default defineConfig({
  // Vite would load the ES module copy of graphql beside the CommonJS one that its users load.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    // Two cores: more workers would only make timings of real sockets worse.
    maxWorkers: 2,
    // For what happens by itself; all tests share one PostgreSQL, where another's open transaction holds the live log.
    expect: { poll: { timeout: 20_000 } },
    projects: process.env.VOLLEY_NAMESPACE ? [namespace] : projects,
  },
});
