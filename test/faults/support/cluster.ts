import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startPostgres } from '../../../src/embedded/postgres.ts';
import { waitFor } from '../../../src/embedded/processes.ts';
import { readGlobalId } from '../../../src/graphql/ids.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { createApi, type TestApi } from '../../support/api.ts';
import { runSql } from '../../support/database.ts';
import { ADMIN_KEY } from '../../support/make-app.ts';
import { runProgram, startVolley, type Volley } from '../../support/process.ts';
import { startRedisServer, type TestRedisServer } from '../../support/redis-server.ts';
import { seedReference } from '../../support/seed.ts';
import { type Acknowledged, type Allowed, check, type Violation } from './checker.ts';
import { type Sink, startSink } from './sink.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Short, so that a fault test takes seconds; the product has 10 s, 20 s and 5 s at least. */
export const DEADLINE_MS = 1_000;
export const LEASE_MS = 2_000;
export const DELAY_MS = 1_000;

/** A PostgreSQL that may be killed and started again; what it acknowledged it keeps. */
export type KillablePostgres = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  signal(signal: NodeJS.Signals): void;
  /** Starts it again where it was; the port is another one. */
  restart(): Promise<void>;
};

export async function startKillablePostgres(): Promise<KillablePostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'volley-faults-'));
  chmodSync(directory, 0o755);
  const start = () => startPostgres({ dataDir: directory, log: () => {} });
  let running: EmbeddedPostgres = await start();
  const pid = () =>
    Number.parseInt(readFileSync(join(directory, 'postgres/cluster/postmaster.pid'), 'utf8'), 10);
  return {
    get url() {
      return running.url;
    },
    get port() {
      return Number(new URL(running.url).port);
    },
    signal: (signal) => process.kill(pid(), signal),
    async restart() {
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export type Cluster = AsyncDisposable & {
  sink: Sink;
  api: Volley;
  /** Asks the API again and again until it answers. */
  admin: TestApi;
  workers: Volley[];
  redis: TestRedisServer;
  postgresProxy: TcpProxy;
  redisProxy: TcpProxy;
  sql(statement: string): Promise<Record<string, unknown>[]>;
  startWorker(variables?: Record<string, string>): Promise<Volley>;
  /** Starts a worker that kills itself at a point, and waits until it has. */
  runDyingWorker(at: string): Promise<void>;
  /** Reports events, one postback each, over all affiliates in turn; what is refused is reported again. */
  report(count: number): Promise<void>;
  /** Starts Redis anew where it was, empty. */
  restartRedis(): Promise<void>;
  /** A replica that was frozen while others wrote takes over: what it had not got is gone. */
  failOverRedis(during: () => Promise<void>): Promise<void>;
  /** Empties Redis, past the proxy; or sends it another command. */
  redisCommand(...words: string[]): Promise<void>;
  readonly acknowledged: Acknowledged[];
  /** Waits until every acknowledged postback is decided, `withinMs` at most. */
  settled(withinMs?: number): Promise<void>;
  /** Reads everything and asks the checker. */
  violations(allowed?: Partial<Allowed>): Promise<Violation[]>;
  /** Every row of the log of attempts, as `<postback id> <number>`. */
  logged(): Promise<string[]>;
  /** Lateness of first calls in ms, sorted, of affiliates that a test picks. */
  lateness(of?: (path: string) => boolean): number[];
};

type Options = {
  postgres: KillablePostgres;
  workers?: number;
  affiliates?: number;
  variables?: Record<string, string>;
  apiVariables?: Record<string, string>;
};

/** An API process and workers on a PostgreSQL and a Redis of their own, both behind proxies. */
export async function startCluster({
  postgres,
  workers = 1,
  affiliates = 5,
  variables = {},
  apiVariables = {},
}: Options): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const sink = stack.use(await startSink());
  const name = `faults_${Math.random().toString(36).slice(2, 10)}`;
  await runSql(postgres.url, `CREATE DATABASE ${name}`);
  const direct = () => {
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    return url;
  };
  await migrate(direct().href);
  const sql = (statement: string) => runSql(direct().href, statement);
  // The shortest delay that the product allows would make each of these tests five seconds longer.
  await sql(`ALTER TABLE integration DROP CONSTRAINT integration_delay`);

  let redis = await startRedisServer();
  stack.defer(() => redis.stop('SIGKILL'));
  const redisProxy = stack.use(await startTcpProxy(redis.port));
  const postgresProxy = stack.use(await startTcpProxy(postgres.port));
  const proxied = direct();
  proxied.port = String(postgresProxy.port);
  const directory = mkdtempSync(join(tmpdir(), 'volley-faults-data-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  let processes = 0;

  const environment = {
    DATABASE_URL: proxied.href,
    REDIS_URL: `redis://127.0.0.1:${redisProxy.port}`,
    VOLLEY_DEADLINE_SECONDS: String(DEADLINE_MS / 1000),
    VOLLEY_LEASE_SECONDS: String(LEASE_MS / 1000),
    LOG_LEVEL: 'info',
    ...variables,
  };
  const variablesOf = (role: string, more: Record<string, string> = {}) => {
    processes += 1;
    const own = { VOLLEY_ROLE: role, VOLLEY_DATA_DIR: join(directory, String(processes)) };
    return { ...environment, ...own, ...more };
  };
  const start = async (role: string, more?: Record<string, string>) =>
    stack.use(await startVolley(variablesOf(role, more)));

  const api = await start('api', apiVariables);
  const clicks = await seed(api.admin, sql, sink.url, affiliates);
  const running: Volley[] = [];
  for (let n = 0; n < workers; n += 1) running.push(await start('worker'));

  const acknowledged: Acknowledged[] = [];
  const seen = new Map<string, string[]>();
  let unanswered = 0;
  let reported = 0;
  let over = false;

  async function rows() {
    return (await sql(`
      SELECT id, state::text, reason, attempts_made AS "attemptsMade", volley_ms(due_at) AS "dueAtMs" FROM postback`)) as {
      id: string;
      state: string;
      reason: string | null;
      attemptsMade: number;
      dueAtMs: number;
    }[];
  }

  async function look() {
    const found = await rows();
    for (const { id, state } of found) {
      const states = seen.get(id) ?? [];
      if (states.at(-1) !== state) seen.set(id, [...states, state]);
    }
    return found;
  }

  async function reportChunk(events: object[]): Promise<void> {
    if (over) return;
    // The transaction ids make a repeated report harmless: it answers with what is there.
    const answer = await ask(api.url, RECORD, { input: { events } });
    const results = answer?.data?.recordEvents?.results;
    if (!results) {
      unanswered += 1;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return reportChunk(events);
    }
    for (const { postbacks } of results) {
      for (const { id, dueAt } of postbacks) {
        acknowledged.push({ id: readGlobalId(id)?.rowId ?? id, dueAtMs: Date.parse(dueAt) });
      }
    }
  }

  const cluster = stack.move();
  return {
    sink,
    api,
    admin: createApi(api.url, ADMIN_KEY),
    workers: running,
    get redis() {
      return redis;
    },
    postgresProxy,
    redisProxy,
    sql,
    acknowledged,
    async startWorker(more) {
      const worker = cluster.use(await startVolley(variablesOf('worker', more)));
      running.push(worker);
      return worker;
    },
    async runDyingWorker(at) {
      const faults = { PORT: '0', VOLLEY_ALLOW_TARGETS: '127.0.0.1/32', VOLLEY_FAULT_AT: at };
      const dying = cluster.use(runProgram(['src/main.ts'], variablesOf('worker', faults)));
      await dying.exited;
    },
    async report(count) {
      const events = Array.from({ length: count }, () => {
        reported += 1;
        const clickId = clicks[reported % clicks.length];
        return { clickId, type: 'FirstDeposit', transactionId: `t${reported}` };
      });
      for (let at = 0; at < events.length; at += 100) await reportChunk(events.slice(at, at + 100));
    },
    async restartRedis() {
      const { port } = redis;
      await redis.stop('SIGKILL').catch(() => {});
      redis = await startRedisServer({ port });
    },
    async failOverRedis(during) {
      const replica = await startRedisServer({
        args: ['--replicaof', '127.0.0.1', String(redis.port), '--repl-diskless-sync-delay', '0'],
      });
      // It has everything so far.
      await waitFor('the replica', 20_000, async () => {
        const info = await redisAnswer(replica.port, 'INFO', 'replication');
        return info.includes('master_link_status:up') || undefined;
      });
      process.kill(replica.pid, 'SIGSTOP');
      await during();
      redisProxy.down();
      await redis.stop('SIGKILL');
      process.kill(replica.pid, 'SIGCONT');
      await redisAnswer(replica.port, 'REPLICAOF', 'NO', 'ONE');
      redis = replica;
      redisProxy.aim(replica.port);
      redisProxy.up();
    },
    async redisCommand(...words) {
      await redisAnswer(redis.port, ...words);
    },
    async settled(withinMs = 20_000) {
      const until = Date.now() + withinMs;
      for (;;) {
        const found = await look().catch(() => null);
        const decided = new Set(found?.filter(({ state }) => state !== 'OPEN').map(({ id }) => id));
        if (acknowledged.every(({ id }) => decided.has(id))) return;
        if (Date.now() > until) {
          const open = acknowledged.filter(({ id }) => !decided.has(id));
          for (const worker of running) console.log(await lastTroubles(worker));
          throw new Error(
            `${open.length} of ${acknowledged.length} are not decided: ${open[0]?.id}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async violations(allowed = {}) {
      const attempts = (await sql(
        'SELECT postback_id AS id, number, superseded FROM postback_attempt',
      )) as { id: string; number: number; superseded: boolean }[];
      const history = {
        acknowledged,
        unanswered,
        hits: sink.hits,
        rows: await rows(),
        attempts,
        seen,
      };
      return check(history, { duplicates: 0, unlogged: 0, ...allowed });
    },
    async logged() {
      const rows = await sql(`SELECT postback_id || ' ' || number AS key FROM postback_attempt`);
      return rows.map(({ key }) => String(key));
    },
    lateness(of = () => true) {
      const due = new Map(acknowledged.map(({ id, dueAtMs }) => [id, dueAtMs]));
      return sink.hits
        .filter(({ attempt, path }) => attempt === 1 && of(path))
        .map(({ id, at }) => at - (due.get(id) ?? at))
        .sort((one, other) => one - other);
    },
    async [Symbol.asyncDispose]() {
      over = true;
      await cluster.disposeAsync();
    },
  };
}

/** What a Redis answers to one command: the first piece of it. */
async function redisAnswer(port: number, ...words: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const answer = await new Promise<string>((resolve, reject) => {
    socket.on('error', reject).once('data', (data) => resolve(String(data)));
    socket.write(`${words.join(' ')}\r\n`);
  });
  socket.destroy();
  return answer;
}

/** The last lines of a process that are no routine, and what it says of itself. */
async function lastTroubles({ pid, output, url, exited }: Volley): Promise<string> {
  const exit = await Promise.race([
    exited,
    new Promise((resolve) => setTimeout(resolve, 50, null)),
  ]);
  const metrics = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3_000) })
    .then((answer) => answer.text())
    .catch(String);
  const own = metrics.split('\n').filter((line) => /^volley_(post|coal|queue|dest)\S* /.test(line));
  const troubles = output.split('\n').filter((line) => !/"level":(10|20|30)\b/.test(line));
  return `process ${pid}: ${JSON.stringify(exit)?.slice(-1_500)}\n${own.filter((line) => !/_bucket|_sum/.test(line)).join('\n')}\n${troubles.slice(-12).join('\n').slice(-6_000)}`;
}

const RECORD = `mutation ($input: RecordEventsInput!) { recordEvents(input: $input) {
  ... on RecordEventsPayload { results { ... on RecordEventPayload { postbacks { id dueAt } } } }
} }`;

type Recorded = {
  data?: {
    recordEvents?: { results?: { postbacks: { id: string; dueAt: string }[] }[] };
  } | null;
};

/** What the API answered, or null when it did not within 10 s, or only in part. */
async function ask(url: string, query: string, variables: object): Promise<Recorded | null> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as Recorded;
    const results = answer.data?.recordEvents?.results;
    return results?.every((it) => it.postbacks) ? answer : null;
  } catch {
    return null;
  }
}

/** Affiliates `f0`, `f1` ... whose pixels call `/f0`, `/f1` ..., and a click of each. */
async function seed(
  admin: TestApi,
  sql: Cluster['sql'],
  sinkUrl: string,
  count: number,
): Promise<string[]> {
  await seedReference(admin);
  await sql(`UPDATE integration SET delay_seconds = ${DELAY_MS / 1000}`);
  const make = async (query: string): Promise<Record<string, never>> => {
    const answer = await admin.ask(query);
    if (!answer.data) throw new Error(JSON.stringify(answer));
    return answer.data;
  };
  const clicks: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const affid = `f${n}`;
    const made =
      (await make(`mutation { createAffiliate(input: { affid: "${affid}", name: "${affid}" }) {
      ... on CreateAffiliatePayload { affiliate { id } } } }`)) as never as {
        createAffiliate: { affiliate: { id: string } };
      };
    await make(`mutation { createPixel(input: { affiliateId: "${made.createAffiliate.affiliate.id}",
      triggerEvent: "FirstDeposit", url: "${sinkUrl}/${affid}?c={clickid}&t={transaction_id}" }) { __typename } }`);
    const click =
      (await make(`mutation { recordClick(input: { entryUrl: "/click?affid=${affid}&campaign=2001" }) {
      ... on RecordClickPayload { click { clickId } } } }`)) as never as {
        recordClick: { click: { clickId: string } };
      };
    clicks.push(click.recordClick.click.clickId);
  }
  return clicks;
}
