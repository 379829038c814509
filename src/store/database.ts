import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Log } from '../platform/log.ts';
import { PrismaClient } from './generated/client/client.ts';

/** Reads, GraphQL and admin writes. */
export type Db = PrismaClient;

/** Runs the named hot statements; prepared once per connection. */
export type Sql = Pick<pg.Pool, 'query'>;

export type Database = { db: Db; sql: Sql } & AsyncDisposable;

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
    application_name: 'volley',
  });
  // An idle connection that PostgreSQL closes would otherwise end the process.
  let closing = false;
  pool.on('error', (err) => {
    if (!closing) log.warn({ err }, 'an idle PostgreSQL connection was lost');
  });
  const db = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    db,
    sql: pool,
    async [Symbol.asyncDispose]() {
      closing = true;
      await db.$disconnect();
      await pool.end();
    },
  };
}
