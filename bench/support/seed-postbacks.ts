import type pg from 'pg';
import type { DueItem } from '../../src/queue/rebuild.ts';

/** Ids that ascend with `n`, as ids of time do; the kind keeps tables apart. */
const idOf = (kind: number, n: string) =>
  `(lpad(to_hex(1790000000000 + ${n}), 12, '0') || '7${String(kind).padStart(3, '0')}8000' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** One affiliate per origin, each with one pixel that calls `<path>/<n>` there, n being the event's transaction. */
export async function seedAffiliates(
  sql: Pick<pg.Client, 'query'>,
  origins: string[],
  path = (_origin: number) => '/ok',
): Promise<void> {
  const urls = origins.map((origin, n) => `${origin}${path(n)}/{transaction_id}`);
  await sql.query(
    `INSERT INTO affiliate (id, affid, name, kind)
     SELECT ${idOf(1, 'n')}, 'b' || n, 'Affiliate', 'AFFILIATE' FROM generate_series(0, $1::int - 1) n`,
    [origins.length],
  );
  await sql.query(`
    INSERT INTO offer (id, code, name) SELECT ${idOf(2, '0')}, 'offer', 'Offer';
    INSERT INTO campaign (id, code, name, offer_id, landing_url)
      SELECT ${idOf(3, '0')}, 'bench', 'Campaign', ${idOf(2, '0')}, 'https://brand.example/'`);
  await sql.query(
    `INSERT INTO pixel (id, affiliate_id, url, trigger_event, required)
     SELECT ${idOf(4, 'n - 1')}, ${idOf(1, 'n - 1')}, url, 'Sale', '{}' FROM unnest($1::text[]) WITH ORDINALITY AS u(url, n)`,
    [urls],
  );
  await sql.query(
    `INSERT INTO destination (id, affiliate_id, origin)
     SELECT ${idOf(5, 'n - 1')}, ${idOf(1, 'n - 1')}, origin FROM unnest($1::text[]) WITH ORDINALITY AS o(origin, n)`,
    [origins],
  );
  await sql.query(`
    INSERT INTO pixel_version (pixel_id, version, url, method, unresolved, required, signed, destination_id)
      SELECT x.id, 1, x.url, 'GET', 'EMPTY', '{}', false, d.id
      FROM pixel x JOIN destination d ON d.affiliate_id = x.affiliate_id`);
}

/** Clicks of all affiliates in turn; the click id of number n is the MD5 of its digits. */
export async function seedClicks(
  sql: Pick<pg.Client, 'query'>,
  { from, count, affiliates }: { from: number; count: number; affiliates: number },
): Promise<void> {
  await sql.query(`
    INSERT INTO click (id, click_id, affiliate_id, campaign_id, entry_url, parameters, warnings, affclickid)
      SELECT ${idOf(6, 'n')}, md5(n::text), ${idOf(1, `n % ${affiliates}`)}, ${idOf(3, '0')}, '/click?affclickid=' || n,
        '[]', '{}', 'x' || n FROM generate_series(${from}, ${from + count - 1}) n`);
}

/**
 * Writes postbacks, each with a click and an event of its own, to all affiliates in turn.
 * @param load number of the first of them, and when each is due
 * @returns them as the queue is told of them
 */
export async function seedPostbacks(
  sql: Pick<pg.Client, 'query'>,
  { from, dueAtMs }: { from: number; dueAtMs: number[] },
  affiliates: number,
): Promise<DueItem[]> {
  const count = dueAtMs.length;
  const each = `FROM generate_series(${from}, ${from + count - 1}) n`;
  const pixel = `n % ${affiliates}`;
  await seedClicks(sql, { from, count, affiliates });
  await sql.query(`
    INSERT INTO event (id, integration_id, type, status, revision, transaction_id, click_id, click_row_id, occurred_at)
      SELECT ${idOf(7, 'n')}, '00000000-0000-7000-8000-000000000001', 'Sale', 'APPROVED', 1, n::text, md5(n::text),
        ${idOf(6, 'n')}, now() ${each}`);
  const { rows } = await sql.query<Omit<DueItem, 'dueAtMs'>>(
    `WITH written AS (
       INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type, state,
                             due_at, next_attempt_at, max_attempts)
       SELECT ${idOf(8, 'n')}, ${idOf(4, pixel)}, 1, ${idOf(7, 'n')}, ${idOf(1, pixel)}, ${idOf(3, '0')}, md5(n::text),
         'Sale', 'OPEN', to_timestamp(ms / 1000), to_timestamp(ms / 1000), 8
       FROM (SELECT ms, ${from} + place - 1 AS n FROM unnest($1::float8[]) WITH ORDINALITY AS due(ms, place)) each)
     SELECT ${idOf(8, 'n')} AS id, ${idOf(1, pixel)} AS "group", ${idOf(5, pixel)} AS lane ${each}`,
    [dueAtMs],
  );
  return rows.map((row, at) => ({ ...row, dueAtMs: dueAtMs[at] as number }));
}

/** The id that number `n` has as a postback. */
export function postbackId(n: number): string {
  return uuidOf(8, n);
}

/** The id of the affiliate of an origin, as clients know it. */
export function affiliateId(n: number): string {
  return Buffer.from(`Affiliate:${uuidOf(1, n)}`).toString('base64');
}

function uuidOf(kind: number, n: number): string {
  const hex = (value: number) => value.toString(16).padStart(12, '0');
  const time = hex(1_790_000_000_000 + n);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${String(kind).padStart(3, '0')}-8000-${hex(n)}`;
}
