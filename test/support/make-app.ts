import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog, type Log } from '../../src/platform/log.ts';
import { createApi, type TestApi } from './api.ts';
import { createDatabase, dropDatabase, runSql } from './database.ts';

export const ADMIN_KEY = 'admin-key-of-the-tests';

/** A whole Volley on a database of its own, at port 0, with time that tests move. */
export type TestApp = AsyncDisposable & {
  app: App;
  url: string;
  databaseUrl: string;
  /** Asks as ADMIN. */
  admin: TestApi;
  /** Asks with another key, or anonymously with null. */
  as(key: string | null): TestApi;
  /** Moves every clock of this Volley forward: PostgreSQL's, Redis' and the process' own. */
  advance(ms: number): Promise<void>;
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /** Starts another process' worth of Volley on the same stores. */
  another(variables?: Record<string, string>): Promise<App>;
};

/**
 * @param variables environment variables beyond those of a test
 * @param log for tests that read it; else it is written nowhere
 */
export async function makeApp(variables: Record<string, string> = {}, log?: Log): Promise<TestApp> {
  await using stack = new AsyncDisposableStack();
  const postgresUrl = inject('postgresUrl');
  const name = `volley_${randomBytes(6).toString('hex')}`;
  const databaseUrl = await createDatabase(postgresUrl, name, 'volley_template');
  stack.defer(() => dropDatabase(postgresUrl, databaseUrl));
  let offsetMs = 0;

  async function start(owner: AsyncDisposableStack, more = {}): Promise<App> {
    const dataDir = mkdtempSync(join(tmpdir(), 'volley-app-'));
    owner.defer(() => rmSync(dataDir, { recursive: true, force: true }));
    const config = readConfig({
      PORT: '0',
      DATABASE_URL: databaseUrl,
      REDIS_URL: inject('redisUrl'),
      VOLLEY_DATA_DIR: dataDir,
      VOLLEY_ADMIN_KEY: ADMIN_KEY,
      VOLLEY_ALLOW_TARGETS: '127.0.0.1/32',
      LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
      ...variables,
      ...more,
    });
    const app = await createApp(config, log ?? createLog(config.logLevel), {
      clock: { now: () => new Date(Date.now() + offsetMs) },
      clockOffsetMs: () => offsetMs,
      restMs: 250,
    });
    owner.use(app);
    return app;
  }

  const app = await start(stack);
  const as = (key: string | null) => createApi(app.url, key);
  const running = stack.move();
  return {
    app,
    url: app.url,
    databaseUrl,
    admin: as(ADMIN_KEY),
    as,
    async advance(ms) {
      // PostgreSQL first: a claim that Redis grants must find its row due.
      await runSql(databaseUrl, `UPDATE test_clock SET offset_ms = ${offsetMs + ms}`);
      offsetMs += ms;
    },
    sql: (statement) => runSql(databaseUrl, statement),
    another: (more = {}) => start(running, more),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
