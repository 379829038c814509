import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { maskVisitorData } from '../pixels/permissions.ts';
import type { Sql } from '../store/database.ts';
import { type PostbackFilter, STATUS_SQL, toSql } from './postback-filter.ts';

/** Tables a column may ask for, in the order they are joined. */
const JOINS = {
  affiliate: 'JOIN affiliate a ON a.id = p.affiliate_id',
  version: 'JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version',
  event: 'JOIN event e ON e.id = p.event_id',
  campaign: 'LEFT JOIN campaign g ON g.id = p.campaign_id',
  offer: 'LEFT JOIN offer o ON o.id = g.offer_id',
  click: 'LEFT JOIN click c ON c.id = e.click_row_id',
  last: `LEFT JOIN LATERAL (SELECT error_kind FROM postback_attempt
    WHERE postback_id = p.id ORDER BY id DESC LIMIT 1) last ON true`,
} as const;

type Column = readonly [sql: string, ...joins: (keyof typeof JOINS)[]];

/** Columns of the report, as they are headed and as SQL names them. */
const COLUMNS = {
  id: ['p.id'],
  status: [STATUS_SQL],
  reason: ['p.reason'],
  affid: ['a.affid', 'affiliate'],
  offer: ['o.code', 'campaign', 'offer'],
  campaign: ['g.code', 'campaign'],
  event: ['p.event_type'],
  event_status: ['e.status::text', 'event'],
  previous_status: ['e.previous_status::text', 'event'],
  revision: ['e.revision', 'event'],
  transaction_id: ['e.transaction_id', 'event'],
  amount: ['trim_scale(e.amount)::text', 'event'],
  currency: ['e.currency', 'event'],
  clickid: ['p.click_id'],
  affclickid: ['c.affclickid', 'event', 'click'],
  entry_url: ['c.entry_url', 'event', 'click'],
  url: ['v.url', 'version'],
  final_url: ['p.final_url'],
  occurred_at: ['e.occurred_at', 'event'],
  received_at: ['e.received_at', 'event'],
  due_at: ['p.due_at'],
  fired_at: ['p.fired_at'],
  finished_at: ['p.finished_at'],
  latency_received_ms: [milliseconds('e.occurred_at', 'e.received_at'), 'event'],
  latency_held_ms: [milliseconds('e.received_at', 'p.due_at'), 'event'],
  latency_first_try_ms: [milliseconds('p.due_at', 'p.fired_at')],
  latency_done_ms: [milliseconds('p.fired_at', 'p.finished_at')],
  attempts: ['p.attempts_made'],
  status_code: ['p.last_status_code'],
  error: ['last.error_kind', 'last'],
  replay_of: ['p.replay_of_id'],
  job: ['p.job_id'],
  test: ['p.test::text'],
} as const satisfies Record<string, Column>;

export type CsvColumn = keyof typeof COLUMNS;

/** What may be asked for, in the order of the report. */
export const CSV_COLUMNS = Object.keys(COLUMNS) as [CsvColumn, ...CsvColumn[]];

/** What is written when nothing is chosen. */
export const DEFAULT_CSV_COLUMNS: CsvColumn[] = [
  'id',
  'status',
  'reason',
  'affid',
  'campaign',
  'event',
  'clickid',
  'entry_url',
  'url',
  'final_url',
  'due_at',
  'fired_at',
  'finished_at',
  'attempts',
  'status_code',
  'error',
  'test',
];

const PAGE = 1_000;

/**
 * Writes the postback report as CSV, newest first, read page by page as the target takes it: a report
 * of any length needs the memory of one page. Only what the columns need is joined. Cells that a
 * spreadsheet would run as a formula are quoted with `'`. A target that closes ends the reading.
 * @param showVisitors whether final URLs may hold personal data of visitors
 */
export async function writePostbackCsv(
  sql: Sql,
  filter: PostbackFilter,
  columns: CsvColumn[],
  target: Writable,
  { showVisitors }: { showVisitors: boolean },
): Promise<void> {
  const csv = stringify({
    header: true,
    columns,
    escape_formulas: true,
    cast: {
      date: (value) => value.toISOString(),
      // An amount is a decimal that we wrote: its minus sign is no formula.
      string: (value, { column }) =>
        column === 'amount' ? { value, escape_formulas: false } : value,
    },
  });
  const isMasked = !showVisitors && columns.includes('final_url');
  await pipeline(Readable.from(readRows(sql, filter, columns, isMasked)), csv, target);
}

type Row = { cursor: string; template?: string; final_url?: string | null };

function mask(row: Row): Row {
  const { template = '', final_url: finalUrl } = row;
  return finalUrl ? { ...row, final_url: maskVisitorData(finalUrl, template) } : row;
}

async function* readRows(
  sql: Sql,
  filter: PostbackFilter,
  columns: CsvColumn[],
  isMasked: boolean,
): AsyncGenerator<object> {
  const { where, values } = toSql(filter);
  const chosen = columns.map((name) => ({ name, column: COLUMNS[name] as Column }));
  const wanted = new Set(chosen.flatMap(({ column: [, ...joins] }) => joins));
  if (isMasked) wanted.add('version');
  const joins = Object.entries(JOINS).filter(([name]) => wanted.has(name as keyof typeof JOINS));
  const next = `$${values.length + 1}`;
  let before: string | null = null;
  for (;;) {
    const page: { rows: Row[] } = await sql.query({
      text: `
        SELECT p.id AS cursor, ${isMasked ? 'v.url AS template,' : ''} ${chosen.map(({ name, column: [source] }) => `${source} AS ${name}`).join(', ')}
        FROM postback p ${joins.map(([, join]) => join).join(' ')}
        WHERE ${where} AND (${next}::uuid IS NULL OR p.id < ${next})
        ORDER BY p.id DESC LIMIT ${PAGE}`,
      values: [...values, before],
    });
    yield* isMasked ? page.rows.map(mask) : page.rows;
    before = page.rows.at(-1)?.cursor ?? null;
    if (page.rows.length < PAGE) return;
  }
}

function milliseconds(start: string, end: string): string {
  return `round(extract(epoch FROM ${end} - ${start}) * 1000)::double precision`;
}
