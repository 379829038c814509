import type { Writable } from 'node:stream';
import { maskVisitorData } from '../pixels/permissions.ts';
import type { Sql } from '../store/database.ts';
import { readPages, writeCsv } from './csv.ts';
import { type PostbackFilter, STATUS_SQL } from './postback-filter.ts';
import { type Place, type PostbackOrder, pageSql } from './postback-page.ts';

/** Tables a column may ask for, in the order they are joined. */
const JOINS = {
  affiliate: 'JOIN affiliate a ON a.id = p.affiliate_id',
  version: 'JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version',
  event: 'JOIN event e ON e.id = p.event_id',
  integration: 'JOIN integration i ON i.id = e.integration_id',
  campaign: 'LEFT JOIN campaign g ON g.id = p.campaign_id',
  offer: 'LEFT JOIN offer o ON o.id = g.offer_id',
  click: 'LEFT JOIN click c ON c.id = e.click_row_id',
  last: `LEFT JOIN LATERAL (SELECT error_kind FROM postback_attempt
    WHERE postback_id = p.id ORDER BY id DESC LIMIT 1) last ON true`,
} as const;

type Column = readonly [sql: string, ...joins: (keyof typeof JOINS)[]];

/** Columns of the report, as they are headed and as SQL names them. */
const COLUMNS = {
  id: [globalId('Postback', 'p.id')],
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
  pixel: [globalId('Pixel', 'p.pixel_id')],
  pixel_version: ['p.pixel_version'],
  integration: ['i.name', 'event', 'integration'],
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
  replay_of: [globalId('Postback', 'p.replay_of_id')],
  job: [globalId('Job', 'p.job_id')],
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

/** What is written: which rows in which order, and what of them. */
export type CsvReport = {
  filter: PostbackFilter;
  order: PostbackOrder;
  columns: CsvColumn[];
  /** Whether final URLs may hold personal data of visitors. */
  showVisitors: boolean;
};

/**
 * Writes the postback report as CSV. Only what the columns need is joined. An amount is a decimal that we wrote: its
 * minus sign is no formula.
 */
export async function writePostbackCsv(
  sql: Sql,
  report: CsvReport,
  target: Writable,
): Promise<void> {
  const rows = readPages((after: Place | null, limit) => readPage(sql, report, after, limit));
  await writeCsv(rows, report.columns, target, ['amount']);
}

type Row = { place: Place; template?: string; final_url?: string | null };

/** The rows of a page are found first, and only then joined with what the columns need. */
async function readPage(
  sql: Sql,
  { filter, order, columns, showVisitors }: CsvReport,
  after: Place | null,
  limit: number,
): Promise<Row[]> {
  const page = pageSql(filter, order, after, limit);
  const isMasked = !showVisitors && columns.includes('final_url');
  const chosen = columns.map((name) => ({ name, column: COLUMNS[name] as Column }));
  const wanted = new Set(chosen.flatMap(({ column: [, ...joins] }) => joins));
  if (isMasked) wanted.add('version');
  const joins = Object.entries(JOINS).filter(([name]) => wanted.has(name as keyof typeof JOINS));
  const { rows } = await sql.query<Row>({
    text: `
      SELECT json_build_object('id', place.id, 'dueAt', place.due_at::text) AS place,
        ${isMasked ? 'v.url AS template,' : ''}
        ${chosen.map(({ name, column: [source] }) => `${source} AS ${name}`).join(', ')}
      FROM (${page.text}) place JOIN postback p ON p.id = place.id
      ${joins.map(([, join]) => join).join(' ')}
      ORDER BY ${order.by === 'DUE_AT' ? `place.due_at ${order.direction}, ` : ''}place.id ${order.direction}`,
    values: page.values,
  });
  return isMasked ? rows.map(mask) : rows;
}

function mask(row: Row): Row {
  const { template = '', final_url: finalUrl } = row;
  return finalUrl ? { ...row, final_url: maskVisitorData(finalUrl, template) } : row;
}

/** An id as GraphQL has it: null for none. */
function globalId(type: string, column: string): string {
  return `encode(convert_to('${type}:' || ${column}, 'UTF8'), 'base64')`;
}

function milliseconds(start: string, end: string): string {
  return `round(extract(epoch FROM ${end} - ${start}) * 1000)::double precision`;
}
