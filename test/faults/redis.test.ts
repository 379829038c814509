import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { type Cluster, startCluster, UNHURRIED } from './support/cluster.ts';
import { type KillablePostgres, startKillablePostgres } from './support/killable-postgres.ts';
import { quantile, underLoad } from './support/load.ts';
import { between, eachSeed, full, type Random } from './support/seeds.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

/** Two workers, and calls that take a while: Redis is never lost without some under way. */
async function startBusy(redisArgs: string[] = []): Promise<Cluster> {
  const cluster = await startCluster({ postgres, affiliates: 10, workers: 2, redisArgs });
  cluster.sink.behaveAll({ status: 200, afterMs: 500 });
  return cluster;
}

/** How long a Redis that is gone stays away. */
const awayMs = (random: Random) => between(random, 1_500, full(10_000, 3_000));

/** Reports do not wait for Redis: a command alone would take two seconds to be given up. */
function expectAccepted({ acceptedAfterMs, refusals }: Cluster): void {
  const sorted = acceptedAfterMs.toSorted((one, other) => one - other);
  expect(quantile(sorted, 0.5)).toBeLessThan(1_000);
  expect(refusals).toEqual([]);
}

describe.skipIf(redisServerMissing())('Redis', () => {
  test('fault 5: wiped again and again, also while calls are under way', async () => {
    await using cluster = await startBusy();
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        for (let times = 0; times < 6; times += 1) {
          await cluster.redisCommand('FLUSHALL');
          await sleep(between(random, 50, 500));
        }
      }),
    );

    expect(await cluster.violations()).toEqual([]);
  });

  const scheduled = full(100_000, 20_000);

  test(`fault 5: wiped with ${scheduled} scheduled, which all fire`, {
    timeout: 400_000,
  }, async () => {
    await using cluster = await startCluster({
      ...{ postgres, affiliates: 40, workers: 2, variables: UNHURRIED },
    });
    await cluster.report(40);
    await cluster.settled();
    await cluster.schedule(scheduled);
    await cluster.redisCommand('FLUSHALL');
    const wipedAt = Date.now();
    const rebuilt = cluster.workers.map((one) =>
      one.printed(/"shards".*"restored":(\d{5,}).*"msg":"queue.rebuilt"/),
    );
    const [, restored] = await Promise.any(rebuilt);
    for (const other of rebuilt) other.catch(() => {});
    const healedMs = Date.now() - wipedAt;
    const dueAtMs = await cluster.dueAtOnce(2_000);
    await cluster.settled(300_000);
    const drainedMs = (cluster.sink.hits.at(-1)?.at ?? 0) - dueAtMs;
    console.log(
      `fault 5: ${scheduled} were back ${healedMs} ms after FLUSHALL; wiped again and due at one instant, ` +
        `the last one fired ${drainedMs} ms later`,
    );

    expect(Number(restored)).toBeGreaterThanOrEqual(scheduled);
    expect(healedMs).toBeLessThan(10_000);
    expect(await cluster.violations()).toEqual([]);
    expect(cluster.sink.hits).toHaveLength(scheduled + 40);
  });

  test.each<[string, string[], (directory: string) => void]>([
    ['empty', [], () => {}],
    ['with its file', ['--appendonly', 'yes'], () => {}],
    ['with a file that lost its end', ['--appendonly', 'yes'], cutTail],
  ])('fault 6: Redis is killed and comes back %s', async (_, args, spoil) => {
    const directory = mkdtempSync(join(tmpdir(), 'volley-aof-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    await using cluster = await startBusy([...args, '--dir', directory]);
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        await cluster.restartRedis(async () => {
          spoil(directory);
          await sleep(between(random, 0, 1_000));
        });
        await sleep(1_500);
      }),
    );

    expect(await cluster.violations()).toEqual([]);
    expectAccepted(cluster);
  });

  test('fault 6: with a file that lost its end, calls that outlast the loss, and a worker that stops', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'volley-aof-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    // Leases that are renewed after seven seconds only: no renewal puts right what was lost.
    await using cluster = await startCluster({
      ...{ postgres, affiliates: 10, workers: 2, variables: UNHURRIED },
      redisArgs: ['--appendonly', 'yes', '--dir', directory],
    });
    cluster.sink.behaveAll({ status: 200, afterMs: 4_000 });
    await eachSeed(10, async (random) => {
      await cluster.report(100);
      // They are called after a second.
      await sleep(between(random, 1_200, 2_500));
      const drained = cluster.drain();
      await cluster.restartRedis(async () => {
        cutTail(directory);
        await sleep(between(random, 0, 500));
      });
      expect(await drained).toBe(0);
      // One that began within two seconds of the loss would know nothing of it.
      await sleep(2_500);
      await cluster.startWorker();
      await cluster.settled();
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 7: a replica that lags takes over, without the last writes', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await eachSeed(10, async (random) => {
      await cluster.report(50);
      await cluster.failOverRedis(async () => {
        // Scheduled, claimed and released, and the replica knows nothing of it.
        await cluster.report(200);
        await sleep(between(random, 100, 1_500));
      });
      await cluster.settled();
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test.each<[string, (cluster: Cluster, random: Random) => Promise<void>]>([
    ['fault 8: Redis is frozen', freeze],
    [
      'fault 8: Redis is busy with one command',
      async (cluster, random) => {
        await cluster.redisCommand('DEBUG', 'SLEEP', String(awayMs(random) / 1000));
      },
    ],
    ['fault 9: Redis is silent, as if the network were gone', silence],
  ])('%s: events are accepted meanwhile', async (_, fault) => {
    await using cluster = await startBusy(['--enable-debug-command', 'yes']);
    let accepted = 0;
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        const before = cluster.acknowledged.length;
        await fault(cluster, random);
        accepted += cluster.acknowledged.length - before;
        await sleep(1_000);
      }),
    );

    expect(await cluster.violations()).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
    expectAccepted(cluster);
  });

  test('fault 9: a command that a silent Redis swallows is given up after 2 s', async () => {
    await using cluster = await startCluster({ postgres, workers: 0 });
    const redis = await connectRedis(`redis://127.0.0.1:${cluster.redisProxy.port}`);
    await redis.ping();
    cluster.redisProxy.weather = { blackHole: true };
    const began = performance.now();
    await expect(redis.ping()).rejects.toThrow(/timed out/i);
    expect(performance.now() - began).toBeLessThan(2_500);
    await closeRedis(redis);
  });

  const awaySeconds = full(60, 6);

  test(`Redis is down for ${awaySeconds} s: events are accepted, all fire after it returns`, async () => {
    await using cluster = await startBusy();
    let returnedAt = 0;
    let accepted = 0;
    await underLoad(cluster, async () => {
      const before = cluster.acknowledged.length;
      cluster.redisProxy.down();
      await cluster.restartRedis(() => sleep(awaySeconds * 1000));
      accepted = cluster.acknowledged.length - before;
      returnedAt = Date.now();
      cluster.redisProxy.up();
    });
    const overdue = new Set(
      cluster.acknowledged.filter(({ dueAtMs }) => dueAtMs < returnedAt).map(({ id }) => id),
    );
    const last = cluster.sink.hits.findLast(({ id }) => overdue.has(id));
    console.log(
      `Redis down for ${awaySeconds} s: ${accepted} events accepted meanwhile, the slowest report took ` +
        `${Math.round(Math.max(...cluster.acceptedAfterMs))} ms; all of them fired ${(last?.at ?? 0) - returnedAt} ms after it returned`,
    );

    expect(await cluster.violations()).toEqual([]);
    expect(accepted).toBeGreaterThan(awaySeconds * 20);
    expectAccepted(cluster);
  });

  test('a Redis that may throw keys away is refused at the start', async () => {
    await using cluster = await startCluster({ postgres, workers: 0 });
    await cluster.redisCommand('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(cluster.startWorker()).rejects.toThrow(/noeviction/);
  });
});

async function freeze(cluster: Cluster, random: Random): Promise<void> {
  const { pid } = cluster.redis;
  process.kill(pid, 'SIGSTOP');
  await sleep(awayMs(random));
  process.kill(pid, 'SIGCONT');
}

async function silence({ redisProxy }: Cluster, random: Random): Promise<void> {
  redisProxy.weather = { blackHole: true };
  await sleep(awayMs(random));
  redisProxy.weather = {};
  // Bytes that fell into the hole never come out: what stood is reset, as a network that is back does.
  redisProxy.down();
  redisProxy.up();
}

/** What a machine that lost its power had not written yet, and half a command. */
function cutTail(directory: string): void {
  const folder = join(directory, 'appendonlydir');
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.incr.aof'));
  const file = join(folder, name as string);
  const { size } = statSync(file);
  truncateSync(file, Math.max(0, size - Math.min(size, 20_000)));
}
