import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { startRedis } from '../../src/embedded/redis.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createDatabase } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the cluster's maintenance database. */
    postgresUrl: string;
    redisUrl: string;
  }
}

/** One real PostgreSQL and one real Redis for the run; every file clones its own database from a template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Whatever fails half-way stops what was started before it.
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'volley-test-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(directory, 0o755);
  const quiet = () => {};
  const postgres = stack.use(
    await startPostgres({ dataDir: directory, log: quiet, durable: false }),
  );
  const redis = stack.use(await startRedis({ dataDir: directory, log: quiet }));
  await migrate(await createDatabase(postgres.url, 'volley_template', null));
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  const running = stack.move();
  return () => running.disposeAsync();
}
