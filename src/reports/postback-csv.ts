import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Sql } from '../store/database.ts';
import { type PostbackFilter, STATUS_SQL, toSql } from './postback-filter.ts';

/** Columns of the report, as they are headed and as SQL names them. */
const COLUMNS = {
  id: 'p.id',
  status: STATUS_SQL,
  reason: 'p.reason',
  affid: 'a.affid',
  campaign: 'g.code',
  event: 'p.event_type',
  clickid: 'p.click_id',
  entry_url: 'c.entry_url',
  url: 'v.url',
  final_url: 'p.final_url',
  due_at: 'p.due_at',
  fired_at: 'p.fired_at',
  attempts: 'p.attempts_made',
  status_code: 'last.status_code',
  error: 'last.error_kind',
  test: 'p.test::text',
} as const;

const PAGE = 1_000;

/**
 * Writes the postback report as CSV, newest first, read page by page as the target takes it: a report
 * of any length needs the memory of one page. Cells that a spreadsheet would run as a formula are
 * quoted with `'`. A target that closes ends the reading.
 */
export async function writePostbackCsv(
  sql: Sql,
  filter: PostbackFilter,
  target: Writable,
): Promise<void> {
  const csv = stringify({
    header: true,
    columns: Object.keys(COLUMNS),
    escape_formulas: true,
    cast: { date: (value) => value.toISOString() },
  });
  await pipeline(Readable.from(readRows(sql, filter)), csv, target);
}

async function* readRows(sql: Sql, filter: PostbackFilter): AsyncGenerator<object> {
  const { where, values } = toSql(filter);
  const columns = Object.entries(COLUMNS).map(([name, source]) => `${source} AS ${name}`);
  const next = `$${values.length + 1}`;
  let before: string | null = null;
  for (;;) {
    const page: { rows: { id: string }[] } = await sql.query({
      text: `
        SELECT ${columns.join(', ')}
        FROM postback p
        JOIN affiliate a ON a.id = p.affiliate_id
        JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
        JOIN event e ON e.id = p.event_id
        LEFT JOIN campaign g ON g.id = p.campaign_id
        LEFT JOIN click c ON c.id = e.click_row_id
        LEFT JOIN LATERAL (SELECT status_code, error_kind FROM postback_attempt
                           WHERE postback_id = p.id ORDER BY id DESC LIMIT 1) last ON true
        WHERE ${where} AND (${next}::uuid IS NULL OR p.id < ${next})
        ORDER BY p.id DESC LIMIT ${PAGE}`,
      values: [...values, before],
    });
    yield* page.rows;
    before = page.rows.at(-1)?.id ?? null;
    if (page.rows.length < PAGE) return;
  }
}
