import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openWakeStream } from '../../src/live/wake-stream.ts';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import { startChild } from './child.ts';
import { affiliateId, postbackId, seedAffiliates, seedPostbacks } from './seed-postbacks.ts';
import type { Services } from './services.ts';
import { startVolley } from './volley.ts';

/** A server that tells its viewers of attempts, in a process of its own. */
export type Broadcaster = AsyncDisposable & {
  pid: number;
  url: string;
  protocol: 'graphql-transport-ws' | 'raw';
  /** What a viewer sends to see the attempts of one affiliate by number, or all. */
  asks: (affiliate: number | null) => object;
  /** Makes attempts happen, so many a second; resolves when the last has. */
  publish(from: number, count: number, perSecond: number): Promise<void>;
};

const AFFILIATES = 50;
const MESSAGES = 2_000;

const QUERY = `subscription ($where: PostbackFilter) {
  postbackFired(where: $where) {
    cursor
    postback { id status finalUrl }
    attempt { statusCode durationMs startedAt }
  }
}`;

/** Volley's API process: attempts are written as a worker of another process writes them. */
export async function openVolley(services: Services, flags: string[] = []): Promise<Broadcaster> {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = await services.createDatabase('volley');
  await services.redis.flushall();
  const sql = new pg.Client(databaseUrl);
  await sql.connect();
  stack.defer(() => sql.end());
  const origins = Array.from({ length: AFFILIATES }, (_, n) => `http://127.0.0.1:${20_000 + n}`);
  await seedAffiliates(sql, origins);
  const dueAtMs = Array<number>(MESSAGES).fill(Date.now() + 3_600_000);
  await seedPostbacks(sql, { from: 0, dueAtMs }, AFFILIATES);
  const redis = await connectRedis(services.redisUrl, { commandTimeoutMs: 30_000 });
  stack.defer(() => closeRedis(redis));
  const { rows } = await sql.query('SELECT id FROM installation');
  const wakeStream = openWakeStream({
    redis,
    key: `volley:${rows[0].id.slice(0, 8)}:live`,
    onWake() {},
    isWanted: () => false,
  });
  stack.defer(() => wakeStream.close());
  const api = stack.use(await startVolley({ services, databaseUrl, role: 'api', flags }));
  // A profile is written by a process that ends in its own time.
  if (flags.length > 0) stack.defer(async () => void (await api.stop()));
  const running = stack.move();
  return {
    ...{ pid: api.pid, url: `${api.url}/graphql`, protocol: 'graphql-transport-ws' },
    asks: (affiliate) => ({
      query: QUERY,
      variables: { where: affiliate === null ? {} : { affiliateIds: [affiliateId(affiliate)] } },
    }),
    publish: (from, count, perSecond) =>
      onTime(from, count, perSecond, async (n) => {
        await sql.query({
          name: 'attempt',
          text: `
            INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url, status_code)
            VALUES ($1, 1, $2, 0, $3, 200)`,
          values: [postbackId(n), new Date(), `${origins[n % AFFILIATES]}/ok/${n}`],
        });
        wakeStream.announce();
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** @param file in `bench/peers` */
export async function openPeer(file: string, way: string): Promise<Broadcaster> {
  const child = await startChild(`peers/${file}`, [way]);
  const { port, protocol } = await child.call<{ port: number; protocol: Broadcaster['protocol'] }>(
    'listen',
  );
  return {
    ...{ pid: child.pid, url: `http://127.0.0.1:${port}/graphql`, protocol },
    asks: (affiliate) => ({
      query: `subscription ($affiliate: Int) {
        fired(affiliate: $affiliate) { cursor id status finalUrl statusCode durationMs startedAt } }`,
      variables: { affiliate },
    }),
    publish: (from, count, perSecond) =>
      onTime(from, count, perSecond, async (n) => {
        await child.call('publish', n % AFFILIATES, {
          cursor: Buffer.from(`1:${1_000_000 + n}:${n}`).toString('base64url'),
          id: Buffer.from(`Postback:${postbackId(n)}`).toString('base64url'),
          status: 'OPEN',
          finalUrl: `http://127.0.0.1:${20_000 + (n % AFFILIATES)}/ok/${n}`,
          ...{ statusCode: 200, durationMs: 0, startedAt: new Date().toISOString() },
        });
      }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** By timetable, whatever the one before took. */
async function onTime(
  from: number,
  count: number,
  perSecond: number,
  act: (n: number) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const acts: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const leftMs = began + (n * 1000) / perSecond - performance.now();
    if (leftMs > 0) await sleep(leftMs);
    acts.push(act(from + n));
  }
  await Promise.all(acts);
}
