import type { EchoHeader } from '../echo/echo-call.ts';
import type { Sql } from './database.ts';

/** A call as it is written. */
export type NewEchoCall = {
  id: string;
  receiverId: string;
  method: string;
  path: string;
  query: string;
  headers: EchoHeader[];
  headersCut: boolean;
  body: string | null;
  bodyBytes: number;
  address: string | null;
  status: number;
};

/** Calls kept of one receiver; older ones go as new ones come. */
export const KEPT_ECHO_CALLS = 100;

/** Calls are kept, and shown, this long. */
export const KEPT_ECHO_HOURS = 24;

/**
 * Calls that arrived before this are no longer shown, be they dropped yet or not. A whole minute, so that
 * all receivers of a page are read by one statement.
 */
export function keptEchoSince(now: Date): Date {
  return new Date(Math.ceil(now.getTime() / 60_000 - KEPT_ECHO_HOURS * 60) * 60_000);
}

/** The receiver that a token names, null for none: the same statement whatever is wrong with it. */
export async function findEchoReceiver(sql: Sql, token: string): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'find-echo-receiver',
    text: 'SELECT id FROM echo_receiver WHERE sha256(token) = sha256($1)',
    values: [Buffer.from(token, 'hex')],
  });
  return rows[0]?.id ?? null;
}

/**
 * Writes a call and drops what its receiver no longer keeps. False when the receiver was deleted
 * meanwhile. Calls at the same time may leave a few too many, until the next one.
 */
export async function insertEchoCall(sql: Sql, call: NewEchoCall): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'insert-echo-call',
    text: `
      WITH outdated AS (
        DELETE FROM echo_call WHERE receiver_id = $2 AND (
          received_at <= volley_now() - interval '${KEPT_ECHO_HOURS} hours'
          OR id <= (SELECT id FROM echo_call WHERE receiver_id = $2 ORDER BY id DESC
                    OFFSET ${KEPT_ECHO_CALLS - 1} LIMIT 1))
      )
      INSERT INTO echo_call (id, receiver_id, method, path, query, headers, headers_cut, body, body_bytes, address, status,
                             received_at)
      SELECT $1, r.id, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, volley_now()
      FROM echo_receiver r WHERE r.id = $2 FOR KEY SHARE`,
    values: [
      ...[call.id, call.receiverId, call.method, call.path, call.query],
      ...[JSON.stringify(call.headers), call.headersCut, call.body, call.bodyBytes],
      ...[call.address, call.status],
    ],
  });
  return rowCount === 1;
}

/** Drops calls that are too old of receivers that nobody calls any more; answers how many. */
export async function dropOldEchoCalls(sql: Sql): Promise<number> {
  const { rowCount } = await sql.query({
    name: 'drop-old-echo-calls',
    text: `DELETE FROM echo_call WHERE received_at <= volley_now() - interval '${KEPT_ECHO_HOURS} hours'`,
  });
  return rowCount ?? 0;
}
