import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SeededReport, seedReport } from '../../bench/seed-report.ts';
import { globalIdOf } from '../../src/graphql/ids.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';
import { type QueryLog, type SentStatement, startQueryLog } from '../support/query-log.ts';

const PAGE = 20;

type Report = { app: TestApp; database: pg.Client; known: SeededReport };

/** A report of 1,000 postbacks and one of 20,000; without a worker none of them is called. */
const reports: Report[] = [];
let log: QueryLog;

beforeAll(async () => {
  for (const rows of [1000, 20_000]) {
    const app = await makeApp({ VOLLEY_ROLE: 'api' });
    const database = new pg.Client(app.databaseUrl);
    await database.connect();
    reports.push({ app, database, known: await seedReport(database, rows) });
  }
  log = startQueryLog();
});

afterAll(async () => {
  log?.[Symbol.dispose]();
  for (const { app, database } of reports) {
    await database.end();
    await app[Symbol.asyncDispose]();
  }
});

const byDue = 'orderBy: { field: DUE_AT, direction: DESC }';

// Index levels and the page's own rows; with the 20 rows of an affiliate's page each in a block of its own.
test.each([
  { name: 'the first page', most: 12 },
  { name: 'a page in the middle', deep: true, most: 16 },
  { name: 'the first page by due time', order: byDue, most: 12 },
  { name: 'a page in the middle by due time', order: byDue, deep: true, most: 24 },
  { name: 'the first page of an hour', hour: true, most: 12 },
  { name: 'the first page of an affiliate', own: true, most: 32 },
  { name: 'a page in the middle of an affiliate', own: true, deep: true, most: 40 },
])('$name is read from the index where it begins, of 20,000 as of 1,000', async (page) => {
  for (const { app, database, known } of reports) {
    const affiliateId = globalIdOf('Affiliate', known.affiliateId);
    const from = known.middle.toISOString();
    const to = new Date(known.middle.getTime() + 3_600_000).toISOString();
    const args = [
      `first: ${PAGE}`,
      page.order ?? '',
      page.hour ? `where: { from: "${from}", to: "${to}" }` : '',
      page.own ? `where: { affiliateIds: ["${affiliateId}"] }` : '',
      page.deep ? `after: "${await cursorInTheMiddle(database, page.own ? known : null)}"` : '',
    ];
    let answered = 0;
    const sent = await log.sentDuring(async () => {
      const query = `{ postbacks(${args.join(' ')}) { nodes { id } } }`;
      const { data } = await app.admin.ask(query);
      answered = (data as { postbacks?: { nodes: unknown[] } })?.postbacks?.nodes.length ?? 0;
    });
    expect(answered).toBeGreaterThan(0);

    const { blocks, scans } = await explain(database, reportOf(sent));
    expect(scans).not.toContain('Seq Scan');
    expect(blocks).toBeLessThanOrEqual(page.most);
  }
});

async function cursorInTheMiddle(database: pg.Client, of: SeededReport | null): Promise<string> {
  const where = of ? `WHERE affiliate_id = '${of.affiliateId}'` : '';
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM postback ${where} ORDER BY id
     OFFSET (SELECT count(*) / 2 FROM postback ${where}) LIMIT 1`,
  );
  return Buffer.from(`GPC:S:${rows[0]?.id}`).toString('base64');
}

/** The statement that reads the page itself. */
function reportOf(sent: SentStatement[]): SentStatement {
  const found = sent.filter(({ text }) => /FROM "public"\."postback".*\bLIMIT\b/s.test(text));
  const page = found.at(-1);
  if (!page) throw new Error('the query read no page of postbacks');
  return page;
}

type Plan = { 'Node Type': string; Plans?: Plan[] } & Record<string, number>;

/** Runs it twice, the first time to warm the cache, and counts every block it touched. */
async function explain(database: pg.Client, { text, values }: SentStatement) {
  const query = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values };
  await database.query(query);
  const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(query);
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('PostgreSQL explained nothing');
  const blocks = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  return { blocks, scans: scansOf(plan) };
}

function scansOf(plan: Plan): string[] {
  return [plan['Node Type'], ...(plan.Plans ?? []).flatMap(scansOf)];
}
