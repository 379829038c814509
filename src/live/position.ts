/**
 * A place in one of PostgreSQL's committed logs: the transaction that wrote a row, then the row.
 * Rows are read only below the oldest running transaction, so nothing ever appears behind a position.
 */
export type Position = {
  xact: bigint;
  /** Of the row; a UUID as its 128 bits. */
  id: bigint;
  /** Whose places these are; left out for attempts. */
  log?: LogName;
};

/** The logs beside that of attempts. */
export type LogName = 'events' | 'clicks' | 'echoes';

/** What a cursor begins with: so that none is taken for that of another log. */
const PREFIXES = { attempts: '1', events: 'e1', clicks: 'c1', echoes: 'x1' } as const;

/** Negative when `a` comes before `b`, 0 when they are the same place. */
export function comparePositions(a: Position, b: Position): number {
  if (a.xact !== b.xact) return a.xact < b.xact ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** The cursor clients hold: opaque to them, stable for ever. */
export function encodeCursor({ xact, id, log }: Position): string {
  return Buffer.from(`${PREFIXES[log ?? 'attempts']}:${xact}:${id}`).toString('base64url');
}

/**
 * The place a cursor stands for, or null when the text is none of this log's.
 * @param log left out for attempts
 */
export function decodeCursor(cursor: string, log?: LogName): Position | null {
  const match = /^(\w+):(\d{1,19}):(\d{1,39})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match || match[1] !== PREFIXES[log ?? 'attempts']) return null;
  const position = { xact: BigInt(match[2]!), id: BigInt(match[3]!), ...(log && { log }) };
  const maxId = log ? MAX_UUID : MAX_BIGINT;
  return position.xact > MAX_BIGINT || position.id > maxId ? null : position;
}

/** The largest number that PostgreSQL's bigint holds. */
export const MAX_BIGINT = 9_223_372_036_854_775_807n;

/** The largest number that a UUID holds. */
export const MAX_UUID = 2n ** 128n - 1n;
