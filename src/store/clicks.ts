import type { Sql } from './database.ts';

/** A click as it is written. */
export type NewClick = {
  id: string;
  clickId: string;
  affiliateId: string;
  campaignId: string;
  entryUrl: string;
  parameters: { name: string; value: string }[];
  warnings: string[];
  ip: string | null;
  userAgent: string | null;
  /** Absent in a click that an older version spooled, as are the next six. */
  referrer?: string | null;
  language?: string | null;
  country?: string | null;
  region?: string | null;
  city?: string | null;
  isBot?: boolean;
  /** What `{affclickid}` renders. */
  affclickid?: string | null;
  createdAt: Date;
};

/**
 * What a statement may hold, by the length of the entry URLs: parameters repeat them, and PostgreSQL and
 * this process hold the batch several times over. 500 ordinary clicks have a twentieth of it.
 */
export const MAX_BATCH_CHARACTERS = 4 * 1024 * 1024;

/** The part of a click that has no small limit. */
export function sizeOfClick({ entryUrl }: NewClick): number {
  return entryUrl.length;
}

/**
 * Writes a batch of clicks in one statement; a click that is already there is left alone, so a
 * spooled batch may be written twice. Five bound arrays would do for any batch size; rows travel
 * as one JSON document because `parameters` and `warnings` are nested anyway.
 */
export async function insertClicks(sql: Sql, clicks: NewClick[]): Promise<void> {
  await sql.query({
    name: 'insert-clicks',
    text: `
      INSERT INTO click (id, click_id, affiliate_id, campaign_id, entry_url, parameters, warnings, ip, user_agent, referrer,
                         language, country, region, city, is_bot, affclickid, created_at)
      SELECT c.id, c."clickId", c."affiliateId", c."campaignId", c."entryUrl", c.parameters,
             ARRAY(SELECT jsonb_array_elements_text(c.warnings)), c.ip, c."userAgent", c.referrer,
             c.language, c.country, c.region, c.city, coalesce(c."isBot", false), c.affclickid, c."createdAt"
      FROM jsonb_to_recordset($1::jsonb) AS c(
        id uuid, "clickId" text, "affiliateId" uuid, "campaignId" uuid, "entryUrl" text, parameters jsonb,
        warnings jsonb, ip text, "userAgent" text, referrer text, language text, country text,
        region text, city text, "isBot" boolean, affclickid text, "createdAt" timestamptz)
      ON CONFLICT (click_id) DO NOTHING`,
    values: [JSON.stringify(clicks)],
  });
}

/** What planning and rendering need of a click. */
export type ClickFacts = {
  id: string;
  clickId: string;
  affiliateId: string;
  campaignId: string;
  createdAt: Date;
  parameters: { name: string; value: string }[];
  affid: string;
  affiliateKind: string;
  campaign: string;
  campaignName: string;
  offer: string;
  offerName: string;
  ip: string | null;
  userAgent: string | null;
  referrer: string | null;
  language: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
};

/** The columns of `ClickFacts`, for statements that join click `c`, affiliate `a`, campaign `g`, offer `o`. */
export const CLICK_FACTS = `
  c.id, c.click_id AS "clickId", c.affiliate_id AS "affiliateId", c.campaign_id AS "campaignId",
  c.created_at AS "createdAt", c.parameters, a.affid, a.kind::text AS "affiliateKind", g.code AS campaign,
  g.name AS "campaignName", o.code AS offer, o.name AS "offerName", c.ip, c.user_agent AS "userAgent",
  c.referrer, c.language, c.country, c.region, c.city`;

/** Loads the clicks with these click ids; unknown ones are absent from the map. */
export async function loadClicks(sql: Sql, clickIds: string[]): Promise<Map<string, ClickFacts>> {
  if (clickIds.length === 0) return new Map();
  const { rows } = await sql.query<ClickFacts>({
    name: 'load-clicks',
    text: `
      SELECT ${CLICK_FACTS}
      FROM click c
      JOIN affiliate a ON a.id = c.affiliate_id
      JOIN campaign g ON g.id = c.campaign_id
      JOIN offer o ON o.id = g.offer_id
      WHERE c.click_id = ANY($1)`,
    values: [clickIds],
  });
  return new Map(rows.map((row) => [row.clickId, row]));
}

/**
 * The affiliate's newest click, bots left out: of its last 100 one with an event of the type goes before
 * (null: of any type), together with that event.
 */
export async function findRecentClick(
  sql: Sql,
  affiliateId: string,
  eventType: string | null,
): Promise<{ clickId: string; eventId: string | null } | null> {
  const { rows } = await sql.query<{ clickId: string; eventId: string | null }>({
    name: 'find-recent-click',
    text: `
      SELECT c.click_id AS "clickId", e.id AS "eventId"
      FROM (SELECT id, click_id FROM click WHERE affiliate_id = $1 AND NOT is_bot ORDER BY id DESC LIMIT 100) c
      LEFT JOIN LATERAL (
        SELECT id FROM event
        WHERE click_row_id = c.id AND NOT test AND ($2::text IS NULL OR type = $2)
        ORDER BY id DESC LIMIT 1
      ) e ON true
      ORDER BY e.id IS NULL, c.id DESC LIMIT 1`,
    values: [affiliateId, eventType],
  });
  return rows[0] ?? null;
}
