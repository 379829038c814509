import pg from 'pg';
import { toError } from '../platform/failure.ts';
import { Prisma } from './generated/client/client.ts';

// Classes of SQLSTATE that speak of the server and not of the statement: connection, too few resources,
// operator intervention (restart, shutdown, statement timeout), system error, rollback; and a lock that
// was not to be had, a server that only reads (a standby before its promotion).
const PASSING_CLASSES = new Set(['08', '53', '57', '58', '40']);
const PASSING_STATES = new Set(['55P03', '25006']);

// What `pg` says of a connection without a code; its sentences are part of no interface, so tests hold them.
const CONNECTION_LOST =
  /^(Connection terminated|Connection ended|Query read timeout|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|read E|write E)/;

// Prisma's own words for the same, where its driver had no SQLSTATE: adapters' MappedError.
const PASSING_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
]);
// "Unable to start a transaction in the given time", and one that was ended for taking too long.
const TRANSACTION_NOT_HAD = 'P2028';

/** Whether PostgreSQL could not be asked, or could not answer now: the same statement may work later. */
export function isPassingFault(thrown: unknown): boolean {
  if (thrown instanceof pg.DatabaseError) return isPassingState(thrown.code);
  if (thrown instanceof Prisma.PrismaClientKnownRequestError) {
    const { kind, originalCode } = driverFault(thrown);
    return (
      thrown.code === TRANSACTION_NOT_HAD || PASSING_KINDS.has(kind) || isPassingState(originalCode)
    );
  }
  const error = toError(thrown) as Error & { syscall?: unknown };
  return typeof error.syscall === 'string' || CONNECTION_LOST.test(error.message);
}

/** The SQLSTATE of a failed statement, be it Prisma's or one of the named ones; undefined without one. */
export function sqlState(thrown: unknown): string | undefined {
  if (thrown instanceof pg.DatabaseError) return thrown.code;
  if (!(thrown instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  return driverFault(thrown).originalCode;
}

function isPassingState(code = ''): boolean {
  return PASSING_CLASSES.has(code.slice(0, 2)) || PASSING_STATES.has(code);
}

/** What the adapter made of the driver's error. */
function driverFault({ meta }: Prisma.PrismaClientKnownRequestError): {
  kind: string;
  originalCode?: string;
} {
  const { cause } = (meta?.driverAdapterError ?? {}) as { cause?: { kind: string } };
  return cause ?? { kind: '' };
}
