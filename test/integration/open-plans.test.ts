import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedReport } from '../../bench/seed-report.ts';
import type { Sql } from '../../src/store/database.ts';
import { countWaiting } from '../../src/store/destinations.ts';
import { pageOpenPostbacks } from '../../src/store/open-postbacks.ts';
import { finishPostbacks, type Outcome } from '../../src/store/outcomes.ts';
import { loadOpenPostbacks } from '../../src/store/postbacks.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';

const OPEN = 10_000;
const LIMIT = 1_000;
const ALL = { horizonMs: 660_000, sinceMs: null, affiliateIds: null, after: null, limit: LIMIT };

type Plan = {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  Plans?: Plan[];
};

let app: TestApp;
let client: pg.Client;

beforeAll(async () => {
  app = await makeApp({ VOLLEY_ROLE: 'api' });
  client = new pg.Client(app.databaseUrl);
  await client.connect();
  await seedReport(client, OPEN);
  // As many are open as are decided, due over ten minutes, in no order that the table has.
  await client.query(`
    INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type, state,
                          due_at, next_attempt_at, max_attempts, replay_of_id)
    SELECT gen_random_uuid(), pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type, 'OPEN',
      due_at, now() - make_interval(secs => 600 * random()), max_attempts, id
    FROM postback`);
  await client.query('ANALYZE');
  // The table is small: where each page costs four times a read in a row, reading all of it would be cheaper.
  await client.query('SET random_page_cost = 1.1');
});
afterAll(async () => {
  await client.end();
  await app[Symbol.asyncDispose]();
});

/** How the statement that is sent is carried out, as it stands and prepared for any values; all nodes. */
async function plansOf(act: (sql: Sql) => Promise<unknown>): Promise<Plan[][]> {
  const sent: { text: string; values: unknown[] }[] = [];
  const explaining = {
    async query(statement: { text: string; values: unknown[] }) {
      sent.push(statement);
      return { rows: [] };
    },
  };
  await act(explaining as unknown as Sql);
  const [{ text, values } = expect.unreachable()] = sent;
  const once = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
  const always = await client.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`);
  return [once, always].map(({ rows }) => nodesOf(rows[0]['QUERY PLAN'][0].Plan));
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

describe('a page of open postbacks', () => {
  test.each([
    ['the first', {}],
    ['one in the middle', { after: 'middle' }],
    ['of a sweep', { horizonMs: -1_000, sinceMs: 300_000 }],
    ['of a rebuild of some shards', { affiliateIds: 'half' }],
  ])('%s is read from the index where it begins, no further than it ends', async (_, which) => {
    const { rows: middle } = await client.query(`
      SELECT id, next_attempt_at::text AS "dueAt" FROM postback WHERE state = 'OPEN'
      ORDER BY next_attempt_at, id OFFSET ${OPEN / 2} LIMIT 1`);
    const { rows: half } = await client.query('SELECT id FROM affiliate ORDER BY id LIMIT 100');
    const page = {
      ...{ ...ALL, ...which },
      after: 'after' in which ? middle[0] : null,
      affiliateIds: 'affiliateIds' in which ? half.map(({ id }) => id) : null,
    };

    const [once = [], always = []] = await plansOf((sql) => pageOpenPostbacks(sql, page));
    for (const nodes of [once, always]) {
      const limit = nodes.find((node) => node['Node Type'] === 'Limit') as Plan;
      const [scan, ...others] = nodesOf(limit).slice(1);
      expect(scan).toMatchObject({ 'Index Name': 'postback_open_next_attempt' });
      expect(scan?.['Node Type']).toMatch(/^Index (Only )?Scan$/);
      expect(others).toEqual([]);
    }
    const read = once.find((node) => node['Index Name'] === 'postback_open_next_attempt');
    expect(read?.['Actual Rows']).toBeLessThanOrEqual(LIMIT);
  });

  test('leaves none out and names none twice, also of those that are due at one instant', async () => {
    await client.query(`UPDATE postback SET next_attempt_at = date_trunc('minute', next_attempt_at)
      WHERE state = 'OPEN'`);
    const seen: string[] = [];
    for (let after: { dueAt: string; id: string } | null = null; ; ) {
      const rows: Awaited<ReturnType<typeof pageOpenPostbacks>> = await pageOpenPostbacks(client, {
        ...{ ...ALL, after },
      });
      seen.push(...rows.map(({ id }) => id));
      after = rows.at(-1) ?? null;
      if (rows.length < LIMIT) break;
    }
    const { rows } = await client.query(`SELECT count(*)::int FROM postback WHERE state = 'OPEN'`);

    expect(seen).toHaveLength(rows[0].count);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

test('what waits for a destination is counted without a look at what is decided', async () => {
  const { rows } = await client.query('SELECT id FROM destination ORDER BY id LIMIT 20');
  const plans = await plansOf((sql) =>
    countWaiting(
      sql,
      rows.map(({ id }) => id),
    ),
  );

  for (const nodes of plans) {
    const onPostbacks = nodes.filter((node) => node['Relation Name'] === 'postback');
    const indexes = nodes.map((node) => node['Index Name']).filter(Boolean);
    expect(indexes).toContain('postback_open_of_version');
    expect(onPostbacks.some((node) => node['Node Type'] === 'Seq Scan')).toBe(false);
  }
});

/** As many as a worker finishes at a time. */
const HANDFUL = 40;

describe('of a herd that statistics do not know yet', () => {
  let ids: string[];

  beforeAll(async () => {
    const { rows } = await client.query(
      `SELECT id FROM postback WHERE state = 'OPEN' ORDER BY id LIMIT ${HANDFUL}`,
    );
    ids = rows.map(({ id }) => id);
  });

  test.each([
    ['loading', (sql: Sql) => loadOpenPostbacks(sql, ids, [])],
    ['counting deaths', (sql: Sql) => loadOpenPostbacks(sql, ids, ids)],
    ['finishing', (sql: Sql) => finishPostbacks(sql, ids.map(outcomeOf))],
  ])('%s a handful reads no others', async (_, act) => {
    await client.query('BEGIN');
    try {
      // A transaction that sees statistics from before the herd, as every worker does until the next ANALYZE.
      await client.query(`
        UPDATE postback SET state = 'DELIVERED', next_attempt_at = NULL, finished_at = now() WHERE state = 'OPEN';
        ANALYZE postback;
        UPDATE postback SET state = 'OPEN', next_attempt_at = now(), finished_at = NULL
        WHERE replay_of_id IS NOT NULL`);
      const [once = []] = await plansOf(act);
      const onPostbacks = once.filter((node) => node['Relation Name'] === 'postback');
      expect(onPostbacks.length).toBeGreaterThan(0);
      for (const node of onPostbacks) {
        expect(node['Node Type']).not.toBe('Seq Scan');
        expect(node['Actual Rows']).toBeLessThanOrEqual(HANDFUL);
      }
    } finally {
      await client.query('ROLLBACK');
    }
  });
});

function outcomeOf(postbackId: string): Outcome {
  return {
    ...{ id: randomUUID(), postbackId, attemptsBefore: 0, reason: null, retryInMs: null },
    state: 'DELIVERED',
    attempt: {
      ...{
        startedAt: new Date(),
        durationMs: 1,
        finalUrl: 'https://affiliate.example/',
        kept: null,
      },
      ...{ statusCode: 200, errorKind: null, message: null, responseBody: null },
    },
  };
}
