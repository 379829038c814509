/**
 * A place in PostgreSQL's committed log of attempts: the transaction that wrote a row, then the row.
 * Rows are read only below the oldest running transaction, so nothing ever appears behind a position.
 */
export type Position = { xact: bigint; id: bigint };

/** Negative when `a` comes before `b`, 0 when they are the same place. */
export function comparePositions(a: Position, b: Position): number {
  if (a.xact !== b.xact) return a.xact < b.xact ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** The cursor clients hold: opaque to them, stable for ever. */
export function encodeCursor({ xact, id }: Position): string {
  return Buffer.from(`1:${xact}:${id}`).toString('base64url');
}

/** The place a cursor stands for, or null when the text is none of ours. */
export function decodeCursor(cursor: string): Position | null {
  const match = /^1:(\d{1,19}):(\d{1,19})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) return null;
  const position = { xact: BigInt(match[1]!), id: BigInt(match[2]!) };
  return position.xact > MAX_BIGINT || position.id > MAX_BIGINT ? null : position;
}

/** The largest number that PostgreSQL's bigint holds. */
export const MAX_BIGINT = 9_223_372_036_854_775_807n;
