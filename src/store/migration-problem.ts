/** A database that cannot be reached or changed. The message is one sentence with the fix. */
export class MigrationError extends Error {
  override name = 'MigrationError';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

const FIXES: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there: start the server or correct DATABASE_URL',
  ECONNRESET: 'the server closed the connection: see its log, or correct DATABASE_URL',
  ENOTFOUND: 'that host name is unknown: correct DATABASE_URL',
  EAI_AGAIN: 'the host name cannot be looked up now: check the network or DATABASE_URL',
  ETIMEDOUT: 'no answer came: check the network, the firewall and DATABASE_URL',
  ERR_INVALID_URL: 'it is not a URL: DATABASE_URL reads postgresql://user:password@host/database',
  ENOENT: 'that socket does not exist: start the server or correct DATABASE_URL',
  '28P01': 'user or password are wrong: correct DATABASE_URL',
  '28000': 'this user may not connect: correct DATABASE_URL or pg_hba.conf',
  '3D000': 'that database does not exist: create it (CREATE DATABASE) or correct DATABASE_URL',
  '53300': 'the server has no free connection: raise max_connections or close some',
  '57P03': 'the server is starting or stopping: try again',
  '42501': 'the user lacks a right: grant it or name another user in DATABASE_URL',
  '55P03': 'another process has been migrating for two minutes: wait for it, or end it',
};

/** Turns whatever failed into a MigrationError that names the database, never the password. */
export function storeProblem(databaseUrl: string, error: unknown): MigrationError {
  if (error instanceof MigrationError) return error;
  const message = messageOf(error);
  const where = describeDatabase(databaseUrl);
  if (/permission denied|shadow database|must be (owner|superuser)|must have/i.test(message)) {
    return new MigrationError(`${where}: ${oneLine(message)}; ${FIXES['42501']}`, error);
  }
  const code = codeOf(error);
  const fix = FIXES[code] ?? (/timeout/i.test(message) ? FIXES.ETIMEDOUT : undefined);
  if (fix) return new MigrationError(`cannot use the database ${where}: ${fix}`, error);
  return new MigrationError(`the database ${where} failed: ${oneLine(message)}`, error);
}

/** `host:port/database` of a connection URL. */
export function describeDatabase(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl);
    const host = url.hostname || url.searchParams.get('host') || 'localhost';
    return `${host}:${url.port || 5432}/${url.pathname.slice(1)}`;
  } catch {
    return 'of DATABASE_URL';
  }
}

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? codeOf(errors[0]) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function oneLine(message: string): string {
  return (message.split('\n').find((line) => line.trim() !== '') ?? 'no reason given').trim();
}
