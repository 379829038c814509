import type { AttemptRow } from '../store/attempt-log.ts';
import type { Sql } from '../store/database.ts';
import type { EventRow } from '../store/event-log.ts';
import {
  matchesFilter,
  type PostbackFilter,
  type PostbackStatus,
  STATUS_CODE_CLASS_SQL,
  STATUS_SQL,
  type StatusCodeClass,
  toSql,
} from './postback-filter.ts';
import type { StatusCounts } from './postback-stats.ts';

/** The numbers of the statistics without buckets. */
export type PostbackCounts = {
  byStatus: StatusCounts;
  /** Most first; what was not attempted is left out. */
  byStatusCode: { statusCode: StatusCodeClass; count: number }[];
};

type Row = { status: PostbackStatus; statusCode: StatusCodeClass | null; count: string };

/** Counts postbacks in one statement. Test fires are left out unless the filter asks for them. */
export async function countTotals(sql: Sql, filter: PostbackFilter): Promise<PostbackCounts> {
  const { where, values } = toSql({ test: false, ...filter });
  const { rows } = await sql.query<Row>({
    text: `SELECT ${STATUS_SQL} AS status, ${STATUS_CODE_CLASS_SQL} AS "statusCode", count(*) AS count
      FROM postback p WHERE ${where} GROUP BY 1, 2 ORDER BY 1, 2`,
    values,
  });
  const byStatus: StatusCounts = {};
  const byCode = new Map<StatusCodeClass, number>();
  for (const { status, statusCode, count } of rows) {
    byStatus[status] = (byStatus[status] ?? 0) + Number(count);
    if (statusCode !== null) byCode.set(statusCode, (byCode.get(statusCode) ?? 0) + Number(count));
  }
  const byStatusCode = [...byCode].map(([statusCode, count]) => ({ statusCode, count }));
  byStatusCode.sort((a, b) => b.count - a.count || (a.statusCode < b.statusCode ? -1 : 1));
  return { byStatus, byStatusCode };
}

/** Whether a finished attempt may have changed the counts: by what of its postback stays as it is. */
export function attemptCounts(filter: PostbackFilter, row: AttemptRow): boolean {
  const { status: _, statusCodes: _codes, finalUrlContains: _url, ...lasting } = filter;
  return matchesFilter({ test: false, ...lasting }, row);
}

/** Whether an event may have brought postbacks that count. */
export function eventCounts({ eventTypes, clickId }: PostbackFilter, row: EventRow): boolean {
  return (
    (!eventTypes || eventTypes.includes(row.type)) &&
    (clickId === undefined || row.clickId === clickId)
  );
}
