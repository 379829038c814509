import type { CommittedLog, LogRow } from '../live/hub.ts';
import { type LogName, MAX_UUID, type Position } from '../live/position.ts';
import type { Sql } from './database.ts';

/** The last transaction below which nothing can be committed any more: all older ones are over. */
export async function readLastSettled(sql: Sql): Promise<bigint> {
  const { rows } = await sql.query<{ xmin: string }>({
    name: 'committed-log-head',
    text: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
  });
  return BigInt(rows[0]!.xmin) - 1n;
}

/** Whether a committed row is not readable yet because an older transaction still runs. */
export async function hasHidden(sql: Sql, table: string): Promise<boolean> {
  const { rows } = await sql.query<{ hidden: boolean }>({
    name: `${table}-log-hidden`,
    text: `SELECT EXISTS (SELECT 1 FROM ${table}
           WHERE xact > 0 AND xact >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint) AS hidden`,
  });
  return rows[0]!.hidden;
}

/** Which rows, and what of each: SQL that is written in the code, never taken from a caller. */
type Statement = {
  log: LogName;
  /** The table, which has the columns `xact` and `id` (a UUID). */
  table: string;
  /** Columns beside these two, of the table as `r` and of what is joined. */
  columns: string;
  joins?: string;
  /** Rows that are in the log; default all. */
  only?: string;
};

/**
 * A log of rows in commit order: by transaction id, read below the oldest running transaction, then by
 * row. The index holds transactions alone, so the rows of one are sorted as they are read.
 */
export function openRowLog<Row extends LogRow & { id: string }>(
  sql: Sql,
  { log, table, columns, joins = '', only = 'true' }: Statement,
): CommittedLog<Row> {
  return {
    async head() {
      return { xact: await readLastSettled(sql), id: MAX_UUID, log };
    },
    async read(after, limit) {
      const { rows } = await sql.query<Row & { xact: string }>({
        name: `read-${table}-log`,
        text: `
          SELECT r.xact, r.id, ${columns} FROM ${table} r ${joins}
          WHERE r.xact > 0 AND (r.xact, r.id) > ($1::bigint, $2::uuid) AND ${only}
            AND r.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
          ORDER BY r.xact, r.id LIMIT $3`,
        values: [after.xact.toString(), toUuid(after.id), limit],
      });
      return {
        rows: rows.map((row) => ({ ...row, position: placeOf(log, row.xact, row.id) })),
        pending: rows.length < limit && (await hasHidden(sql, table)),
      };
    },
  };
}

function placeOf(log: LogName, xact: string, id: string): Position {
  return { xact: BigInt(xact), id: BigInt(`0x${id.replaceAll('-', '')}`), log };
}

/** PostgreSQL reads the digits of a UUID without its hyphens. */
function toUuid(id: bigint): string {
  return id.toString(16).padStart(32, '0');
}

/**
 * Takes rows that came from another server (a dump restored here) out of the log. Their transaction ids
 * may lie beyond this server's counter, and would hide them and stall its readers until it got there.
 */
export async function adoptRestoredRows(sql: Sql): Promise<void> {
  for (const table of ['click', 'event', 'echo_call']) {
    await sql.query(`
      UPDATE ${table} SET xact = 0
      WHERE xact > 0 AND xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint`);
  }
}
