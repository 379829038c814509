import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain } from '../../bench/explain.ts';
import { type SeededReport, seedReport } from '../../bench/seed-report.ts';
import { globalIdOf } from '../../src/graphql/ids.ts';
import { expectType, type TestApi } from '../support/api.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';
import { CREATE_AFFILIATE, CREATE_API_KEY } from '../support/operations.ts';
import { type QueryLog, type SentStatement, startQueryLog } from '../support/query-log.ts';
import { rowIdIn } from '../support/scene.ts';

const PAGE = 20;

type Report = { app: TestApp; database: pg.Client; known: SeededReport; broker: TestApi };

/** A report of 1,000 postbacks and one of 20,000; without a worker none of them is called. */
const reports: Report[] = [];
let log: QueryLog;

beforeAll(async () => {
  for (const rows of [1000, 20_000]) {
    const app = await makeApp({ VOLLEY_ROLE: 'api' });
    const database = new pg.Client(app.databaseUrl);
    await database.connect();
    const known = await seedReport(database, rows);
    reports.push({ app, database, known, broker: await brokerAbove(app, known) });
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

/** The key of a broker above a quarter of all affiliates. */
async function brokerAbove({ admin, as, sql }: TestApp, { brokerIds }: SeededReport) {
  const broker = { affid: 'broker', name: 'Broker', kind: 'IB' as const };
  const { createAffiliate } = await admin.run(CREATE_AFFILIATE, { input: broker });
  const affiliateId = expectType(createAffiliate, 'CreateAffiliatePayload').affiliate.id;
  await sql(`UPDATE affiliate SET parent_id = '${rowIdIn(affiliateId)}'
    WHERE id IN (${brokerIds.map((id) => `'${id}'`).join()})`);
  const input = { name: 'broker', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await admin.run(CREATE_API_KEY, { input });
  return as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
}

const byDue = 'orderBy: { field: DUE_AT, direction: DESC }';

// Index levels, and for a window the rows whose due times lie in it. A broker's page begins in the index of each of
// the 51 affiliates that it sees.
test.each([
  { name: 'the first page', most: 12 },
  { name: 'a page in the middle', deep: true, most: 16 },
  { name: 'the first page by due time', order: byDue, most: 12 },
  { name: 'a page in the middle by due time', order: byDue, deep: true, most: 24 },
  { name: 'the first page of an hour', hour: true, most: 12 },
  { name: 'the first page of an affiliate', own: true, most: 32 },
  { name: 'a page in the middle of an affiliate', own: true, deep: true, most: 40 },
  { name: 'the first page of an hour of an affiliate', own: true, hour: true, most: 12 },
  { name: 'the failed ones of an affiliate', own: true, failed: true, most: 4, none: true },
  { name: 'the failed ones', failed: true, most: 4 },
  { name: 'the first page of a broker', asBroker: true, most: 51 * 4 },
  { name: 'a page in the middle of a broker', asBroker: true, deep: true, most: 51 * 4 },
  { name: 'the first page of an hour of a broker', asBroker: true, hour: true, most: 51 * 4 },
  { name: 'the failed ones of a broker', asBroker: true, failed: true, most: 51 * 2 + 4 },
])('$name is read from the index where it begins, of 20,000 as of 1,000', async (page) => {
  const searches = new Set<number>();
  for (const report of reports) {
    const { app, database, known } = report;
    let answered = 0;
    const query = `{ postbacks(${await argumentsOf(page, report)}) { nodes { id } } }`;
    const sent = await log.sentDuring(async () => {
      const { data } = await (page.asBroker ? report.broker : app.admin).ask(query);
      answered = (data as { postbacks?: { nodes: unknown[] } })?.postbacks?.nodes.length ?? 0;
    });
    if (page.none) expect(answered).toBe(0);
    else expect(answered).toBeGreaterThan(0);

    const { blocks, scans, indexSearches } = await explain(database, pageOf(sent));
    expect(scans).not.toContain('Seq Scan');
    expect(blocks).toBeLessThanOrEqual(page.most);
    searches.add(indexSearches);
    // The rows themselves are then looked up by their ids: a path down the primary key for each.
    const rows = rowsOf(sent);
    const looked = rows ? await explain(database, rows) : { blocks: 0, scans: [] };
    expect(looked.scans).not.toContain('Seq Scan');
    expect(looked.blocks).toBeLessThanOrEqual((PAGE + 1) * 5);
    expect(known.brokerIds).toHaveLength(50);
  }
  expect(searches.size).toBe(1);
});

type Asked = {
  order?: string;
  hour?: boolean;
  own?: boolean;
  deep?: boolean;
  failed?: boolean;
  asBroker?: boolean;
};

async function argumentsOf(page: Asked, { database, known }: Report): Promise<string> {
  const from = known.middle.toISOString();
  const to = new Date(known.middle.getTime() + 3_600_000).toISOString();
  const where = [
    page.hour ? `from: "${from}", to: "${to}"` : '',
    page.own ? `affiliateIds: ["${globalIdOf('Affiliate', known.affiliateId)}"]` : '',
    page.failed ? 'status: [FAILED]' : '',
  ];
  const owners = page.asBroker ? known.brokerIds : page.own ? [known.affiliateId] : null;
  return [
    `first: ${PAGE}`,
    page.order ?? '',
    where.some(Boolean) ? `where: { ${where.filter(Boolean).join(', ')} }` : '',
    page.deep ? `after: "${await cursorInTheMiddle(database, owners)}"` : '',
  ].join(' ');
}

async function cursorInTheMiddle(database: pg.Client, owners: string[] | null): Promise<string> {
  const where = 'WHERE ($1::uuid[] IS NULL OR affiliate_id = ANY($1))';
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM postback ${where} ORDER BY id
     OFFSET (SELECT count(*) / 2 FROM postback ${where}) LIMIT 1`,
    [owners],
  );
  return Buffer.from(`GPC:S:${rows[0]?.id}`).toString('base64');
}

/** The statement that finds the page. */
function pageOf(sent: SentStatement[]): SentStatement {
  const page = sent.findLast(({ text }) => /FROM postback p\b.*\bLIMIT\b/s.test(text));
  if (!page) throw new Error('the query looked for no page of postbacks');
  return page;
}

/** The one that reads its rows. */
function rowsOf(sent: SentStatement[]): SentStatement | undefined {
  return sent.find(({ text }) => /FROM "public"\."postback"/.test(text));
}
