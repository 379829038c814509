import type { Sql } from './database.ts';

/** A postback that was given up, with what a replay needs of it and its pixel. */
export type FailedPostback = {
  id: string;
  /** The first postback of its family: the one that was not itself a replay. */
  firstId: string;
  pixelId: string;
  pixelVersion: number;
  eventId: string;
  affiliateId: string;
  campaignId: string | null;
  clickId: string | null;
  eventType: string;
  pixelStatus: string;
  /** The pixel's version and attempts of now. */
  currentVersion: number;
  maxAttempts: number;
};

/** A condition on `postback p`; `$1` and on are its values. */
type Condition = { where: string; values: unknown[] };

/**
 * FAILED postbacks that nobody replayed since, test fires left out. What was made after the job was
 * planned is none of its business: its own replays least of all.
 */
function failed({ where, values }: Condition, plannedAt: Date): Condition {
  return {
    where: `${where} AND p.state = 'FAILED' AND NOT p.test AND p.created_at < $${values.length + 1}
      AND NOT EXISTS (SELECT 1 FROM postback n
                      WHERE n.replay_of_id = coalesce(p.replay_of_id, p.id) AND n.id > p.id AND NOT n.test)`,
    values: [...values, plannedAt],
  };
}

export async function countFailedPostbacks(
  sql: Sql,
  condition: Condition,
  plannedAt: Date,
): Promise<number> {
  const { where, values } = failed(condition, plannedAt);
  const { rows } = await sql.query<{ count: number }>({
    text: `SELECT count(*)::int AS count FROM postback p WHERE ${where}`,
    values,
  });
  return rows[0]?.count ?? 0;
}

/** One page of them in id order, behind `after`. */
export async function loadFailedPostbacks(
  sql: Sql,
  condition: Condition,
  plannedAt: Date,
  after: string | null,
  limit: number,
): Promise<FailedPostback[]> {
  const { where, values } = failed(condition, plannedAt);
  const next = `$${values.length + 1}`;
  const { rows } = await sql.query<FailedPostback>({
    text: `
      SELECT p.id, coalesce(p.replay_of_id, p.id) AS "firstId", p.pixel_id AS "pixelId",
        p.pixel_version AS "pixelVersion", p.event_id AS "eventId", p.affiliate_id AS "affiliateId",
        p.campaign_id AS "campaignId", p.click_id AS "clickId", p.event_type AS "eventType",
        x.status::text AS "pixelStatus", x.version AS "currentVersion", x.max_attempts AS "maxAttempts"
      FROM postback p JOIN pixel x ON x.id = p.pixel_id
      WHERE ${where} AND (${next}::uuid IS NULL OR p.id > ${next})
      ORDER BY p.id LIMIT ${limit}`,
    values: [...values, after],
  });
  return rows;
}
