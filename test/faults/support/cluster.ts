import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../src/embedded/processes.ts';
import { createApi, type TestApi } from '../../support/api.ts';
import { runSql } from '../../support/database.ts';
import { ADMIN_KEY } from '../../support/make-app.ts';
import { runProgram, startVolley, type Volley } from '../../support/process.ts';
import { startRedisServer, type TestRedisServer } from '../../support/redis-server.ts';
import { type FaultAffiliate, seedAffiliates } from './affiliates.ts';
import { check, type History, keyOf, type Violation } from './checker.ts';
import { MEASURABLE } from './held-memory.ts';
import { readLog, readRecord, readRows } from './history.ts';
import type { KillablePostgres } from './killable-postgres.ts';
import { pendingIn, troublesOf } from './metrics.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { type Sink, startSink } from './sink.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { type Freeze, repeatedAtThaw } from './thaws.ts';

/** Short, so that a fault test takes seconds; the product has 10 s, 20 s and 5 s at least. */
export const DEADLINE_MS = 1_000;
export const LEASE_MS = 2_000;
export const DELAY_MS = 1_000;
/** The product's own deadline and lease, for what is to be right on a machine that is slow as well. */
export const UNHURRIED = { VOLLEY_DEADLINE_SECONDS: '10', VOLLEY_LEASE_SECONDS: '20' };

const COMPILED = join(tmpdir(), 'volley-faults-compiled');

export type Cluster = AsyncDisposable &
  Omit<Reporter, 'close'> & {
    sink: Sink;
    readonly api: Volley;
    admin: TestApi;
    /** Those that run; a test that ends one takes it out. */
    workers: Volley[];
    affiliates: FaultAffiliate[];
    /** Past the proxy. */
    readonly databaseUrl: string;
    readonly redis: TestRedisServer;
    postgresProxy: TcpProxy;
    redisProxy: TcpProxy;
    sql(statement: string): Promise<Record<string, unknown>[]>;
    startWorker(variables?: Record<string, string>): Promise<Volley>;
    /** Starts a worker that kills itself at a point, and waits until it has. */
    runDyingWorker(at: string): Promise<void>;
    /** Kills a worker with -9. What it had in flight may be called once more. */
    crash(worker?: Volley): Promise<void>;
    /**
     * Stops a worker where it is. What it had in flight, or was about to call, may be called once more. Answers how
     * it goes on.
     */
    freeze(worker?: Volley): Promise<() => void>;
    /** Lets a worker finish; answers its exit code. */
    drain(worker?: Volley): Promise<number | null>;
    /** Waits until the API is dead, kills it unless it dies by itself, and starts it anew where it was. */
    restartApi(variables?: Record<string, string>): Promise<void>;
    /** Writes postbacks straight into the database, due in ten minutes, as if they had been reported. */
    schedule(count: number): Promise<void>;
    /** Makes all that is open due at one instant, and empties Redis so that it hears of it; answers the instant. */
    dueAtOnce(inMs: number): Promise<number>;
    /** Starts Redis anew where it was, with what its arguments let it keep. */
    restartRedis(meanwhile?: () => Promise<void>): Promise<void>;
    /** A replica that was frozen while others wrote takes over: what it had not got is gone. */
    failOverRedis(during: () => Promise<void>): Promise<void>;
    /** Sends Redis a command past the proxy; answers the first piece of what it says. */
    redisCommand(...words: string[]): Promise<string>;
    /** Waits until every postback is decided, `withinMs` at most. */
    settled(withinMs?: number): Promise<void>;
    /** Reads everything and asks the checker. */
    violations(more?: Pick<History, 'viewers' | 'resources'>): Promise<Violation[]>;
    /** Lateness of first calls since a time in ms, sorted, of paths that a test picks. */
    lateness(of?: (path: string) => boolean, since?: number): number[];
  };

type Options = {
  postgres: KillablePostgres;
  workers?: number;
  affiliates?: number;
  /** What the pixel of an affiliate calls; default a path of its own at the sink. */
  urlOf?: (n: number, sink: Sink) => string;
  variables?: Record<string, string>;
  apiVariables?: Record<string, string>;
  redisArgs?: string[];
};

