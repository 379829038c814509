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

/**
 * The server ends a statement before its caller gives up on it: one that went on unseen could still
 * write what was meanwhile asked for again. Beyond that only a server that is gone keeps silent.
 */
const PATIENCE = { serverMs: 30_000, callerMs: 35_000 };
/** A server that hangs is as good as down for whoever waits for an answer. */
const HOT_PATIENCE = { serverMs: 4_000, callerMs: 5_000 };

/**
 * Opens two pools: one that Prisma and transactions share, one for the hot statements, whose limit the
 * server keeps by connection.
 * @param max connections of each at most; two flushes of each coalescer live in the second
 */
export function openDatabase(url: string, log: Log, max = 10): Database {
  let closing = false;
  function openPool({ serverMs, callerMs }: typeof PATIENCE): pg.Pool {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: 5_000,
      // A statement that waits longer than this for a lock is better refused than piled up behind it.
      statement_timeout: serverMs,
      query_timeout: callerMs,
      keepAlive: true,
      application_name: 'volley',
    });
    // An idle connection that PostgreSQL closes would otherwise end the process.
    pool.on('error', (err) => {
      // It fails in the scope of the request that once opened it, and is not about that one.
      if (!closing) {
        outsideRequests(() => log.warn({ err }, 'an idle PostgreSQL connection was lost'));
      }
    });
    return pool;
  }
  const pool = openPool(PATIENCE);
  const hot = openPool(HOT_PATIENCE);
  const db = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    db,
    sql: pool,
    hot,
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
      await Promise.all([pool.end(), hot.end()]);
    },
  };
}

function ignore(): void {}
