import type { Sql } from '../store/database.ts';
import { type PostbackFilter, type PostbackStatus, STATUS_SQL, toSql } from './postback-filter.ts';

export type StatsBucketSize = 'MINUTE' | 'HOUR' | 'DAY' | 'MONTH';

/** Counts by status; a status without postbacks is absent. */
export type StatusCounts = Partial<Record<PostbackStatus, number>>;

/** Postbacks whose `dueAt` lies in one bucket, which begins at `from`. */
export type StatsBucket = { from: Date; counts: StatusCounts };

/** Buckets in one answer at most: two years of days, or half a day of minutes. */
export const MAX_BUCKETS = 1_000;

type Row = { from: Date; status: PostbackStatus; count: string };

/**
 * Counts postbacks by status and bucket of their due time. Test fires are left out unless the filter
 * asks for them. Buckets begin where the hour, day or month begins in `timeZone` (IANA name); empty
 * ones are left out. The newest MAX_BUCKETS are returned, oldest first.
 */
export async function countPostbacks(
  sql: Sql,
  filter: PostbackFilter,
  bucket: StatsBucketSize,
  timeZone: string,
): Promise<StatsBucket[]> {
  const { where, values } = toSql({ test: false, ...filter });
  const { rows } = await sql.query<Row>({
    text: `
      SELECT date_trunc('${bucket.toLowerCase()}', p.due_at, $${values.length + 1}) AS "from", ${STATUS_SQL} AS status,
        count(*) AS count
      FROM postback p WHERE ${where}
      GROUP BY 1, 2 ORDER BY 1 DESC LIMIT ${MAX_BUCKETS * 7}`,
    values: [...values, timeZone],
  });
  const buckets = new Map<number, StatsBucket>();
  for (const { from, status, count } of rows) {
    const found = buckets.get(from.getTime()) ?? { from, counts: {} };
    found.counts[status] = Number(count);
    buckets.set(from.getTime(), found);
  }
  return [...buckets.values()].slice(0, MAX_BUCKETS).reverse();
}
