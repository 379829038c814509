import type { Sql } from '../store/database.ts';
import { type PostbackFilter, toSql } from './postback-filter.ts';

export type PostbackOrder = { by: 'CREATED_AT' | 'DUE_AT'; direction: 'ASC' | 'DESC' };

/**
 * Where a row stands in the report. `dueAt` is PostgreSQL's own text, as a Date has no microseconds; null
 * in a report by creation, which is then read from indexes alone.
 */
export type Place = { id: string; dueAt: string | null };

/**
 * Newest first. A window of due times is read in their order: by creation PostgreSQL may walk back from
 * the newest row to the window, as it does not know that the two times go together.
 */
export function usualOrder({ from, to }: PostbackFilter): PostbackOrder {
  return { by: from || to ? 'DUE_AT' : 'CREATED_AT', direction: 'DESC' };
}

/**
 * The statement of one page of the report, the places of its rows in their order: those behind a place,
 * so that a page deep inside costs what the first one does.
 *
 * PostgreSQL cannot read several affiliates from an index in the order of their rows: it would sort all
 * that they have, or walk over everybody's. So the first rows of each are read by themselves, and merged.
 */
export function pageSql(
  filter: PostbackFilter,
  order: PostbackOrder,
  after: Place | null,
  limit: number,
): { text: string; values: unknown[] } {
  const split = splitOf(filter, order);
  const { where, values } = toSql(split ? { ...filter, [split.field]: undefined } : filter);
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const byDue = order.by === 'DUE_AT';
  const place = (of: string) =>
    `${of}.id, ${byDue ? `${of}.due_at` : 'NULL::timestamptz AS due_at'}`;
  const sorted = (of: string) =>
    `${byDue ? `${of}.due_at ${order.direction}, ` : ''}${of}.id ${order.direction}`;
  const than = order.direction === 'ASC' ? '>' : '<';
  const isBehind =
    after === null
      ? ''
      : byDue
        ? `AND (p.due_at, p.id) ${than} (${bind(after.dueAt, 'timestamptz')}, ${bind(after.id, 'uuid')})`
        : `AND p.id ${than} ${bind(after.id, 'uuid')}`;
  const page = (condition: string) => `
    SELECT ${place('p')} FROM postback p WHERE ${condition} ${isBehind} ORDER BY ${sorted('p')} LIMIT ${limit}`;
  if (!split) return { text: page(where), values };
  const keys = bind([...new Set(split.ids)], 'uuid[]');
  const text = `
    SELECT ${place('page')} FROM (SELECT unnest(${keys}) AS id) each
    CROSS JOIN LATERAL (${page(`p.${split.column} = each.id AND ${where}`)}) page
    ORDER BY ${sorted('page')} LIMIT ${limit}`;
  return { text, values };
}

/** The ids of one page behind a row, in their order; none behind a row that is not of this report. */
export async function pagePostbacks(
  sql: Sql,
  filter: PostbackFilter,
  order: PostbackOrder,
  { after, limit }: { after: string | null; limit: number },
): Promise<string[]> {
  const place = after === null ? null : await placeOf(sql, filter, order, after);
  if (place === undefined) return [];
  const { rows } = await sql.query<{ id: string }>(pageSql(filter, order, place, limit));
  return rows.map(({ id }) => id);
}

async function placeOf(
  sql: Sql,
  { affiliateIds }: PostbackFilter,
  { by }: PostbackOrder,
  id: string,
): Promise<Place | undefined> {
  if (by === 'CREATED_AT') return { id, dueAt: null };
  const { rows } = await sql.query<Place>({
    text: `SELECT id, due_at::text AS "dueAt" FROM postback
      WHERE id = $1 AND ($2::uuid[] IS NULL OR affiliate_id = ANY($2))`,
    values: [id, affiliateIds ?? null],
  });
  return rows[0];
}

/** The list to read one by one: that of an index in the order asked. One click has few rows anyhow. */
function splitOf(filter: PostbackFilter, { by }: PostbackOrder) {
  const { pixelIds, affiliateIds, campaignIds, clickId, affclickid } = filter;
  if (clickId !== undefined || affclickid !== undefined) return null;
  if (by === 'CREATED_AT' && pixelIds) {
    return { field: 'pixelIds', column: 'pixel_id', ids: pixelIds };
  }
  if (affiliateIds) return { field: 'affiliateIds', column: 'affiliate_id', ids: affiliateIds };
  if (by === 'CREATED_AT' && campaignIds) {
    return { field: 'campaignIds', column: 'campaign_id', ids: campaignIds };
  }
  return null;
}
