import pg from 'pg';
import { toError } from '../platform/failure.ts';

// Classes of SQLSTATE that speak of the server and not of the statement: connection, too few resources,
// operator intervention (restart, shutdown, statement timeout), system error, rollback; and a lock that
// was not to be had, a server that only reads (a standby before its promotion).
const PASSING_CLASSES = new Set(['08', '53', '57', '58', '40']);
const PASSING_STATES = new Set(['55P03', '25006']);

// What `pg` says of a connection without a code; its sentences are part of no interface, so tests hold them.
const CONNECTION_LOST =
  /^(Connection terminated|Connection ended|Query read timeout|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|read E|write E)/;

/** Whether PostgreSQL could not be asked, or could not answer now: the same statement may work later. */
export function isPassingFault(thrown: unknown): boolean {
  if (thrown instanceof pg.DatabaseError) {
    const { code = '' } = thrown;
    return PASSING_CLASSES.has(code.slice(0, 2)) || PASSING_STATES.has(code);
  }
  const error = toError(thrown) as Error & { syscall?: unknown };
  return typeof error.syscall === 'string' || CONNECTION_LOST.test(error.message);
}
