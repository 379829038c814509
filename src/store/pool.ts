import pg from 'pg';
import type { Log } from '../platform/log.ts';
import { outsideRequests } from '../platform/request-scope.ts';

/** Beyond the server's own limit only a server that is not there any more keeps silent. */
const SILENCE_LIMIT_MS = 35_000;
/** How long somebody waits for a connection while all are taken. */
export const CONNECTION_WAIT_MS = 5_000;
/** A statement that takes longer is given up by PostgreSQL. */
export const STATEMENT_LIMIT_MS = 30_000;

/**
 * Connections to PostgreSQL, `max` at most. One that comes back inside a transaction is closed: whoever got it
 * next would go on in that transaction, as whom it is bound to.
 */
export function openPool(url: string, log: Pick<Log, 'warn'>, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    // A statement that waits longer than this for a lock is better refused than piled up behind it.
    statement_timeout: STATEMENT_LIMIT_MS,
    query_timeout: SILENCE_LIMIT_MS,
    keepAlive: true,
    application_name: 'volley',
  });
  // An idle connection that PostgreSQL closes would otherwise end the process.
  pool.on('error', (err) => {
    // It fails in the scope of the request that once opened it, and is not about that one.
    if (!pool.ending) {
      outsideRequests(() => log.warn({ err }, 'an idle PostgreSQL connection was lost'));
    }
  });
  pool.on('release', (_err, client) => {
    const status = (client as pg.PoolClient).getTransactionStatus();
    if (status !== 'T' && status !== 'E') return;
    log.warn({ status }, 'a PostgreSQL connection came back inside a transaction');
    // An ending client is not kept by the pool.
    void client.end();
  });
  return pool;
}
