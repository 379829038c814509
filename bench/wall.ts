// What the wall costs (docs/decisions/0016): the same page of an affiliate's report, asked by a VIEWER whom no policy
// binds and by the affiliate's own key, in turn, so that both meet the same machine.
//   node bench/wall.ts [--rows 200000] [--seconds 10]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Agent, request } from 'undici';
import { withShadowDatabase } from '../scripts/shadow-database.ts';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { globalIdOf } from '../src/graphql/ids.ts';
import { createLog } from '../src/platform/log.ts';
import { migrate } from '../src/store/migrate.ts';
import { seedReport } from './seed-report.ts';

const ADMIN_KEY = 'admin-key-of-the-bench';
const PAGE = `query ($where: PostbackFilter) { postbacks(first: 20, where: $where) { nodes {
  id status finalUrl destination { origin } event { id type click { clickId entryUrl campaign { code } } }
  affiliate { affid } attempts(first: 5) { nodes { number statusCode } } } } }`;

const rows = numberOf('--rows', 200_000);
const seconds = numberOf('--seconds', 10);
const dataDir = mkdtempSync(join(tmpdir(), 'volley-bench-'));
const agent = new Agent({ connections: 20, pipelining: 1 });

await withShadowDatabase(async (databaseUrl) => {
  await migrate(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { affiliateId } = await seedReport(client, rows);
  await client.query('ANALYZE');
  await client.end();
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: databaseUrl,
    ...(process.env.REDIS_URL && { REDIS_URL: process.env.REDIS_URL }),
    VOLLEY_DATA_DIR: dataDir,
    VOLLEY_ADMIN_KEY: ADMIN_KEY,
    VOLLEY_ROLE: 'api',
    VOLLEY_RATE_LIMITS: '0',
    LOG_LEVEL: 'silent',
  });
  await using app = await createApp(config, createLog('silent'));
  const affiliate = globalIdOf('Affiliate', affiliateId);
  const keys = {
    viewer: await makeKey(app.url, 'role: VIEWER'),
    affiliate: await makeKey(app.url, `role: AFFILIATE, affiliateId: "${affiliate}"`),
  };
  const variables = { where: { affiliateIds: [affiliate] } };
  const ask = (key: string) => page(app.url, key, variables);

  console.log('| callers | VIEWER p50, a second | AFFILIATE p50, a second | ratio of p50 |');
  console.log('|---:|---:|---:|---:|');
  for (const callers of [1, 10]) {
    const took: Record<keyof typeof keys, number[]> = { viewer: [], affiliate: [] };
    await load(callers, 1, () => ask(keys.viewer));
    await load(callers, 1, () => ask(keys.affiliate));
    // Turns of a second each: what else the machine does meets both.
    for (let turn = 0; turn < seconds; turn += 1) {
      took.viewer.push(...(await load(callers, 1, () => ask(keys.viewer))));
      took.affiliate.push(...(await load(callers, 1, () => ask(keys.affiliate))));
    }
    const cell = (times: number[]) =>
      `${median(times).toFixed(1)} ms, ${(times.length / seconds).toFixed(0)}`;
    const ratio = median(took.affiliate) / median(took.viewer);
    console.log(
      `| ${callers} | ${cell(took.viewer)} | ${cell(took.affiliate)} | ${ratio.toFixed(2)} |`,
    );
  }
});
await agent.close();
rmSync(dataDir, { recursive: true, force: true });

type Answer = {
  data: { createApiKey?: { secret: string }; postbacks?: { nodes: object[] } };
  errors?: object[];
};

async function graphql(
  url: string,
  key: string,
  query: string,
  variables?: object,
): Promise<Answer> {
  const { body } = await request(`${url}/graphql`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await body.json()) as Answer;
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer;
}

async function page(url: string, key: string, variables: object): Promise<void> {
  const { data } = await graphql(url, key, PAGE, variables);
  if (data.postbacks?.nodes.length !== 20) throw new Error('the page has not its 20 rows');
}

async function makeKey(url: string, input: string): Promise<string> {
  const query = `mutation { createApiKey(input: { name: "bench", ${input} }) {
    ... on CreateApiKeyPayload { secret } } }`;
  return (await graphql(url, ADMIN_KEY, query)).data.createApiKey?.secret ?? '';
}

/** How long each answer took, ms. */
async function load(
  callers: number,
  forSeconds: number,
  ask: () => Promise<void>,
): Promise<number[]> {
  const until = performance.now() + forSeconds * 1000;
  const took: number[] = [];
  async function caller(): Promise<void> {
    while (performance.now() < until) {
      const began = performance.now();
      await ask();
      took.push(performance.now() - began);
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  return took;
}

function median(times: number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function numberOf(flag: string, usual: number): number {
  const at = process.argv.indexOf(flag);
  return at < 0 ? usual : Number(process.argv[at + 1]);
}