/** An API process and workers on a database and a Redis of their own, both behind proxies. */
export async function startCluster({
  postgres,
  workers = 1,
  affiliates = 5,
  urlOf = (n, { url }) => `${url}/f${n}`,
  variables = {},
  apiVariables = {},
  redisArgs = [],
}: Options): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const sink = stack.use(await startSink());
  const database = await postgres.createDatabase();
  const sql = (statement: string) => runSql(postgres.urlOf(database), statement);
  let redis = await startRedisServer({ args: redisArgs });
  stack.defer(() => redis.stop('SIGKILL'));
  const redisProxy = stack.use(await startTcpProxy(redis.port));
  const postgresProxy = stack.use(await startTcpProxy(postgres.port));
  const directory = mkdtempSync(join(tmpdir(), 'volley-faults-data-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  let processes = 0;

  const variablesOf = (role: string, more: Record<string, string> = {}) => {
    processes += 1;
    const url = Object.assign(new URL(postgres.urlOf(database)), { port: postgresProxy.port });
    return {
      DATABASE_URL: url.href,
      REDIS_URL: `redis://127.0.0.1:${redisProxy.port}`,
      VOLLEY_DEADLINE_SECONDS: String(DEADLINE_MS / 1000),
      VOLLEY_LEASE_SECONDS: String(LEASE_MS / 1000),
      LOG_LEVEL: 'info',
      // Dozens of processes read the same files: each but the first starts a second sooner.
      NODE_COMPILE_CACHE: COMPILED,
      ...MEASURABLE,
      ...variables,
      VOLLEY_ROLE: role,
      VOLLEY_DATA_DIR: join(directory, String(processes)),
      ...more,
    };
  };
  const living = new Set<Volley>();
  let owner: AsyncDisposableStack = stack;
  const start = async (role: string, more?: Record<string, string>) => {
    const started = owner.use(await startVolley(variablesOf(role, more)));
    living.add(started);
    return started;
  };

  // A worker needs nothing of the API: they start side by side. If one fails, the others are ended too.
  const begun = await Promise.allSettled([
    start('api', apiVariables),
    ...Array.from({ length: workers }, () => start('worker')),
  ]);
  const failed = begun.find((it) => it.status === 'rejected');
  if (failed) throw failed.reason;
  const [first, ...running] = begun.flatMap((it) => ('value' in it ? [it.value] : []));
  let api = first as Volley;
  const admin = createApi(api.url, ADMIN_KEY);
  const seeded = await seedAffiliates(admin, affiliates, (n) => urlOf(n, sink));
  await sql(`UPDATE integration SET delay_seconds = ${DELAY_MS / 1000}`);
  const reporter = createReporter(
    api.url,
    seeded.map(({ clickId }) => clickId),
  );
  stack.defer(() => reporter.close());

  const repeats = new Map<string, number>();
  const freezes: Freeze[] = [];
  const mayRepeat = (key: string) => repeats.set(key, (repeats.get(key) ?? 0) + 1);
  /** Of calls that were made and are not recorded whoever died may have been about to record them. */
  async function noteInFlight(): Promise<void> {
    // What was written already still comes in.
    await sleep(200);
    const logged = new Set((await readLog(sql)).map(({ id, number }) => keyOf(id, number)));
    const made = new Set(sink.hits.map(({ id, attempt }) => keyOf(id, attempt)));
    for (const key of made) if (!logged.has(key)) mayRepeat(key);
  }
  const takeOut = (worker: Volley) => {
    living.delete(worker);
    const at = running.indexOf(worker);
    if (at >= 0) running.splice(at, 1);
  };

  const all = stack.move();
  owner = all;
  return {
    acknowledged: reporter.acknowledged,
    unanswered: reporter.unanswered,
    refusals: reporter.refusals,
    acceptedAfterMs: reporter.acceptedAfterMs,
    report: reporter.report,
    sink,
    get api() {
      return api;
    },
    admin,
    workers: running,
    affiliates: seeded,
    get databaseUrl() {
      return postgres.urlOf(database);
    },
    get redis() {
      return redis;
    },
    postgresProxy,
    redisProxy,
    sql,
    async startWorker(more) {
      const worker = await start('worker', more);
      running.push(worker);
      return worker;
    },
    async runDyingWorker(at) {
      const faults = { PORT: '0', VOLLEY_ALLOW_TARGETS: '127.0.0.1/32', VOLLEY_FAULT_AT: at };
      const dying = all.use(runProgram(['src/main.ts'], variablesOf('worker', faults)));
      await dying.exited;
      await noteInFlight();
    },
    async crash(worker = running[0] as Volley) {
      takeOut(worker);
      worker.kill('SIGKILL');
      await worker.exited;
      await noteInFlight();
    },
    async freeze(worker = running[0] as Volley) {
      worker.kill('SIGSTOP');
      const frozenAtMs = Date.now();
      await noteInFlight();
      return () => {
        freezes.push({ frozenAtMs, thawedAtMs: Date.now() });
        worker.kill('SIGCONT');
      };
    },
    async drain(worker = running[0] as Volley) {
      takeOut(worker);
      worker.kill('SIGTERM');
      return (await worker.exited).code;
    },
    async restartApi(more = {}) {
      living.delete(api);
      api.kill('SIGKILL');
      await api.exited;
      api = await start('api', { ...more, PORT: new URL(api.url).port });
    },
    async schedule(count) {
      for (const { id, dueAtMs } of await sql(copies(count))) {
        reporter.acknowledged.push({ id: String(id), dueAtMs: Number(dueAtMs) });
      }
    },
    async dueAtOnce(inMs) {
      const rows = await sql(`
        UPDATE postback SET due_at = at, next_attempt_at = at
        FROM (SELECT volley_now() + interval '${inMs} ms' AS at) due WHERE state = 'OPEN'
        RETURNING id, volley_ms(due_at) AS "dueAtMs"`);
      await redisAnswer(redis.port, 'FLUSHALL');
      const dueAtMs = Number(rows[0]?.dueAtMs);
      const moved = new Set(rows.map(({ id }) => String(id)));
      for (const one of reporter.acknowledged) if (moved.has(one.id)) one.dueAtMs = dueAtMs;
      return dueAtMs;
    },
    async restartRedis(meanwhile = async () => {}) {
      const { port } = redis;
      await redis.stop('SIGKILL').catch(() => {});
      await meanwhile();
      redis = await startRedisServer({ port, args: redisArgs });
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
    redisCommand: (...words) => redisAnswer(redis.port, ...words),
    async settled(withinMs = 60_000) {
      const until = Date.now() + withinMs;
      for (;;) {
        const [row] = await sql(
          `SELECT count(*)::int AS open, min(id::text) AS first FROM postback WHERE state = 'OPEN'`,
        ).catch(() => []);
        if (row?.open === 0) return;
        if (Date.now() > until) {
          for (const one of living) console.log(await troublesOf(one));
          console.log(
            await sql(
              'SELECT error_kind, status_code, count(*) FROM postback_attempt GROUP BY 1, 2',
            ),
          );
          throw new Error(
            `not decided after ${withinMs} ms: ${row?.open}, the first ${row?.first}`,
          );
        }
        await sleep(150);
      }
    },
    async violations({ viewers, resources = [] } = {}) {
      for (const key of repeatedAtThaw(sink.hits, freezes.splice(0), LEASE_MS)) mayRepeat(key);
      const history = {
        acknowledged: reporter.acknowledged,
        unanswered: reporter.unanswered,
        hits: sink.hits,
        rows: await readRows(sql),
        attempts: await readLog(sql),
        ...(await readRecord(sql)),
        ...(viewers && { viewers }),
        resources: [...resources, ...(await pendingIn(living))],
      };
      return check(history, repeats);
    },
    lateness(of = () => true, since = 0) {
      const due = new Map(reporter.acknowledged.map(({ id, dueAtMs }) => [id, dueAtMs]));
      return sink.hits
        .filter(({ attempt, path, at }) => attempt === 1 && of(path) && at >= since)
        .map(({ id, at }) => at - (due.get(id) ?? at))
        .sort((one, other) => one - other);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
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

/** Copies of one postback of each affiliate, in turn. */
function copies(count: number): string {
  return `
    WITH model AS (
      SELECT *, row_number() OVER () - 1 AS turn, count(*) OVER () AS turns
      FROM (SELECT DISTINCT ON (affiliate_id) * FROM postback ORDER BY affiliate_id, id) of_each
    )
    INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type,
                          state, due_at, next_attempt_at, max_attempts, replay_of_id)
    SELECT gen_random_uuid(), pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type,
      'OPEN', due.at, due.at, max_attempts, id
    FROM generate_series(1, ${count}) n JOIN model ON n % turns = turn,
      (SELECT volley_now() + interval '10 minutes' AS at) due
    RETURNING id, volley_ms(due_at) AS "dueAtMs"`;
}
