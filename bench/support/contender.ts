import pg from 'pg';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import { createDelayedQueue } from '../../src/queue/delayed-queue.ts';
import { type Child, startChild } from './child.ts';
import { postbackId, seedAffiliates, seedPostbacks } from './seed-postbacks.ts';
import { runSql, type Services } from './services.ts';
import { startVolley } from './volley.ts';

/** What delivers postbacks in one worker process: Volley or a peer. */
export type Contender = AsyncDisposable & {
  pid: number;
  /** Takes postbacks of the numbers from `from` on, each due at its time; resolves when all are accepted. */
  add(load: { from: number; dueAtMs: number[] }): Promise<void>;
  /** Ends it in its own time, so that it writes its profile. */
  stop?(): Promise<unknown>;
  /** Starts another worker process beside it. */
  another(): Promise<AsyncDisposable>;
  /** How many attempts are on disk. */
  attempts(): Promise<number>;
};

export type Ground = { services: Services; origins: string[] };

export type VolleyContender = Contender & {
  /** How many postbacks Redis knows. */
  queued(): Promise<number>;
};

/** Volley as it is, with one worker. */
export async function openVolley(
  { services, origins }: Ground,
  options: {
    flags?: string[];
    variables?: Record<string, string>;
    path?: (n: number) => string;
  } = {},
): Promise<VolleyContender> {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = await services.createDatabase('volley');
  await services.redis.flushall();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  stack.defer(() => client.end());
  await seedAffiliates(client, origins, options.path);
  const redis = await connectRedis(services.redisUrl, { commandTimeoutMs: 30_000 });
  stack.defer(() => closeRedis(redis));
  const { rows } = await client.query('SELECT id FROM installation');
  const prefix = `volley:${rows[0].id.slice(0, 8)}:pb`;
  const queue = createDelayedQueue({ redis, prefix, leaseMs: 20_000 });
  const start = () => startVolley({ services, databaseUrl, role: 'worker', ...options });
  const worker = stack.use(await start());
  const running = stack.move();
  return {
    pid: worker.pid,
    stop: worker.stop,
    another: start,
    queued: queue.size,
    async add(load) {
      const items = await seedPostbacks(client, load, origins.length);
      if (items.length > 1_000) await client.query('ANALYZE click, event, postback');
      for (let at = 0; at < items.length; at += 5_000)
        await queue.schedule(items.slice(at, at + 5_000));
    },
    async attempts() {
      // Its outcome is on disk in the same statement.
      const { rows: counted } = await client.query(
        'SELECT count(*)::int AS n FROM postback_attempt',
      );
      return counted[0].n;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** @param file in `bench/peers` */
export async function openPeer(
  { services, origins }: Ground,
  file: string,
  options: { tuned: boolean; concurrency: number },
  path = (_n: number) => '/ok',
): Promise<Contender> {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = await services.createDatabase('volley');
  await services.redis.flushall();
  // A peer keeps its jobs elsewhere: the log stands alone, and costs it no look at a postback.
  await runSql(
    databaseUrl,
    'ALTER TABLE postback_attempt DROP CONSTRAINT postback_attempt_postback_id_fkey',
  );
  const client = new pg.Client(databaseUrl);
  await client.connect();
  stack.defer(() => client.end());
  async function start(): Promise<Child> {
    const started = await startChild('peers/run-peer.mjs', [file]);
    await started.call('open', { databaseUrl, redisUrl: services.redisUrl, ...options });
    return started;
  }
  const child = stack.use(await start());
  const running = stack.move();
  return {
    pid: child.pid,
    another: start,
    async add({ from, dueAtMs: dueTimes }) {
      const postbacks = dueTimes.map((dueAtMs, i) => {
        const n = from + i;
        const origin = n % origins.length;
        return {
          postbackId: postbackId(n),
          url: `${origins[origin]}${path(origin)}/${n}`,
          dueAtMs,
        };
      });
      await child.call('add', postbacks);
    },
    async attempts() {
      const { rows } = await client.query('SELECT count(*)::int AS n FROM postback_attempt');
      return rows[0].n;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
