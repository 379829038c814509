import pg from 'pg';
import type { Log } from '../platform/log.ts';
import { outsideRequests } from '../platform/request-scope.ts';

/** How long somebody waits for a connection while all are taken. */
export const CONNECTION_WAIT_MS = 5_000;
/**
 * The server ends a statement before its caller gives up on it: one that went on unseen could still
 * write what was meanwhile asked for again. Beyond that only a server that is gone keeps silent.
 */
export const PATIENCE = { serverMs: 30_000, callerMs: 35_000 };
/**
 * Of hot statements. A server that hangs is as good as down for whoever waits for an answer.
 *
 * They find their rows by index: a connection keeps the plans of its statements and of the checks of foreign keys, and one that
 * was made while a table was empty would read the whole of it for each row, until the first statistics come a
 * minute later. Planning a statement anew, or compiling it, takes as long as running it.
 */
export const HOT = {
  serverMs: 4_000,
  callerMs: 5_000,
  settings: 'SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off',
  /** A new one costs some 12 ms, and the first run of a large statement 20 ms more: a herd waits for neither. */
  kept: 4,
};

type PoolOptions = typeof PATIENCE & {
  /** SQL that each connection begins with. */
  settings?: string;
  /** So many stay open for good; default none. */
  kept?: number;
  /** Others are closed when nobody used them for so long; default 10 s. */
  idleMs?: number;
  /** One that has lived so long is closed as soon as nobody has it; default never. */
  lifeMs?: number;
};

/**
 * Connections to PostgreSQL, `max` at most. One that comes back inside a transaction is closed: whoever got it
 * next would go on in that transaction, as whom it is bound to.
 */
export function openPool(
  url: string,
  log: Pick<Log, 'warn'>,
  max: number,
  { serverMs, callerMs, settings, kept = 0, idleMs = 10_000, lifeMs = 0 }: PoolOptions = PATIENCE,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    // Said once it is connected: poolers before PostgreSQL refuse it as a parameter of the start.
    ...(settings && { onConnect: (client: pg.ClientBase) => client.query(settings) }),
    max,
    min: kept,
    idleTimeoutMillis: idleMs,
    maxLifetimeSeconds: lifeMs / 1000,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    // A statement that waits longer than this for a lock is better refused than piled up behind it.
    statement_timeout: serverMs,
    query_timeout: callerMs,
    keepAlive: true,
    // The same few connections do what little there is to do. A firewall must not forget the others meanwhile.
    keepAliveInitialDelayMillis: 30_000,
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
