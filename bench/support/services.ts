import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { startRedis } from '../../src/embedded/redis.ts';
import { migrate } from '../../src/store/migrate.ts';
import { cpuMsOf, cpuMsOfTree } from './cpu.ts';

/** PostgreSQL 18 and Redis of one bench, both as durable as Volley's own: fsync on, AOF every second. */
export type Services = AsyncDisposable & {
  /** A new database, empty or with Volley's tables. */
  createDatabase(kind: 'empty' | 'volley'): Promise<string>;
  redisUrl: string;
  /** A connection of the bench itself. */
  redis: Redis;
  dataDir: string;
  /** CPU that they have used so far, in milliseconds. */
  cpuMs(): { postgres: number; redis: number };
  /** What they have been asked for so far, and bytes of PostgreSQL's log. */
  counts(): Promise<Counts>;
  /** Writes out what is pending, so that one run does not pay for the one before. */
  settle(): Promise<void>;
};

export type Counts = {
  /** As Redis counts them, those inside of scripts included. */
  redisCommands: number;
  /** Transactions that wrote. */
  writes: number;
  walBytes: number;
};

const TEMPLATE = 'bench_template';

/** Starts both in a directory of their own, which goes with them. */
export async function startServices(): Promise<Services> {
  await using stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'volley-bench-'));
  chmodSync(dataDir, 0o755);
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 }));
  const log = () => {};
  const postgres = stack.use(await startPostgres({ dataDir, log }));
  const { url: redisUrl } = stack.use(await startRedis({ dataDir, log }));
  const redis = new Redis(redisUrl);
  stack.defer(() => redis.disconnect());
  const urlOf = (name: string) =>
    Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
  await runSql(postgres.url, `CREATE DATABASE ${TEMPLATE}`);
  await migrate(urlOf(TEMPLATE));
  await keepSegments(postgres.url);
  const postgresPid = Number.parseInt(
    readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8'),
    10,
  );
  const redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  let databases = 0;
  let asked = 0;
  const running = stack.move();
  return {
    async createDatabase(kind) {
      databases += 1;
      const name = `bench_${databases}`;
      const template = kind === 'volley' ? `TEMPLATE ${TEMPLATE}` : '';
      await runSql(postgres.url, `CREATE DATABASE ${name} ${template}`);
      return urlOf(name);
    },
    redisUrl,
    redis,
    dataDir,
    cpuMs: () => ({ postgres: cpuMsOfTree(postgresPid), redis: cpuMsOf(redisPid) }),
    async counts() {
      const info = await redis.info('stats');
      asked += 1;
      const [row] = await runSql<{ writes: number; bytes: number }>(
        postgres.url,
        `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS writes,
           pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes`,
      );
      return {
        // Without those that ask.
        redisCommands: Number(/total_commands_processed:(\d+)/.exec(info)?.[1]) - asked,
        writes: row?.writes ?? 0,
        walBytes: row?.bytes ?? 0,
      };
    },
    async settle() {
      await runSql(postgres.url, 'CHECKPOINT');
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** So many segments of its log, of 16 MB each, PostgreSQL has to write into before it makes a new one. */
const SEGMENTS = 32;

/**
 * Lets PostgreSQL have been in use for a while: its log goes into segments it has used before. A new one is
 * 16 MB of zeros, synced, for which whoever commits waits 50 ms; one of those in some seconds would be the p99 of all.
 */
async function keepSegments(url: string): Promise<void> {
  await runSql(url, `ALTER SYSTEM SET min_wal_size = '${SEGMENTS * 16}MB'`);
  await runSql(url, 'SELECT pg_reload_conf()');
  for (let segment = 0; segment < SEGMENTS; segment += 1) {
    await runSql(
      url,
      `SELECT pg_logical_emit_message(false, 'bench', 'one more'), pg_switch_wal()`,
    );
  }
  await runSql(url, 'CHECKPOINT');
}

/** Runs statements on a connection of their own and answers the rows of the last one. */
export async function runSql<Row extends object>(
  url: string,
  text: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const answer = await client.query<Row>(text, values);
    return ([answer].flat().at(-1) ?? answer).rows;
  } finally {
    await client.end();
  }
}
