// What it costs to be known: requests that ask nothing but `__typename`, by one key and by many, with the
// transactions that PostgreSQL counts meanwhile. The CPU is that of service and client together.
//   node bench/authenticate.ts [--seconds 5]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { withShadowDatabase } from '../scripts/shadow-database.ts';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/platform/log.ts';
import { openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';

const ADMIN_KEY = 'admin-key-of-the-bench';
const CONNECTIONS = 20;
const at = process.argv.indexOf('--seconds');
const seconds = at < 0 ? 5 : Number(process.argv[at + 1]);

const dataDir = mkdtempSync(join(tmpdir(), 'volley-bench-'));
const agent = new Agent({ connections: CONNECTIONS, pipelining: 1 });
await withShadowDatabase(async (databaseUrl) => {
  await migrate(databaseUrl);
  const log = createLog('silent');
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: databaseUrl,
    ...(process.env.REDIS_URL && { REDIS_URL: process.env.REDIS_URL }),
    VOLLEY_DATA_DIR: dataDir,
    VOLLEY_ADMIN_KEY: ADMIN_KEY,
    VOLLEY_ROLE: 'all',
    LOG_LEVEL: 'silent',
  });
  await using app = await createApp(config, log);
  await using database = openDatabase(databaseUrl, log, 1);
  const keys = await Promise.all(
    Array.from({ length: 200 }, (_, index) => makeKey(app.url, index)),
  );

  console.log('| who asks | requests a second | p50 | CPU a request | transactions a request |');
  console.log('|---|---:|---:|---:|---:|');
  for (const [name, credentials] of Object.entries({
    anonymous: [null],
    'one key': [ADMIN_KEY],
    '200 keys in turn': keys,
  })) {
    await load(app.url, credentials, 1);
    const before = await transactions(database.sql);
    const cpu = process.cpuUsage();
    const { count, p50 } = await load(app.url, credentials, seconds);
    const { user, system } = process.cpuUsage(cpu);
    const spent = (await transactions(database.sql)) - before;
    const perSecond = (count / seconds).toFixed(0);
    const cpuMs = ((user + system) / 1000 / count).toFixed(2);
    console.log(
      `| ${name} | ${perSecond} | ${p50.toFixed(1)} ms | ${cpuMs} ms | ${(spent / count).toFixed(3)} |`,
    );
  }
});
await agent.close();
rmSync(dataDir, { recursive: true, force: true });

async function ask(url: string, key: string | null, query: string): Promise<never> {
  const { body } = await request(`${url}/graphql`, {
    dispatcher: agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query }),
  });
  return (await body.json()) as never;
}

async function makeKey(url: string, index: number): Promise<string> {
  const query = `mutation { createApiKey(input: { name: "bench ${index}", role: VIEWER }) {
    ... on CreateApiKeyPayload { secret } } }`;
  const answer = await ask(url, ADMIN_KEY, query);
  return (answer as { data: { createApiKey: { secret: string } } }).data.createApiKey.secret;
}

async function load(url: string, keys: (string | null)[], forSeconds: number) {
  const until = performance.now() + forSeconds * 1000;
  const took: number[] = [];
  let turn = 0;
  async function caller(): Promise<void> {
    while (performance.now() < until) {
      const began = performance.now();
      turn += 1;
      await ask(url, keys[turn % keys.length] ?? null, '{ __typename }');
      took.push(performance.now() - began);
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  took.sort((one, other) => one - other);
  return { count: took.length, p50: took[Math.floor(took.length / 2)] ?? Number.NaN };
}

/** PostgreSQL brings its figures up to date about once a second. */
async function transactions(sql: { query: (text: string) => Promise<unknown> }): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { rows } = (await sql.query(
    'SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()',
  )) as { rows: { count: number }[] };
  return rows[0]?.count ?? 0;
}
