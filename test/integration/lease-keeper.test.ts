import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { closeRedis, connectRedis, type RedisClient } from '../../src/platform/redis.ts';
import type { Claimed } from '../../src/postbacks/fire.ts';
import { createLeaseKeeper } from '../../src/postbacks/lease-keeper.ts';
import { createDelayedQueue } from '../../src/queue/delayed-queue.ts';
import { eventually } from '../support/eventually.ts';

const LEASE_MS = 600;

let redis: RedisClient;

beforeAll(async () => {
  redis = await connectRedis(inject('redisUrl'));
});
afterAll(() => closeRedis(redis));

test('what is in hand stays with its worker however long it takes, and comes due when that ends', async () => {
  const queue = createDelayedQueue({ redis, prefix: `keeper-${process.pid}`, leaseMs: LEASE_MS });
  await queue.setEpoch();
  await queue.schedule([{ id: 'x', group: 'a', lane: 'l', dueAtMs: 0 }]);
  const { claims } = await queue.claimDue(1);
  const claim: Claimed = { ...claims[0]!, leasedAtMs: performance.now() };
  const inHand = new Map([[claim.id, claim]]);
  const first = claim.leaseScore;
  const keeper = createLeaseKeeper({
    ...{ queue, inHand, leaseMs: LEASE_MS, monotonicMs: () => performance.now() },
    report: { loopFailed: (what, thrown) => expect.unreachable(`${what}: ${thrown}`) },
  });

  await eventually(
    async () => claim.leaseScore,
    (score) => expect(score).toBeGreaterThan(first + 2 * LEASE_MS),
  );
  expect((await queue.claimDue(1)).claims).toEqual([]);
  await keeper[Symbol.asyncDispose]();
  const [again] = await eventually(
    async () => (await queue.claimDue(1)).claims,
    (found) => expect(found).toHaveLength(1),
  );

  expect(again).toMatchObject({ id: 'x', expired: true });
  await queue.complete([again!]);
  await queue.clearEpoch();
});

test('a lease that was renewed without an answer, or lost with the data, is taken again', async () => {
  const queue = createDelayedQueue({ redis, prefix: `kept-${process.pid}`, leaseMs: LEASE_MS });
  await queue.setEpoch();
  const items = ['x', 'y', 'z'].map((id) => ({ id, group: 'a', lane: 'l', dueAtMs: 0 }));
  await queue.schedule(items);
  const { claims } = await queue.claimDue(3);
  const inHand = new Map<string, Claimed>(
    claims.map((claim) => [claim.id, { ...claim, leasedAtMs: performance.now() }]),
  );
  const [unheard, lost, leaving] = inHand.values();
  await queue.extend([unheard!]);
  await queue.cancel([lost!, leaving!]);
  leaving!.leaves = true;
  const scores = () => [...inHand.values()].map(({ leaseScore }) => leaseScore);
  const before = scores();
  await using _keeper = createLeaseKeeper({
    ...{ queue, inHand, leaseMs: LEASE_MS, monotonicMs: () => performance.now() },
    report: { loopFailed: (what, thrown) => expect.unreachable(`${what}: ${thrown}`) },
  });

  await eventually(
    async () => scores(),
    ([x, y]) => {
      expect(x).toBeGreaterThan(before[0]! + LEASE_MS);
      expect(y).toBeGreaterThan(before[1]! + LEASE_MS);
    },
  );
  // What is on its way out is not put back by its own keeper.
  expect((await queue.missing(items)).map(({ id }) => id)).toEqual([leaving!.id]);
  expect(await queue.complete([unheard!, lost!])).toEqual([]);
  await queue.clearEpoch();
});
