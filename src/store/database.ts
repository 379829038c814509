import type pg from 'pg';
import type { Log } from '../platform/log.ts';
import { type Binding, createBinding } from './binding.ts';
import { PrismaClient } from './generated/client/client.ts';
import { CONNECTION_WAIT_MS, HOT, openPool, PATIENCE } from './pool.ts';
import { openAdapter } from './prisma-adapter.ts';
import { CONNECTION_LIFE_MS } from './statement-names.ts';

/** Reads, GraphQL and admin writes. */
export type Db = PrismaClient;

/** Runs the named hot statements; prepared once per connection. */
export type Sql = Pick<pg.Pool, 'query'>;

/** Runs statements in one transaction: all of them count, or none when the work throws. */
export type Transact = <Result>(work: (sql: Sql) => Promise<Result>) => Promise<Result>;

/** Of the engine: as the owner of the tables, whom no policy binds. */
export type Database = {
  db: Db;
  sql: Sql;
  /** The same for statements that are quick or not worth waiting for: each is given up after 5 s. */
  hot: Sql;
  transact: Transact;
  /** The same clients for who is not the engine. */
  binding: Binding;
} & AsyncDisposable;

/**
 * Opens two pools: one that Prisma and transactions share, one for the hot statements, whose limit the
 * server keeps by connection.
 * @param max connections of each at most; two flushes of each coalescer live in the second
 */
export function openDatabase(url: string, log: Log, max = 10): Database {
  const pool = openPool(url, log, max, { ...PATIENCE, lifeMs: CONNECTION_LIFE_MS });
  const hot = openPool(url, log, max, HOT);
  const db = new PrismaClient({
    adapter: openAdapter(pool),
    transactionOptions: { maxWait: CONNECTION_WAIT_MS, timeout: PATIENCE.serverMs },
  });
  const transact = transactOn(pool);
  return {
    db,
    sql: pool,
    hot,
    transact,
    binding: createBinding({ db, sql: pool, transact }, max),
    async [Symbol.asyncDispose]() {
      await db.$disconnect();
      await Promise.all([pool.end(), hot.end()]);
    },
  };
}

function transactOn(pool: pg.Pool): Transact {
  return async (work) => {
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
  };
}

function ignore(): void {}
