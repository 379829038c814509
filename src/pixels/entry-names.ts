import type { Sql } from '../store/database.ts';

/**
 * What is looked at when a pixel is checked against what the affiliate really sends (product: Meaning),
 * and how many names are told apart: an affiliate may have any number of links.
 */
const NEWEST_LINKS = 1_000;
const RECENT_CLICKS = 100;
const MAX_NAMES = 500;
/** Of more affiliates below a broker nothing is said: a warning that looks at some of them may be false. */
const MAX_BELOW = 100;

/** Whose links and clicks a pixel answers. */
export type EntryNameScope = { affiliateId: string; includeSubPartners: boolean };

const TREE = '/tree';

/** A scope as a key of {@link loadEntryNames}. */
export function entryNameKey({ affiliateId, includeSubPartners }: EntryNameScope): string {
  return includeSubPartners ? affiliateId + TREE : affiliateId;
}

/**
 * The parameter names that the newest tracking links of each scope declare or its last clicks carried;
 * the clicks of bots say nothing about what an affiliate sends. One statement however many scopes.
 * @returns the names by key; a scope of too many affiliates is left out
 */
export async function loadEntryNames(sql: Sql, keys: string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql.query<{ key: string; names: string[] }>({
    name: 'load-entry-names',
    text: `
      WITH RECURSIVE line AS (
        SELECT key, id, tree FROM unnest($1::text[], $2::uuid[], $3::boolean[]) AS asked(key, id, tree)
        UNION ALL
        SELECT l.key, a.id, true FROM line l JOIN affiliate a ON a.parent_id = l.id WHERE l.tree
      ), asked AS (
        SELECT key FROM line GROUP BY key HAVING count(*) <= ${MAX_BELOW + 1}
      )
      SELECT asked.key, ARRAY(
        SELECT DISTINCT parameter ->> 'name'
        FROM line CROSS JOIN LATERAL (
          (SELECT parameters FROM tracking_link WHERE affiliate_id = line.id ORDER BY id DESC LIMIT ${NEWEST_LINKS})
          UNION ALL
          (SELECT parameters FROM click WHERE affiliate_id = line.id AND NOT is_bot ORDER BY id DESC LIMIT ${RECENT_CLICKS})
        ) AS carried, jsonb_array_elements(carried.parameters) AS parameter
        WHERE line.key = asked.key
        ORDER BY 1 LIMIT ${MAX_NAMES}
      ) AS names
      FROM asked`,
    values: [keys, keys.map((key) => key.replace(TREE, '')), keys.map((key) => key.endsWith(TREE))],
  });
  return new Map(rows.map(({ key, names }) => [key, names]));
}
