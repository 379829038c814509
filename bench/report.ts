import pg from 'pg';
import { request } from 'undici';
import { globalIdOf } from '../src/graphql/ids.ts';
import { seedReport } from './seed-report.ts';
import { type Bench, type Options, type Result, resultsOf } from './support/bench.ts';
import { PAGE } from './support/loads.ts';
import { median } from './support/quantile.ts';
import { type Services, startServices } from './support/services.ts';
import { ADMIN_KEY, startVolley } from './support/volley.ts';

const STATS = `query Stats($where: PostbackFilter) { postbackStats(where: $where) {
  total byStatus { status count } byStatusCode { count } buckets { from total } } }`;

/** The same by hand, as somebody would write it in psql. */
const PAGE_SQL = `
  SELECT p.id, p.state, p.click_id, p.final_url, p.due_at, e.id, e.type, a.affid
  FROM postback p JOIN event e ON e.id = p.event_id JOIN affiliate a ON a.id = p.affiliate_id
  WHERE $1::uuid IS NULL OR p.id < $1 ORDER BY p.id DESC LIMIT 21`;
const DEEP_SQL = PAGE_SQL.replace('$1::uuid IS NULL OR ', '');
const STATS_SQL = `
  SELECT date_trunc('day', due_at, 'UTC') AS day, state, last_status_code, count(*)
  FROM postback WHERE affiliate_id = $1 GROUP BY 1, 2, 3`;
const CSV_SQL = `
  COPY (SELECT p.id, p.state, p.reason, a.affid, g.code, p.event_type, p.click_id, c.entry_url, v.url, p.final_url,
          p.due_at, p.fired_at, p.finished_at, p.attempts_made, p.last_status_code
        FROM postback p JOIN affiliate a ON a.id = p.affiliate_id JOIN event e ON e.id = p.event_id
          JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
          LEFT JOIN click c ON c.id = e.click_row_id LEFT JOIN campaign g ON g.id = p.campaign_id
        ORDER BY p.id DESC) TO STDOUT WITH CSV HEADER`;

/** Milliseconds, of GraphQL or the CSV route and of SQL by hand. */
type Pair = { ours: number; sql: number };
type Figures = { first: Pair; deep: Pair; stats: Pair; csvPerSecond: Pair };

export const bench: Bench = {
  name: 'report',
  summary: 'pages, statistics and CSV of the postback report, beside SQL by hand',
  async run(options) {
    await using services = await startServices();
    const sizes = options.quick ? [10_000, 100_000] : [10_000, 1_000_000, 5_000_000];
    const found = new Map<number, Figures>();
    for (const rows of sizes) found.set(rows, await ofSize(services, rows, options));
    return resultsFor(found);
  },
};

async function ofSize(
  services: Services,
  rows: number,
  { progress, quick }: Options,
): Promise<Figures> {
  const databaseUrl = await services.createDatabase('volley');
  await services.redis.flushall();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    progress(`seeding ${rows.toLocaleString('en')} postbacks`);
    const known = await seedReport(client, rows);
    await using server = await startVolley({ services, databaseUrl, role: 'api' });
    const ask = (query: string, variables: object) => askGraphql(server.url, query, variables);
    const middle = await ask(PAGE, { where: { clickId: known.clickId } });
    const after = middle.postbacks?.pageInfo.endCursor;
    const { rows: found } = await client.query('SELECT id FROM postback WHERE click_id = $1', [
      known.clickId,
    ]);
    const affiliateIds = [globalIdOf('Affiliate', known.affiliateId)];
    const times = quick ? 40 : 200;
    const figures = {
      first: await inTurn(
        times,
        () => ask(PAGE, {}),
        () => client.query(PAGE_SQL, [null]),
      ),
      deep: await inTurn(
        times,
        () => ask(PAGE, { after }),
        () => client.query(DEEP_SQL, [found[0].id]),
      ),
      stats: await inTurn(
        times / 10,
        () => ask(STATS, { where: { affiliateIds } }),
        () => client.query(STATS_SQL, [known.affiliateId]),
      ),
      csvPerSecond: await csv(server.url, databaseUrl, rows),
    };
    progress(
      `${rows.toLocaleString('en')}: first page ${figures.first.ours.toFixed(1)} ms (SQL ${figures.first.sql.toFixed(1)})`,
    );
    return figures;
  } finally {
    await client.end();
  }
}

