import type { Sql } from '../store/database.ts';

/** Which clicks are grouped: all given conditions hold, lists mean "any of". */
export type AffclickidGroupFilter = {
  affiliateIds?: string[];
  campaignIds?: string[];
  /** Visited at or after. */
  from: Date;
  /** Visited before. */
  to: Date;
  /** Groups of fewer clicks are left out. */
  minClicks: number;
  /** Whose postbacks are counted: a broker's on the same clicks may be no business of the viewer. */
  postbacksOf?: string[];
};

/** The place of a group in the list. */
export type AffclickidPlace = Pick<AffclickidGroup, 'clicks' | 'affclickid' | 'affiliateId'>;

/** The clicks of one affiliate that carry the same `affclickid`, and what came of them. */
export type AffclickidGroup = {
  affiliateId: string;
  affclickid: string;
  clicks: number;
  events: number;
  postbacks: number;
  firstClickAt: Date;
  lastClickAt: Date;
};

/**
 * Groups clicks by the affiliate's own click id, largest groups first, then by that id, to expose doubles (domain rule
 * 38: two clicks may share one; each keeps its own record). Bots and test fires are not counted.
 */
export async function groupByAffclickid(
  sql: Sql,
  filter: AffclickidGroupFilter,
  limit: number,
  after: AffclickidPlace | null = null,
): Promise<AffclickidGroup[]> {
  const { rows } = await sql.query<AffclickidGroup>({
    name: 'group-by-affclickid',
    text: `
      WITH groups AS (
        SELECT affiliate_id, affclickid, count(*)::int AS clicks, min(created_at) AS first_at,
          max(created_at) AS last_at, array_agg(id) AS ids
        FROM click
        WHERE affclickid IS NOT NULL AND NOT is_bot AND created_at >= $1 AND created_at < $2
          AND ($3::uuid[] IS NULL OR affiliate_id = ANY($3)) AND ($4::uuid[] IS NULL OR campaign_id = ANY($4))
        GROUP BY affiliate_id, affclickid
        HAVING count(*) >= $5 AND ($7::int IS NULL OR count(*) < $7
          OR (count(*) = $7 AND (affclickid COLLATE "C", affiliate_id) > ($8::text COLLATE "C", $9::uuid)))
        ORDER BY clicks DESC, affclickid COLLATE "C", affiliate_id LIMIT $6
      )
      SELECT g.affiliate_id AS "affiliateId", g.affclickid, g.clicks, g.first_at AS "firstClickAt",
        g.last_at AS "lastClickAt",
        (SELECT count(*)::int FROM event e WHERE e.click_row_id = ANY(g.ids) AND NOT e.test) AS events,
        (SELECT count(*)::int FROM event e JOIN postback p ON p.event_id = e.id
         WHERE e.click_row_id = ANY(g.ids) AND NOT p.test
           AND ($10::uuid[] IS NULL OR p.affiliate_id = ANY($10))) AS postbacks
      FROM groups g ORDER BY g.clicks DESC, g.affclickid COLLATE "C", g.affiliate_id`,
    values: [
      filter.from,
      filter.to,
      filter.affiliateIds ?? null,
      filter.campaignIds ?? null,
      filter.minClicks,
      limit,
      after?.clicks ?? null,
      after?.affclickid ?? null,
      after?.affiliateId ?? null,
      filter.postbacksOf ?? null,
    ],
  });
  return rows;
}
