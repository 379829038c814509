import type { CommittedLog } from '../live/hub.ts';
import { MAX_BIGINT, type Position } from '../live/position.ts';
import { hasHidden, readLastSettled } from './commit-order.ts';
import type { Sql } from './database.ts';

/** A finished attempt with what filters ask of its postback. */
export type AttemptRow = {
  position: Position;
  attemptId: bigint;
  postbackId: string;
  affiliateId: string;
  campaignId: string | null;
  offerId: string | null;
  pixelId: string;
  eventId: string;
  integrationId: string;
  eventType: string;
  clickId: string | null;
  affclickid: string | null;
  state: string;
  attemptsMade: number;
  /** Whether it is open and its destination is held now. */
  held: boolean;
  lastStatusCode: number | null;
  finalUrl: string | null;
  test: boolean;
  dueAt: Date;
  finishedAt: Date;
};

export type AttemptLog = CommittedLog<AttemptRow> & {
  /** A place before every attempt that finished at or after a time; null when none did. */
  placeBefore(time: Date): Promise<Position | null>;
};

/** An attempt is over within its deadline, 60 s at most; clocks of workers may differ a little. */
const LONGEST_ATTEMPT_MS = 120_000;

/**
 * The log of attempts in commit order: by transaction id, read below the oldest running transaction,
 * then by row. A plain sequence would not do: a lower id may be committed later (delivery.md b11.3).
 */
export function openAttemptLog(sql: Sql): AttemptLog {
  return {
    async head() {
      return { xact: await readLastSettled(sql), id: MAX_BIGINT };
    },

    async read(after, limit) {
      const { rows } = await sql.query<Omit<AttemptRow, 'position'> & { xact: string }>({
        name: 'read-attempt-log',
        text: `
          SELECT a.xact, a.id AS "attemptId", p.id AS "postbackId", p.affiliate_id AS "affiliateId",
            p.campaign_id AS "campaignId", g.offer_id AS "offerId", p.pixel_id AS "pixelId", p.event_id AS "eventId",
            e.integration_id AS "integrationId", p.event_type AS "eventType", p.click_id AS "clickId",
            c.affclickid, p.last_status_code AS "lastStatusCode",
            p.state::text, p.attempts_made AS "attemptsMade", p.state = 'OPEN' AND d.held_until IS NOT NULL AS held, p.final_url AS "finalUrl", p.test, p.due_at AS "dueAt",
            a.started_at + a.duration_ms * interval '1 ms' AS "finishedAt"
          FROM postback_attempt a
          JOIN postback p ON p.id = a.postback_id
          JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
          JOIN destination d ON d.id = v.destination_id
          JOIN event e ON e.id = p.event_id
          LEFT JOIN click c ON c.id = e.click_row_id
          LEFT JOIN campaign g ON g.id = p.campaign_id
          WHERE (a.xact, a.id) > ($1::bigint, $2::bigint)
            AND a.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
          ORDER BY a.xact, a.id LIMIT $3`,
        values: [after.xact.toString(), after.id.toString(), limit],
      });
      return {
        rows: rows.map(({ xact, ...row }) => ({
          ...row,
          attemptId: BigInt(row.attemptId),
          position: { xact: BigInt(xact), id: BigInt(row.attemptId) },
        })),
        pending: rows.length < limit && (await hasHidden(sql, 'postback_attempt')),
      };
    },

    async placeBefore(time) {
      // Rows come in nearly by when they were started, so their ids are halved until the first of them is
      // found: some forty looks at the primary key, however long the log is.
      const { rows } = await sql.query<{ xact: string }>({
        name: 'attempt-log-since',
        text: `
          WITH RECURSIVE search (low, high) AS (
            SELECT min(id), max(id) + 1 FROM postback_attempt
            UNION ALL
            SELECT CASE WHEN late THEN low ELSE mid + 1 END, CASE WHEN late THEN mid ELSE high END
            FROM (
              SELECT low, high, mid, (
                SELECT started_at >= $1 FROM postback_attempt WHERE id >= mid ORDER BY id LIMIT 1
              ) AS late
              FROM (SELECT low, high, (low + high) / 2 AS mid FROM search WHERE low < high) half
            ) looked
          )
          SELECT a.xact FROM postback_attempt a
          WHERE a.id >= (SELECT low FROM search WHERE low = high) ORDER BY a.id LIMIT 1`,
        values: [new Date(time.getTime() - LONGEST_ATTEMPT_MS)],
      });
      const xact = rows[0]?.xact;
      // Ids begin at 1: before all that its transaction wrote.
      return xact === undefined ? null : { xact: BigInt(xact), id: 0n };
    },
  };
}

/**
 * Gives rows that came from another server (a dump restored here) the first place of the log. Their
 * transaction ids may lie beyond this server's counter, and would hide them and stall its readers
 * until it got there.
 */
export async function adoptRestoredAttempts(sql: Sql): Promise<void> {
  await sql.query(`
    UPDATE postback_attempt SET xact = 0
    WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint`);
}
