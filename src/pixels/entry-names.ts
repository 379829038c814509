import type { Db } from '../store/database.ts';

/**
 * What is looked at when a pixel is checked against what the affiliate really sends (product: Meaning),
 * and how many names are told apart: an affiliate may have any number of links.
 */
const NEWEST_LINKS = 1_000;
const RECENT_CLICKS = 100;
const MAX_NAMES = 500;

/** The parameter names that an affiliate's newest tracking links declare or its last clicks carried. */
export async function loadEntryNames(db: Db, affiliateId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    WITH link AS (
      SELECT parameters FROM tracking_link WHERE affiliate_id = ${affiliateId}::uuid
      ORDER BY id DESC LIMIT ${NEWEST_LINKS}
    ), visit AS (
      SELECT parameters FROM click WHERE affiliate_id = ${affiliateId}::uuid AND NOT is_bot
      ORDER BY id DESC LIMIT ${RECENT_CLICKS}
    )
    SELECT DISTINCT parameter ->> 'name' AS name
    FROM (SELECT parameters FROM link UNION ALL SELECT parameters FROM visit) AS carried,
      jsonb_array_elements(carried.parameters) AS parameter
    ORDER BY name LIMIT ${MAX_NAMES}`;
  return rows.map(({ name }) => name);
}

const reading = new WeakMap<object, Map<string, Promise<string[]>>>();

/**
 * The same for all pixels of one page: those of an affiliate share a reading while it is under way. It
 * is not kept longer, as `request` may be a socket that lives for hours.
 */
export function shareEntryNames(request: { db: Db }, affiliateId: string): Promise<string[]> {
  const byAffiliate = reading.get(request) ?? new Map<string, Promise<string[]>>();
  reading.set(request, byAffiliate);
  const underWay = byAffiliate.get(affiliateId);
  if (underWay) return underWay;
  const names = loadEntryNames(request.db, affiliateId).finally(() => {
    byAffiliate.delete(affiliateId);
  });
  byAffiliate.set(affiliateId, names);
  return names;
}
