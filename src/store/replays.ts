import type { Sql } from './database.ts';
import type { ScheduledPostback } from './events.ts';
import { DESTINATION_ID } from './postbacks.ts';

/** A postback made on request: a replay or a test fire. */
export type RequestedPostback = {
  id: string;
  pixelId: string;
  pixelVersion: number;
  eventId: string;
  affiliateId: string;
  campaignId: string | null;
  clickId: string | null;
  eventType: string;
  maxAttempts: number;
  replayOfId: string | null;
  test: boolean;
  /** For how long the caller has it for itself before a worker may fire it. */
  leaseSeconds: number;
};

/** Writes a postback that is due now, by PostgreSQL's clock. */
export async function insertDueNow(sql: Sql, row: RequestedPostback): Promise<ScheduledPostback> {
  const { rows } = await sql.query<ScheduledPostback>({
    name: 'insert-due-now',
    text: `
      INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type,
                            state, due_at, next_attempt_at, max_attempts, replay_of_id, test)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'OPEN', volley_now(),
              volley_now() + make_interval(secs => $12::double precision), $9, $10, $11)
      RETURNING id, affiliate_id AS "affiliateId", ${DESTINATION_ID}, volley_ms(next_attempt_at) AS "dueAtMs"`,
    values: [
      row.id,
      row.pixelId,
      row.pixelVersion,
      row.eventId,
      row.affiliateId,
      row.campaignId,
      row.clickId,
      row.eventType,
      row.maxAttempts,
      row.replayOfId,
      row.test,
      row.leaseSeconds,
    ],
  });
  return rows[0] as ScheduledPostback;
}