/** As in the other benches: a server that has run for a while, whose code is compiled. */
const WARM_UP = 300;

/** The middle of so many times, in turn, so that both meet the same machine. */
async function inTurn(
  times: number,
  ours: () => Promise<unknown>,
  sql: () => Promise<unknown>,
): Promise<Pair> {
  const took = { ours: [] as number[], sql: [] as number[] };
  for (let n = -WARM_UP; n < times; n += 1) {
    for (const [name, work] of Object.entries({ ours, sql })) {
      const began = performance.now();
      await work();
      if (n >= 0) took[name as keyof Pair].push(performance.now() - began);
    }
  }
  return { ours: median(took.ours), sql: median(took.sql) };
}

/** Rows a second of the whole report. */
async function csv(url: string, databaseUrl: string, rows: number): Promise<Pair> {
  const began = performance.now();
  const answer = await request(`${url}/reports/postbacks.csv`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  let lines = 0;
  for await (const piece of answer.body) {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines += 1;
  }
  const ours = ((lines - 1) * 1000) / (performance.now() - began);
  if (lines - 1 !== rows) throw new Error(`the CSV has ${lines} lines: ${answer.statusCode}`);
  const hand = performance.now();
  await copyOut(databaseUrl);
  return { ours, sql: (rows * 1000) / (performance.now() - hand) };
}

/** What `psql -c` does with a COPY, without psql: the rows are counted by the server and dropped here. */
async function copyOut(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  // pg has no COPY of its own: the pieces come past its connection.
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const query = new pg.Query(CSV_SQL);
  query.on('end', () => resolve());
  query.on('error', reject);
  client.query(query);
  await promise;
  await client.end();
}

type Answer = { postbacks?: { nodes: object[]; pageInfo: { endCursor: string } } };

async function askGraphql(url: string, query: string, variables: object): Promise<Answer> {
  const { body } = await request(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await body.json()) as { data: Answer; errors?: object[] };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

function resultsFor(found: Map<number, Figures>): Result[] {
  const result = resultsOf('report');
  const [[least, few] = [0, undefined], ...more] = [...found];
  const n = (rows: number) => rows.toLocaleString('en');
  return [
    ...more.flatMap(([rows, it]) =>
      (['first', 'deep'] as const).map((page) =>
        // Half as much again is what a busy machine makes of the same.
        result(`Volley, ${page} page: ${n(rows)} rows beside ${n(least)}`, it[page].ours, 'ms', {
          ...{
            ratio: it[page].ours / (few?.[page].ours ?? 1),
            against: `${n(least)} rows`,
            atMost: 1.5,
          },
        }),
      ),
    ),
    ...[...found].flatMap(([rows, it]) => [
      ...(['first', 'deep', 'stats'] as const).flatMap((what) => [
        // At most twice the SQL is added to it.
        result(`Volley, ${n(rows)} rows: ${what}`, it[what].ours, 'ms', {
          ...{ ratio: it[what].ours / it[what].sql, against: 'SQL by hand', atMost: 3 },
        }),
        result(`SQL by hand, ${n(rows)} rows: ${what}`, it[what].sql, 'ms'),
      ]),
      result(`Volley, ${n(rows)} rows: CSV`, it.csvPerSecond.ours, 'rows/s', {
        ...{ ratio: it.csvPerSecond.ours / it.csvPerSecond.sql, against: 'COPY by hand' },
      }),
      result(`SQL by hand, ${n(rows)} rows: CSV`, it.csvPerSecond.sql, 'rows/s'),
    ]),
  ];
}
