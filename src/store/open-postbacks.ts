import type { Sql } from './database.ts';

/** An open postback as the queue knows it. */
export type DuePostback = {
  id: string;
  affiliateId: string;
  destinationId: string;
  dueAtMs: number;
  /** For how long it has been due; negative before. */
  overdueMs: number;
  /** Its due time to the microsecond, as PostgreSQL writes it: where the next page goes on. */
  dueAt: string;
};

/** Which open postbacks a page holds; see {@link pageOpenPostbacks}. */
export type OpenPage = {
  /** Those whose next attempt is due before so many ms from now. */
  horizonMs: number;
  /** Those that have been due for so many ms at most; null for all. */
  sinceMs: number | null;
  /** Those of some affiliates; null for all. */
  affiliateIds: string[] | null;
  /** The last row of the page before; null for the first page. */
  after: Pick<DuePostback, 'dueAt' | 'id'> | null;
  limit: number;
};

/** One page of open postbacks in due order, read from the index of open ones: what the queue is filled from. */
export async function pageOpenPostbacks(sql: Sql, page: OpenPage): Promise<DuePostback[]> {
  const { rows } = await sql.query<DuePostback>({
    name: 'page-open-postbacks',
    text: `
      SELECT p.id, p.affiliate_id AS "affiliateId", v.destination_id AS "destinationId",
        volley_ms(p.next_attempt_at) AS "dueAtMs", p.next_attempt_at::text AS "dueAt",
        volley_ms(volley_now()) - volley_ms(p.next_attempt_at) AS "overdueMs"
      FROM (
        SELECT id, affiliate_id, pixel_id, pixel_version, next_attempt_at FROM postback
        WHERE state = 'OPEN'
          AND next_attempt_at < volley_now() + make_interval(secs => $1::double precision / 1000)
          AND (next_attempt_at, id) > (
            coalesce($2::timestamptz, volley_now() - make_interval(secs => $3::double precision / 1000), '-infinity'),
            coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
          AND ($5::uuid[] IS NULL OR affiliate_id = ANY($5))
        ORDER BY next_attempt_at, id LIMIT $6
      ) p
      JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
      ORDER BY p.next_attempt_at, p.id`,
    values: [
      page.horizonMs,
      page.after?.dueAt ?? null,
      page.sinceMs,
      page.after?.id ?? null,
      page.affiliateIds,
      page.limit,
    ],
  });
  return rows;
}
