import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkRedisPolicy,
  closeRedis,
  connectRedis,
  type RedisClient,
} from '../../src/platform/redis.ts';
import { createDelayedQueue } from '../../src/queue/delayed-queue.ts';
import { startRedisCluster, type TestRedisCluster } from '../support/redis-cluster.ts';
import { redisServerMissing, type TestRedisServer } from '../support/redis-server.ts';

describe.skipIf(redisServerMissing())('delayed queue on Redis Cluster', () => {
  let cluster: TestRedisCluster;
  let redis: RedisClient;
  beforeAll(async () => {
    cluster = await startRedisCluster(2);
    redis = await connectRedis(cluster.url, { commandTimeoutMs: 500 });
  }, 30_000);
  afterAll(async () => {
    await closeRedis(redis);
    await cluster[Symbol.asyncDispose]();
  });

  const items = Array.from({ length: 600 }, (_, n) => ({
    id: `x${n}`,
    group: `g${n % 60}`,
    lane: `l${n % 3}`,
    dueAtMs: 0,
  }));

  it('spreads its shards over the nodes and does everything there', async () => {
    const queue = createDelayedQueue({ redis, prefix: 'q', leaseMs: 20_000 });
    await checkRedisPolicy(redis);
    await queue.setEpoch();
    await queue.schedule(items);
    expect(await queue.size()).toBe(600);
    expect(await queue.missing([...items, { id: 'no', group: 'g1', lane: 'l1' }])).toHaveLength(1);

    const { claims, lost } = await queue.claimDue(400);
    const { extended } = await queue.extend(claims);
    await queue.reschedule(extended.slice(0, 100).map((claim) => ({ ...claim, dueAtMs: 0 })));
    await queue.release(extended.slice(100, 200));
    await queue.complete(extended.slice(200));
    const again = await queue.claimDue(1_000);
    await queue.cancel(again.claims);

    expect(lost).toBe(false);
    expect(claims).toHaveLength(400);
    expect(again.claims).toHaveLength(400);
    // Its bell hangs at one node: whoever asks looks each time.
    expect([await queue.rung(), await queue.rung()]).toEqual([true, true]);
    expect(await queue.measure()).toEqual({
      ...{ size: 0, nextDueAtMs: null, oldestOverdueMs: 0, due: 0 },
    });
  });

  it('hears of a node that is lost, also of one that it found again', async () => {
    const queue = createDelayedQueue({ redis, prefix: 'q', leaseMs: 20_000 });
    let lost = 0;
    queue.onDisconnect(() => {
      lost += 1;
    });
    const other = await connectRedis(cluster.nodes[0]?.url ?? '');
    const cut = () => other.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

    await cut();
    await expect.poll(() => lost).toBe(1);
    await expect.poll(() => queue.size().catch(() => null)).toBe(0);
    await cut();

    await expect.poll(() => lost).toBe(2);
    await expect.poll(() => queue.size().catch(() => null)).toBe(0);
    await closeRedis(other);
  });

  it('goes on with the shards of the other nodes when one is dead', async () => {
    const queue = createDelayedQueue({ redis, prefix: 'q', leaseMs: 20_000 });
    await queue.schedule(items);
    let disconnected = 0;
    queue.onDisconnect(() => {
      disconnected += 1;
    });

    const [, node] = cluster.nodes as [TestRedisServer, TestRedisServer];
    process.kill(node.pid, 'SIGSTOP');
    const counts = Array.from({ length: 10 }, (_, n) => redis.incr(`count${n}`));
    const counted = Promise.allSettled(counts);
    await node.stop('SIGKILL');
    const failed = (await counted).filter((it) => it.status === 'rejected');
    // Sent once: what broke with its connection is tried at no other one.
    expect(new Set(failed.map(({ reason }) => reason.message))).toEqual(
      new Set(['Connection is closed.']),
    );
    const { claims, failedShards } = await queue.claimDue(600);

    expect(failedShards.length).toBeGreaterThan(0);
    expect(failedShards.length).toBeLessThan(16);
    expect(claims.length).toBeGreaterThan(100);
    const answers = await Promise.all(queue.shards.map(queue.answers));
    expect(queue.shards.filter((shard) => !answers[shard])).toEqual(
      failedShards.sort((a, b) => a - b),
    );
    // It is tried with every command, and lost no more.
    expect(disconnected).toBe(1);
  });
});
