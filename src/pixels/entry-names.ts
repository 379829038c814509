import type { Sql } from '../store/database.ts';

/**
 * What is looked at when a pixel is checked against what the affiliate really sends (product: Meaning),
 * and how many names are told apart: an affiliate may have any number of links.
 */
const NEWEST_LINKS = 1_000;
const RECENT_CLICKS = 100;
const MAX_NAMES = 500;

/**
 * The parameter names that each affiliate's newest tracking links declare or its last clicks carried;
 * the clicks of bots say nothing about what it sends.
 */
export async function loadEntryNames(
  sql: Sql,
  affiliateIds: string[],
): Promise<Map<string, string[]>> {
  const { rows } = await sql.query<{ affiliateId: string; names: string[] }>({
    name: 'load-entry-names',
    text: `
      SELECT a.id AS "affiliateId", ARRAY(
        SELECT DISTINCT parameter ->> 'name'
        FROM (
          (SELECT parameters FROM tracking_link WHERE affiliate_id = a.id ORDER BY id DESC LIMIT ${NEWEST_LINKS})
          UNION ALL
          (SELECT parameters FROM click WHERE affiliate_id = a.id AND NOT is_bot ORDER BY id DESC LIMIT ${RECENT_CLICKS})
        ) AS carried, jsonb_array_elements(carried.parameters) AS parameter
        ORDER BY 1 LIMIT ${MAX_NAMES}
      ) AS names
      FROM unnest($1::uuid[]) AS a(id)`,
    values: [affiliateIds],
  });
  return new Map(rows.map(({ affiliateId, names }) => [affiliateId, names]));
}
