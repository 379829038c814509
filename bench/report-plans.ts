// Shows that a page of the postback report costs the same whatever the number of rows: seeds two databases, runs
// the statements that the report really sends under EXPLAIN, and prints the blocks each one touched.
//   node bench/report-plans.ts [--rows 1000,1000000]
import pg from 'pg';
import { withShadowDatabase } from '../scripts/shadow-database.ts';
import { createLog } from '../src/platform/log.ts';
import { type PostbackFilter, toPrisma } from '../src/reports/postback-filter.ts';
import { type Db, openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { seedReport } from './seed-report.ts';

const PAGE = 20;

type Page = { name: string; filter: PostbackFilter; deep?: boolean; byDue?: boolean };
type Cost = { blocks: number; rows: number; ms: number; plan: string };
type Statement = { text: string; values: unknown[] };

const at = process.argv.indexOf('--rows');
const sizes = (at < 0 ? '1000,1000000' : (process.argv[at + 1] ?? '')).split(',').map(Number);

const results = new Map<string, Cost[]>();
for (const rows of sizes) {
  for (const [name, cost] of await measure(rows)) {
    results.set(name, [...(results.get(name) ?? []), cost]);
  }
}
console.log(
  `\n| page | ${sizes.map((rows) => `blocks at ${rows.toLocaleString('en')}`).join(' | ')} | plan |`,
);
console.log(`|---|${sizes.map(() => '---:|').join('')}---|`);
for (const [name, costs] of results) {
  const blocks = costs.map((cost) => `${cost.blocks} (${cost.ms.toFixed(1)} ms)`).join(' | ');
  console.log(`| ${name} | ${blocks} | ${costs.at(-1)?.plan} |`);
}

function measure(rows: number): Promise<Map<string, Cost>> {
  return withShadowDatabase(async (databaseUrl) => {
    const log = createLog('silent');
    await migrate(databaseUrl);
    await using database = openDatabase(databaseUrl, log);
    const began = performance.now();
    // Without the service's limit of 30 s a statement: seeding takes longer.
    const seeding = new pg.Client(databaseUrl);
    await seeding.connect();
    const known = await seedReport(seeding, rows);
    await seeding.end();
    console.log(
      `seeded ${rows.toLocaleString('en')} in ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
    const { affiliateId, campaignId, offerId, pixelId, clickId, affclickid, middle } = known;
    const hour = { from: middle, to: new Date(middle.getTime() + 3_600_000) };
    const pages: Page[] = [
      { name: 'first page', filter: {} },
      { name: 'page deep inside', filter: {}, deep: true },
      { name: 'of an affiliate', filter: { affiliateIds: [affiliateId] } },
      { name: 'of an affiliate, deep inside', filter: { affiliateIds: [affiliateId] }, deep: true },
      { name: 'of a pixel', filter: { pixelIds: [pixelId] } },
      { name: 'of a campaign', filter: { campaignIds: [campaignId] } },
      { name: 'of an offer', filter: { offerIds: [offerId] } },
      { name: 'of a click', filter: { clickId } },
      { name: 'of an affclickid', filter: { affclickid } },
      { name: 'FAILED (1 in 1,000)', filter: { status: ['FAILED'] } },
      {
        name: 'FAILED of an affiliate',
        filter: { status: ['FAILED'], affiliateIds: [affiliateId] },
      },
      { name: 'waiting (SCHEDULED)', filter: { status: ['SCHEDULED'] } },
      { name: 'answered 5xx (1 in 1,000)', filter: { statusCodes: ['SERVER_ERROR_5XX'] } },
      { name: 'due in one hour', filter: hour },
      {
        name: 'due in one hour, of an affiliate',
        filter: { ...hour, affiliateIds: [affiliateId] },
      },
      { name: 'ordered by dueAt', filter: {}, byDue: true },
      { name: 'ordered by dueAt, deep inside', filter: {}, byDue: true, deep: true },
      {
        name: 'text in the final URL (all match)',
        filter: { finalUrlContains: 'affiliate.example' },
      },
    ];
    const costs = new Map<string, Cost>();
    for (const page of pages)
      costs.set(page.name, await explain(database.sql, await sent(database.db, page)));
    return costs;
  });
}

/** The statement that the `postbacks` query sends for a page. */
async function sent(
  db: Db,
  { filter, deep, byDue = Boolean(filter.from) }: Page,
): Promise<Statement> {
  const where = toPrisma(filter);
  const orderBy = byDue
    ? [{ dueAt: 'desc' as const }, { id: 'desc' as const }]
    : { id: 'desc' as const };
  const skip = deep ? Math.floor((await db.postback.count({ where })) / 2) : 0;
  const [start] = deep ? await db.postback.findMany({ where, orderBy, skip, take: 1 }) : [];
  const statements: Statement[] = [];
  const client = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query } = client;
  client.query = function (statement, ...rest) {
    const { text, values } = statement as Statement;
    statements.push({ text, values: values ?? (rest[0] as unknown[]) });
    return query.call(this, statement, ...rest);
  };
  try {
    const cursor = start && { cursor: { id: start.id }, skip: 1 };
    // As the query has it, `dueBehind` in src/graphql/postback.ts.
    const behind = byDue && start ? { dueAt: { lt: new Date(start.dueAt.getTime() + 1) } } : {};
    await db.postback.findMany({
      where: { AND: [where, behind] },
      orderBy,
      take: PAGE + 1,
      ...cursor,
    });
  } finally {
    client.query = query;
  }
  const report = statements.find(({ text }) => /FROM "public"."postback"/.test(text));
  if (!report) throw new Error('the report sent no statement');
  return report;
}

type Plan = {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
};

/** Runs it twice, the first time to warm the cache, and counts every block it touched. */
async function explain(sql: Pick<pg.Pool, 'query'>, { text, values }: Statement): Promise<Cost> {
  const ask = () => sql.query({ text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values });
  await ask();
  const { rows } = await ask();
  const [{ Plan: plan, 'Execution Time': ms }] = rows[0]['QUERY PLAN'];
  const blocks = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  return { blocks, rows: plan['Actual Rows'], ms, plan: shapeOf(plan) };
}

function shapeOf(plan: Plan): string {
  const name = plan['Index Name']
    ? `${plan['Node Type']} ${plan['Index Name']}`
    : plan['Node Type'];
  const removed = plan['Rows Removed by Filter']
    ? `, ${plan['Rows Removed by Filter']} rows left out`
    : '';
  const below = (plan.Plans ?? []).map(shapeOf);
  return below.length > 0 ? `${name}${removed} < ${below.join(' + ')}` : `${name}${removed}`;
}
