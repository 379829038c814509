import type { PlannedPixel } from '../postbacks/plan.ts';
import type { Sql } from './database.ts';

/** The columns of `PlannedPixel`, of pixel `p`. */
const PLANNED_PIXEL = `
        p.id, p.affiliate_id AS "affiliateId", p.status::text, p.version,
        p.url, p.method::text, p.body, p.trigger_event AS "triggerEvent", p.scope::text,
        p.statuses::text[], p.unresolved::text, p.required, p.signed, p.max_click_age_seconds AS "maxClickAgeSeconds",
        p.max_attempts AS "maxAttempts", p.created_at AS "createdAt",
        ARRAY(SELECT campaign_id::text FROM pixel_campaign WHERE pixel_id = p.id) AS "campaignIds"`;

/**
 * Loads the pixels that may answer the clicks of these affiliates: their own, and those of the
 * partners above them that include sub-partners. Deleted ones are left out unless asked for.
 * @returns the pixels by the affiliate of the click, own ones first, each list in creation order
 */
export async function loadPixels(
  sql: Sql,
  affiliateIds: string[],
  { withDeleted = false } = {},
): Promise<Map<string, PlannedPixel[]>> {
  const { rows } = await sql.query<PlannedPixel & { clickAffiliateId: string }>({
    name: 'load-pixels',
    text: `
      WITH RECURSIVE line AS (
        SELECT id AS click_affiliate_id, id, parent_id, 0 AS distance FROM affiliate WHERE id = ANY($1)
        UNION ALL
        SELECT l.click_affiliate_id, p.id, p.parent_id, l.distance + 1
        FROM line l JOIN affiliate p ON p.id = l.parent_id
      )
      SELECT l.click_affiliate_id AS "clickAffiliateId", ${PLANNED_PIXEL}
      FROM line l JOIN pixel p ON p.affiliate_id = l.id
      WHERE (p.status <> 'DELETED' OR $2) AND (l.distance = 0 OR p.include_sub_partners)
      ORDER BY l.distance, p.id`,
    values: [affiliateIds, withDeleted],
  });
  const byAffiliate = new Map<string, PlannedPixel[]>(affiliateIds.map((id) => [id, []]));
  for (const { clickAffiliateId, ...pixel } of rows) byAffiliate.get(clickAffiliateId)?.push(pixel);
  return byAffiliate;
}

/** One pixel, and whether it also fires for the clicks of sub-affiliates; null when it was deleted. */
export async function loadPixel(
  sql: Sql,
  id: string,
): Promise<(PlannedPixel & { includeSubPartners: boolean }) | null> {
  const { rows } = await sql.query<PlannedPixel & { includeSubPartners: boolean }>({
    name: 'load-pixel',
    text: `
      SELECT p.include_sub_partners AS "includeSubPartners", ${PLANNED_PIXEL}
      FROM pixel p WHERE p.id = $1 AND p.status <> 'DELETED'`,
    values: [id],
  });
  return rows[0] ?? null;
}
