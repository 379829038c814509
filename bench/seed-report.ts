import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Rows of the seed that pages ask for. */
export type SeededReport = {
  affiliateId: string;
  /** A quarter of all affiliates. */
  brokerIds: string[];
  campaignId: string;
  offerId: string;
  pixelId: string;
  clickId: string;
  affclickid: string;
  /** The due time in the middle of all. */
  middle: Date;
};

/** A row id whose order is that of `n`, as ids of time are. */
const ID = `(lpad(to_hex(1790000000000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid`;
const id = (kind: number, of: string) =>
  `(lpad(to_hex(${kind}), 12, '0') || '70008000' || lpad(to_hex(${of}), 12, '0'))::uuid`;

/**
 * A report of so many postbacks, one a second: 200 affiliates with two pixels each, 20 campaigns of 5
 * offers, a click and an event for each. 1 in 1,000 FAILED with a 500, the newest 1 in 100 are open.
 */
export async function seedReport(
  sql: Pick<pg.Client, 'query'>,
  rows: number,
): Promise<SeededReport> {
  await sql.query(`
    INSERT INTO affiliate (id, affid, name, kind) SELECT ${id(1, 'n')}, 'a' || n, 'Affiliate', 'AFFILIATE'
      FROM generate_series(0, 199) n;
    INSERT INTO offer (id, code, name) SELECT ${id(2, 'n')}, 'o' || n, 'Offer' FROM generate_series(0, 4) n;
    INSERT INTO campaign (id, code, name, offer_id, landing_url)
      SELECT ${id(3, 'n')}, 'c' || n, 'Campaign', ${id(2, 'n % 5')}, 'https://brand.example/' FROM generate_series(0, 19) n;
    INSERT INTO pixel (id, affiliate_id, url, trigger_event) SELECT ${id(4, 'n')}, ${id(1, 'n / 2')},
      'https://affiliate.example/?id={affclickid}', 'Sale' FROM generate_series(0, 399) n;
    INSERT INTO destination (id, affiliate_id, origin)
      SELECT ${id(5, 'n')}, ${id(1, 'n')}, 'https://affiliate.example' FROM generate_series(0, 199) n;
    INSERT INTO pixel_version (pixel_id, version, url, method, unresolved, required, signed, destination_id)
      SELECT x.id, 1, x.url, 'GET', 'EMPTY', '{}', false, d.id
      FROM pixel x JOIN destination d ON d.affiliate_id = x.affiliate_id;`);
  await unchecked(sql, () => insertRows(sql, rows));
  await vacuum(sql);
  const middle = Math.floor(rows / 2);
  const { rows: known } = await sql.query<SeededReport>(`
    SELECT p.affiliate_id AS "affiliateId", p.campaign_id AS "campaignId", g.offer_id AS "offerId",
      p.pixel_id AS "pixelId", p.click_id AS "clickId", c.affclickid, p.due_at AS middle
    FROM postback p JOIN click c ON c.click_id = p.click_id JOIN campaign g ON g.id = p.campaign_id
    WHERE p.click_id = md5('${middle}')`);
  const { rows: below } = await sql.query<{ id: string }>(
    'SELECT id FROM affiliate ORDER BY id LIMIT 50',
  );
  return { ...(known[0] as SeededReport), brokerIds: below.map(({ id }) => id) };
}

async function insertRows(sql: Pick<pg.Client, 'query'>, rows: number): Promise<void> {
  const each = `FROM generate_series(0, ${rows - 1}) n`;
  const time = `timestamptz '2026-01-01Z' + make_interval(secs => n)`;
  const open = `n >= ${Math.floor(rows * 0.99)}`;
  const failed = `n % 1000 = 7`;
  await sql.query(`
    INSERT INTO click (id, click_id, affiliate_id, campaign_id, entry_url, parameters, warnings, affclickid, created_at)
      SELECT ${ID}, md5(n::text), ${id(1, 'n % 200')}, ${id(3, 'n % 20')}, '/click?affclickid=' || n, '[]', '{}',
        'x' || n, ${time} ${each}`);
  await sql.query(`
    INSERT INTO event (id, integration_id, type, status, revision, click_id, click_row_id, occurred_at, received_at)
      SELECT ${ID}, '00000000-0000-7000-8000-000000000001', 'Sale', 'APPROVED', 1, md5(n::text), ${ID}, ${time}, ${time} ${each}`);
  await sql.query(`
    INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type, state,
                          reason, due_at, next_attempt_at, attempts_made, max_attempts, fired_at, finished_at,
                          last_status_code, final_url)
      SELECT ${ID}, ${id(4, '(n % 200) * 2')}, 1, ${ID}, ${id(1, 'n % 200')}, ${id(3, 'n % 20')}, md5(n::text), 'Sale',
        (CASE WHEN ${open} THEN 'OPEN' WHEN ${failed} THEN 'FAILED' ELSE 'DELIVERED' END)::postback_state,
        CASE WHEN ${failed} THEN 'HTTP_500' END, ${time}, CASE WHEN ${open} THEN ${time} END,
        CASE WHEN ${open} THEN 0 ELSE 1 END, 8, CASE WHEN NOT ${open} THEN ${time} END,
        CASE WHEN NOT ${open} THEN ${time} END,
        CASE WHEN ${open} THEN NULL WHEN ${failed} THEN 500 ELSE 200 END,
        CASE WHEN NOT ${open} THEN 'https://affiliate.example/?id=x' || n END ${each}`);
}

/**
 * Does the work as a restored backup does: without looking up what each row names, and with the indexes that nothing
 * hangs on made afterwards. Five million rows are a matter of minutes by that.
 */
async function unchecked(sql: Pick<pg.Client, 'query'>, work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await sql.query<{ name: string; definition: string }>(`
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
    WHERE i.indrelid = ANY ('{click,event,postback}'::regclass[]) AND NOT i.indisunique`);
  await sql.query(`SET session_replication_role = replica;
    DROP INDEX ${indexes.map(({ name }) => name).join(', ')}`);
  await work();
  await sql.query(
    `RESET session_replication_role; ${indexes.map(({ definition }) => definition).join('; ')}`,
  );
}

/**
 * Marks every page visible to all, which index-only scans rely on. A vacuum beside a statement that began before
 * the rows were committed does not, so it is repeated until that one is over.
 */
async function vacuum(sql: Pick<pg.Client, 'query'>): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(200)) {
    await sql.query('VACUUM ANALYZE');
    const { rows } = await sql.query(`
      SELECT relname FROM pg_class
      WHERE relname IN ('click', 'event', 'postback') AND relallvisible < relpages`);
    if (rows.length === 0) return;
  }
  throw new Error('something has held a snapshot of the database for 30 s');
}
