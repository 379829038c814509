// What the parts of a delivery cost by themselves, one after the other, in a process like a worker: the call, the claim
// and the row, each as lean as it can be had in this language.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Agent } from 'undici';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import { createDelayedQueue } from '../../src/queue/delayed-queue.ts';
import { postbackId } from './seed-postbacks.ts';
import { serveCalls } from './serve-calls.ts';

type Cost = { perSecond: number; cpuUs: number };

/** Rows of one statement; what Volley's batches hold. */
const BATCH = 500;
const CLAIM = 400;

serveCalls({ dispatch, claim, insert, insertEvents });

async function costOf(count: number, work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count * 1000) / ms, cpuUs: (user + system) / count };
}

/** Calls of undici's lowest level, 200 at a time, to all origins in turn. */
async function dispatch(origins: string[], count: number): Promise<Cost> {
  const agent = new Agent({ connections: 10, pipelining: 1 });
  const headers = {
    'webhook-id': postbackId(0),
    'webhook-attempt': '1',
    'user-agent': 'Volley/bench',
  };
  const call = (n: number) =>
    new Promise<void>((resolve, reject) => {
      agent.dispatch(
        { origin: origins[n % origins.length]!, path: `/ok/${n}`, method: 'GET', headers },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData() {},
          onResponseEnd: () => resolve(),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  let next = 0;
  const caller = async (until: number) => {
    while (next < until) await call(next++);
  };
  const callAll = (until: number) => Promise.all(Array.from({ length: 200 }, () => caller(until)));
  await callAll(2_000);
  next = 0;
  const cost = await costOf(count, async () => void (await callAll(count)));
  await agent.close();
  return cost;
}

/** Claims and completes ids that are due, of as many groups as there are origins. */
async function claim(redisUrl: string, groups: number, count: number): Promise<Cost> {
  const redis = await connectRedis(redisUrl);
  const queue = createDelayedQueue({ redis, prefix: 'bench-limit', leaseMs: 20_000 });
  await queue.setEpoch();
  const fill = async (size: number) => {
    const items = Array.from({ length: size }, (_, n) => ({
      ...{
        id: randomUUID(),
        group: postbackId(n % groups),
        lane: postbackId(n % groups),
        dueAtMs: Date.now() - 1,
      },
    }));
    for (let at = 0; at < size; at += 5_000) await queue.schedule(items.slice(at, at + 5_000));
  };
  const drain = async () => {
    for (;;) {
      const { claims } = await queue.claimDue(CLAIM);
      if (claims.length === 0) return;
      await queue.complete(claims);
    }
  };
  await fill(2_000);
  await drain();
  await fill(count);
  const cost = await costOf(count, drain);
  await closeRedis(redis);
  return cost;
}

/** Rows of the attempt log alone. */
function insert(databaseUrl: string, count: number): Promise<Cost> {
  return insertRows(databaseUrl, count, {
    text: `INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url, status_code, outcome_id)
           SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::int[], $5::text[], $6::int[], $7::uuid[])`,
    valuesOf: (n) => {
      const url = `http://127.0.1.1:40000/ok/${n}`;
      return [postbackId(n), 1, new Date(), 1, url, 200, randomUUID()];
    },
  });
}

/** Rows of events alone, without postbacks or a look for duplicates. */
function insertEvents(databaseUrl: string, count: number): Promise<Cost> {
  return insertRows(databaseUrl, count, {
    text: `INSERT INTO event (id, integration_id, type, status, revision, transaction_id, amount, currency, click_id, occurred_at)
           SELECT id, '00000000-0000-7000-8000-000000000001', 'Sale', 'APPROVED', 1, transaction_id, amount, 'USD', click_id, at
           FROM unnest($1::uuid[], $2::text[], $3::numeric[], $4::text[], $5::timestamptz[]) AS e(id, transaction_id, amount, click_id, at)`,
    valuesOf: (n) => [postbackId(n), String(n), '12.50', randomUUID(), new Date()],
  });
}

type Rows = { text: string; valuesOf: (n: number) => unknown[] };

/** Two statements at a time, as many rows in each as Volley's own. */
async function insertRows(
  databaseUrl: string,
  count: number,
  { text, valuesOf }: Rows,
): Promise<Cost> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  let next = 0;
  const writer = async (until: number) => {
    while (next < until) {
      const from = next;
      next += BATCH;
      const rows = Array.from({ length: BATCH }, (_, i) => valuesOf(from + i));
      const values = rows[0]?.map((_, column) => rows.map((row) => row[column])) ?? [];
      await pool.query({ name: 'limit-insert', text, values });
    }
  };
  await Promise.all([writer(2_000), writer(2_000)]);
  const until = next + count;
  const cost = await costOf(count, async () => {
    await Promise.all([writer(until), writer(until)]);
  });
  await pool.end();
  return cost;
}
