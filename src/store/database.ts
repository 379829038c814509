import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Log } from '../platform/log.ts';
import { outsideRequests } from '../platform/request-scope.ts';
import { PrismaClient } from './generated/client/client.ts';

/** Reads, GraphQL and admin writes. */
export type Db = PrismaClient;

/** Runs the named hot statements; prepared once per connection. */
export type Sql = Pick<pg.Pool, 'query'>;

/** Runs statements in one transaction: all of them count, or none when the work throws. */
export type Transact = <Result>(work: (sql: Sql) => Promise<Result>) => Promise<Result>;

export type Database = {
  db: Db;
  sql: Sql;
  /** The same for statements that are quick or not worth waiting for: each is given up after 5 s. */
  hot: Sql;
  transact: Transact;
} & AsyncDisposable;

/** A server that hangs is as good as down for whoever waits for an answer. */
const HOT_LIMIT_MS = 5_000;
/** Beyond the server's own limit only a server that is not there any more keeps silent. */
const SILENCE_LIMIT_MS = 35_000;

/**
 * Opens one pool that Prisma and the hot statements share.
 * @param max connections at most; two flushes of each coalescer and the reads of GraphQL live in it
 */
export function openDatabase(url: string, log: Log, max = 20): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    // A statement that waits longer than this for a lock is better refused than piled up behind it.
    statement_timeout: 30_000,
    query_timeout: SILENCE_LIMIT_MS,
    keepAlive: true,
    application_name: 'volley',
  });
  // An idle connection that PostgreSQL closes would otherwise end the process.
  let closing = false;
  pool.on('error', (err) => {
    // It fails in the scope of the request that once opened it, and is not about that one.
    if (!closing) {
      outsideRequests(() => log.warn({ err }, 'an idle PostgreSQL connection was lost'));
    }
  });
  const db = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    db,
    sql: pool,
    hot: hotOf(pool),
    async transact(work) {
      const client = await pool.connect();
      // Lost between two statements it tells the next one; told nobody, it would end the process.
      client.on('error', ignore);
      let broken = true;
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        broken = false;
        return result;
      } finally {
        client.off('error', ignore);
        // A connection that is closed rolls back, whatever state it was in.
        client.release(broken);
      }
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      await db.$disconnect();
      await pool.end();
    },
  };
}

function ignore(): void {}

function hotOf(pool: pg.Pool): Sql {
  const query = (config: pg.QueryConfig) =>
    pool.query({ ...config, query_timeout: HOT_LIMIT_MS } as pg.QueryConfig);
  return { query: query as Sql['query'] };
}
