// Shows that a page of the postback report costs the same whatever the number of rows: seeds databases of different
// sizes, runs the statements that the report really sends under EXPLAIN, and prints the blocks each one touched.
//   node bench/report-plans.ts [--rows 1000,1000000] [--plans]
import pg from 'pg';
import { withShadowDatabase } from '../scripts/shadow-database.ts';
import type { PostbackFilter } from '../src/reports/postback-filter.ts';
import {
  type PostbackOrder,
  pagePostbacks,
  pageSql,
  usualOrder,
} from '../src/reports/postback-page.ts';
import { migrate } from '../src/store/migrate.ts';
import { type Cost, explain, type Statement } from './explain.ts';
import { type SeededReport, seedReport } from './seed-report.ts';

const PAGE = 20;
const HOUR_MS = 3_600_000;

type Page = { name: string; filter: PostbackFilter; deep?: boolean; order?: PostbackOrder };

const at = process.argv.indexOf('--rows');
const sizes = (at < 0 ? '1000,1000000' : (process.argv[at + 1] ?? '')).split(',').map(Number);

const results = new Map<string, Cost[]>();
for (const rows of sizes) {
  for (const [name, cost] of await measure(rows)) {
    results.set(name, [...(results.get(name) ?? []), cost]);
  }
}
console.log(`\n| page | ${sizes.map((rows) => rows.toLocaleString('en')).join(' | ')} |`);
console.log(`|---|${sizes.map(() => '---:|').join('')}`);
for (const [name, costs] of results) {
  const shown = costs.map(
    (it) =>
      `${it.indexSearches}: ${it.indexBlocks} + ${it.rowBlocks} (all ${it.blocks}, ${it.ms.toFixed(1)} ms)`,
  );
  console.log(`| ${name} | ${shown.join(' | ')} |`);
}
if (process.argv.includes('--plans')) {
  for (const [name, costs] of results) {
    for (const [index, { plan }] of costs.entries()) {
      console.log(`\n### ${name}, ${sizes[index]?.toLocaleString('en')} rows\n\n${plan}`);
    }
  }
}

function measure(rows: number): Promise<Map<string, Cost>> {
  return withShadowDatabase(async (databaseUrl) => {
    await migrate(databaseUrl);
    const client = new pg.Client(databaseUrl);
    await client.connect();
    try {
      const began = performance.now();
      const known = await seedReport(client, rows);
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.log(`seeded ${rows.toLocaleString('en')} in ${seconds} s`);
      const costs = new Map<string, Cost>();
      for (const page of pagesOf(known)) {
        costs.set(page.name, await explain(client, await statementOf(client, page)));
      }
      return costs;
    } finally {
      await client.end();
    }
  });
}

function pagesOf({ middle, ...known }: SeededReport): Page[] {
  const hour = { from: middle, to: new Date(middle.getTime() + HOUR_MS) };
  const own = { affiliateIds: [known.affiliateId] };
  const broker = { affiliateIds: known.brokerIds };
  const byDue: PostbackOrder = { by: 'DUE_AT', direction: 'DESC' };
  return [
    { name: 'first page', filter: {} },
    { name: 'first page, deep inside', filter: {}, deep: true },
    { name: 'of an affiliate', filter: own },
    { name: 'of an affiliate, deep inside', filter: own, deep: true },
    { name: 'of a broker of 50', filter: broker },
    { name: 'of a broker of 50, deep inside', filter: broker, deep: true },
    { name: 'of a pixel', filter: { pixelIds: [known.pixelId] } },
    { name: 'of a campaign', filter: { campaignIds: [known.campaignId] } },
    { name: 'of an offer', filter: { offerIds: [known.offerId] } },
    { name: 'of a click', filter: { clickId: known.clickId } },
    { name: 'of an affclickid', filter: { affclickid: known.affclickid } },
    {
      name: 'of an affclickid, asked by a broker',
      filter: { ...broker, affclickid: known.affclickid },
    },
    { name: 'ordered by dueAt', filter: {}, order: byDue },
    { name: 'ordered by dueAt, deep inside', filter: {}, order: byDue, deep: true },
    {
      name: 'ordered by dueAt, of an affiliate, deep inside',
      filter: own,
      order: byDue,
      deep: true,
    },
    { name: 'due in one hour', filter: hour },
    { name: 'due in one hour, of an affiliate', filter: { ...hour, ...own } },
    { name: 'due in one hour, of a broker of 50', filter: { ...hour, ...broker } },
    { name: 'SCHEDULED', filter: { status: ['SCHEDULED'] } },
    { name: 'FAILED', filter: { status: ['FAILED'] } },
    { name: 'FAILED of an affiliate', filter: { status: ['FAILED'], ...own } },
    { name: 'FAILED of a broker of 50', filter: { status: ['FAILED'], ...broker } },
    { name: 'answered 5xx', filter: { statusCodes: ['SERVER_ERROR_5XX'] } },
    { name: 'text in the final URL', filter: { finalUrlContains: 'affiliate.example' } },
  ];
}

/** The statement of a page: the first one, or that behind the row in the middle. */
async function statementOf(
  client: pg.Client,
  { filter, deep, ...asked }: Page,
): Promise<Statement> {
  const order = asked.order ?? usualOrder(filter);
  if (!deep) return pageSql(filter, order, null, PAGE + 1);
  const ids = await pagePostbacks(client, filter, order, { after: null, limit: 10_000_000 });
  const { rows } = await client.query(
    `SELECT id, due_at::text AS "dueAt" FROM postback WHERE id = $1`,
    [ids[Math.floor(ids.length / 2)]],
  );
  return pageSql(filter, order, rows[0], PAGE + 1);
}
