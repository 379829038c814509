import type { Redis } from 'ioredis';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import type { Claim } from '../../src/queue/claim-due.ts';
import { createDelayedQueue, type DelayedQueue } from '../../src/queue/delayed-queue.ts';
import { shardOf } from '../../src/queue/shards.ts';
import {
  redisServerMissing,
  startRedisServer,
  type TestRedisServer,
} from '../support/redis-server.ts';

const LEASE_MS = 20_000;

const idsOf = (items: { id: string }[]) => items.map(({ id }) => id).sort();

describe('shardOf', () => {
  it('is the same for ever', () => {
    // Worked out once; other values would strand what running systems have scheduled.
    expect(['101', '102', 'a', 'é', ''].map((group) => shardOf(group))).toEqual([12, 1, 0, 12, 9]);
  });

  it('spreads groups evenly', () => {
    const counts = new Array<number>(16).fill(0);
    for (let n = 0; n < 16_000; n += 1) {
      const shard = shardOf(String(n));
      counts[shard] = (counts[shard] ?? 0) + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});

describe.skipIf(redisServerMissing())('delayed queue', () => {
  let server: TestRedisServer;
  let redis: Redis;
  let queue: DelayedQueue;
  let start: number;
  let offset: number;

  const open = (client = redis) =>
    createDelayedQueue({
      redis: client,
      prefix: 'q',
      leaseMs: LEASE_MS,
      clockOffsetMs: () => offset,
    });
  const due = (id: string, group: string, inMs: number, lane = 'l') => ({
    ...{ id, group, lane, dueAtMs: start + inMs },
  });
  const many = (group: string, count: number, inMs = -1, lane = 'l') =>
    Array.from({ length: count }, (_, n) =>
      due(`${lane === 'l' ? group : lane}-${n}`, group, inMs, lane),
    );
  const keysLeft = async () =>
    (await redis.keys('*')).filter((key) => !/:(epoch|bell)$/.test(key)).sort();

  beforeAll(async () => {
    server = await startRedisServer();
    redis = (await connectRedis(server.url)) as Redis;
  });
  afterAll(async () => {
    await closeRedis(redis);
    await server.stop();
  });

  beforeEach(async () => {
    await redis.flushall();
    start = Number((await redis.time())[0]) * 1_000;
    offset = 0;
    queue = open();
    await queue.setEpoch();
  });
  afterEach(async () => {
    // Whatever a test did, no group or lane may have ids and no turn: nobody would ever see them.
    const rings = await Promise.all(
      (await redis.keys('*:ring')).map((key) => redis.zrange(key, 0, '-1')),
    );
    const waiting = await redis.keys('*:lanes:*');
    const groups = waiting.map((key) => key.replace(/^.*:lanes:/, ''));
    expect(groups.sort()).toEqual(rings.flat().sort());
    const lanes = await Promise.all(
      waiting.map(async (key) => {
        const group = key.replace(/^.*:lanes:/, '');
        return (await redis.zrange(key, 0, '-1')).map((lane) => `${group}|${lane}`);
      }),
    );
    const due = (await redis.keys('*:due:*')).map((key) => key.replace(/^.*:due:/, ''));
    expect(due.sort()).toEqual(lanes.flat().sort());
  });

  describe('claiming', () => {
    it('never hands out an id before its time', async () => {
      await queue.schedule([due('early', 'a', 60_000)]);

      offset = 55_000;
      const before = await queue.claimDue(10);
      offset = 60_001;
      const after = await queue.claimDue(10);

      expect(before.claims).toEqual([]);
      expect(before.nextDueInMs).toBeGreaterThan(3_000);
      expect(before.nextDueInMs).toBeLessThanOrEqual(5_000);
      expect(after.claims).toMatchObject([
        { id: 'early', group: 'a', lane: 'l', wasDueAtMs: start + 60_000, expired: false },
      ]);
    });

    it('leaves the ids of a group that are due later where they are', async () => {
      await queue.schedule([due('now', 'a', -1), due('soon', 'a', 5_000)]);

      const { claims, nextDueInMs } = await queue.claimDue(10);

      expect(idsOf(claims)).toEqual(['now']);
      expect(nextDueInMs).toBeGreaterThan(1_000);
      expect(nextDueInMs).toBeLessThanOrEqual(5_000);
    });

    it('rounds a due time with a fraction up, so that it is neither early nor a lease', async () => {
      await queue.schedule([{ id: 'half', group: 'a', lane: 'l', dueAtMs: start - 999.5 }]);

      const { claims } = await queue.claimDue(1);

      expect(claims).toMatchObject([{ wasDueAtMs: start - 999, expired: false }]);
    });

    it('refuses a due time that is not a time', async () => {
      await expect(queue.schedule([due('x', 'a', Number.NaN)])).rejects.toThrow(
        'schedule x at NaN: not a time',
      );
    });

    it('hands out an id once', async () => {
      await queue.schedule([due('once', 'a', -1)]);

      const first = await queue.claimDue(10);
      const second = await queue.claimDue(10);

      expect(idsOf(first.claims)).toEqual(['once']);
      expect(second.claims).toEqual([]);
      expect(second.nextDueInMs).toBeGreaterThan(LEASE_MS - 5_000);
      expect(second.nextDueInMs).toBeLessThanOrEqual(LEASE_MS + 1);
    });

    it('hands it out again, marked as expired, when its lease ran out', async () => {
      await queue.schedule([due('crashed', 'a', -1)]);
      const [first] = (await queue.claimDue(1)).claims;

      offset = LEASE_MS + 1_500;
      const [second] = (await queue.claimDue(1)).claims;

      expect(second).toMatchObject({
        id: 'crashed',
        expired: true,
        wasDueAtMs: first?.leaseScore,
      });
    });

    it('keeps the time of an id that is scheduled again, also while it is leased', async () => {
      await queue.schedule([due('twice', 'a', -1)]);
      await queue.schedule([due('twice', 'a', 60_000)]);
      const { claims } = await queue.claimDue(10);
      await queue.schedule([due('twice', 'a', -1)]);

      expect(idsOf(claims)).toEqual(['twice']);
      expect((await queue.claimDue(10)).claims).toEqual([]);
    });

    it('never claims more than wanted, and all that is wanted when it is there', async () => {
      const groups = Array.from({ length: 30 }, (_, n) => many(`g${n}`, 10));
      await queue.schedule([...groups.flat(), ...many('hot', 1_000)]);

      for (const want of [0, 1, 5, 16, 17, 100, 400]) {
        const { claims, nextDueInMs } = await queue.claimDue(want);
        expect(claims).toHaveLength(want);
        expect(nextDueInMs).toBe(0);
      }
      const rest = await queue.claimDue(2_000);

      expect(rest.claims).toHaveLength(1_300 - 539);
    });

    it('fills a batch from one hot group when nobody else has work', async () => {
      await queue.schedule(many('hot', 500));

      const { claims } = await queue.claimDue(400);

      expect(new Set(idsOf(claims)).size).toBe(400);
    });

    it('takes no more from a group than its limit, and the rest of the batch from others', async () => {
      await queue.schedule(many('hot', 500));
      await queue.schedule(many('warm', 40));

      const { claims } = await queue.claimDue(400, { perGroup: 32 });
      const hot = claims.filter(({ group }) => group === 'hot');

      expect(hot).toHaveLength(32);
      expect(claims).toHaveLength(64);
    });

    it.each([16, 1])(
      'serves 100 quiet groups within 4 calls beside a hot one (%i shards)',
      async (shards) => {
        queue = createDelayedQueue({ redis, prefix: 'fair', shards, leaseMs: LEASE_MS });
        await queue.setEpoch();
        // The hot group is due first: a queue in order of time would serve all of it before them.
        await queue.schedule(many('hot', 1_000, -5_000));
        await queue.schedule(Array.from({ length: 100 }, (_, n) => due(`q${n}`, `quiet${n}`, -1)));

        const served: Claim[][] = [];
        for (let calls = 0; calls < 4; calls += 1) {
          served.push((await queue.claimDue(40)).claims);
        }

        const hot = served.map((claims) => claims.filter(({ group }) => group === 'hot').length);
        expect(hot[0]).toBeLessThanOrEqual(8);
        expect(served.flat()).toHaveLength(160);
        expect(hot.reduce((sum, count) => sum + count)).toBe(60);
      },
    );

    it('takes few ids from many groups, and not all of them from the first one', async () => {
      queue = createDelayedQueue({ redis, prefix: 'fair', shards: 1, leaseMs: LEASE_MS });
      await queue.setEpoch();
      const busy = ['a', 'b', 'c', 'd'].flatMap((group) => many(group, 100, -5_000));
      await queue.schedule([...busy, due('quiet', 'quiet', -1)]);

      const claims = [await queue.claimDue(3), await queue.claimDue(3)].map((it) => it.claims);

      expect(claims.map((some) => new Set(some.map(({ group }) => group)).size)).toEqual([3, 3]);
      expect(idsOf(claims.flat())).toContain('quiet');
    });

    it('does not let a group come first again by scheduling ids that are overdue', async () => {
      queue = createDelayedQueue({ redis, prefix: 'fair', shards: 1, leaseMs: LEASE_MS });
      await queue.setEpoch();
      await queue.schedule([...many('hot', 100, -5_000), due('quiet', 'quiet', -1)]);

      const first = await queue.claimDue(1);
      await queue.schedule([due('late', 'hot', -60_000)]);
      const second = await queue.claimDue(1);

      expect(new Set(first.claims.map(({ group }) => group))).toEqual(new Set(['hot']));
      expect(idsOf(second.claims)).toContain('quiet');
    });

    it('passes over paused groups and leaves them out of the next due time', async () => {
      queue = createDelayedQueue({ redis, prefix: 'fair', shards: 1, leaseMs: LEASE_MS });
      await queue.setEpoch();
      const paused = Array.from({ length: 20 }, (_, n) => `p${n}`);
      await queue.schedule(paused.map((group) => due(`${group}-x`, group, -5_000)));
      await queue.schedule([due('free', 'free', -1), due('later', 'later', 60_000)]);

      const { claims, nextDueInMs } = await queue.claimDue(5, { pausedGroups: paused });

      expect(idsOf(claims)).toEqual(['free']);
      expect(nextDueInMs).toBeGreaterThan(15_000);
      expect((await queue.claimDue(50)).claims).toHaveLength(20);
    });

    it('hands each of 5,000 ids to exactly one of 20 concurrent claimers', async () => {
      const groups = Array.from({ length: 50 }, (_, n) => many(`g${n}`, 50));
      await queue.schedule([...groups.flat(), ...many('hot', 2_500)]);
      const clients = await Promise.all(
        Array.from({ length: 20 }, async () => await connectRedis(server.url)),
      );

      const claimed = await Promise.all(
        clients.map(async (client) => {
          const mine = open(client as Redis);
          const ids: string[] = [];
          for (;;) {
            const { claims } = await mine.claimDue(37);
            if (claims.length === 0) return ids;
            ids.push(...claims.map(({ id }) => id));
            await mine.complete(claims);
          }
        }),
      );
      await Promise.all(clients.map(closeRedis));

      expect(claimed.flat()).toHaveLength(5_000);
      expect(new Set(claimed.flat()).size).toBe(5_000);
      expect(await keysLeft()).toEqual([]);
    });
  });

  describe('with a lease', () => {
    const claimOne = async () => {
      await queue.schedule([due('x', 'a', -1)]);
      return (await queue.claimDue(1)).claims;
    };
    /** A claim whose lease ran out and went to somebody else, and the other's. */
    const claimStale = async () => {
      const stale = await claimOne();
      offset += LEASE_MS + 1_500;
      return { stale, current: (await queue.claimDue(1)).claims };
    };

    it('completes: the id is gone and nothing of its group is left', async () => {
      const claims = await claimOne();

      expect(await queue.complete(claims)).toEqual([]);

      expect(await keysLeft()).toEqual([]);
      expect((await queue.claimDue(1)).nextDueInMs).toBeNull();
    });

    it('reschedules to the new time and not before', async () => {
      const claims = await claimOne();

      const missed = await queue.reschedule(
        claims.map((claim) => ({ ...claim, dueAtMs: start + 300_000 })),
      );

      expect(missed).toEqual([]);
      expect((await queue.claimDue(1)).nextDueInMs).toBeGreaterThan(290_000);
      offset = 295_000;
      const waiting = await queue.claimDue(1);
      expect(waiting.claims).toEqual([]);
      expect(waiting.nextDueInMs).toBeLessThanOrEqual(5_000);
      offset = 300_001;
      expect((await queue.claimDue(1)).claims).toMatchObject([{ id: 'x', expired: false }]);
    });

    it('reschedules to a time before the end of the lease', async () => {
      const claims = await claimOne();

      await queue.reschedule(claims.map((claim) => ({ ...claim, dueAtMs: start + 10_000 })));

      offset = 10_001;
      expect(idsOf((await queue.claimDue(1)).claims)).toEqual(['x']);
    });

    it('reschedules by a delay, counted by its own clock', async () => {
      const claims = await claimOne();
      offset = 1_000_000;

      await queue.reschedule(claims.map((claim) => ({ ...claim, delayMs: 7_000.2 })));

      expect((await queue.claimDue(1)).nextDueInMs).toBeGreaterThan(5_000);
      offset += 7_001;
      expect((await queue.claimDue(1)).claims).toMatchObject([{ id: 'x', expired: false }]);
    });

    it('releases: the id is due at once and does not count as expired', async () => {
      const claims = await claimOne();

      expect(await queue.release(claims)).toEqual([]);

      expect((await queue.claimDue(1)).claims).toMatchObject([{ id: 'x', expired: false }]);
    });

    it('extends: the id stays leased and the new lease counts', async () => {
      const claims = await claimOne();

      offset = LEASE_MS - 5_000;
      const { extended, lost } = await queue.extend(claims);

      expect(lost).toEqual([]);
      expect(extended[0]?.leaseScore).toBeGreaterThan((claims[0]?.leaseScore ?? 0) + 10_000);
      offset = LEASE_MS + 5_000;
      expect((await queue.claimDue(1)).claims).toEqual([]);
      expect(await queue.complete(claims)).toEqual(claims);
      expect(await queue.complete(extended)).toEqual([]);
    });

    it('does nothing to an id that somebody else holds by now, and says which', async () => {
      const { stale, current } = await claimStale();

      expect(await queue.complete(stale)).toEqual(stale);
      expect(await queue.release(stale)).toEqual(stale);
      const late = stale.map((claim) => ({ ...claim, dueAtMs: start }));
      expect(await queue.reschedule(late)).toEqual(late);
      expect(await queue.extend(stale)).toEqual({ extended: [], lost: stale });

      expect((await queue.claimDue(1)).claims).toEqual([]);
      expect(await queue.complete(current)).toEqual([]);
    });

    it('releases: the id keeps its place among those that are due', async () => {
      await queue.schedule([due('old', 'a', -9_000), due('older', 'a', -9_500)]);
      const { claims } = await queue.claimDue(2);
      await queue.schedule([due('young', 'a', -100)]);

      await queue.release(claims);

      const { claims: again } = await queue.claimDue(3);
      expect(again.map(({ id }) => id)).toEqual(['older', 'old', 'young']);
      expect(again[0]).toMatchObject({ wasDueAtMs: start - 9_500, expired: false });
    });

    it('releases what had expired as due, so that no second death is counted', async () => {
      const { current } = await claimStale();

      await queue.release(current);

      expect((await queue.claimDue(1)).claims).toMatchObject([{ id: 'x', expired: false }]);
    });

    it('holds what it has in hand: gone, put back as due, or renewed without an answer', async () => {
      await queue.schedule(['gone', 'due', 'renewed', 'own'].map((id) => due(id, 'a', -1)));
      const { claims } = await queue.claimDue(4);
      const of = (id: string) => claims.filter((claim) => claim.id === id);
      await queue.cancel(of('gone'));
      await queue.reschedule(of('due').map((claim) => ({ ...claim, dueAtMs: start })));
      offset += 1_000;
      // The answer of this one is lost: its new lease is not known.
      await queue.extend(of('renewed'));

      const { extended, lost } = await queue.hold(claims);

      expect(lost).toEqual([]);
      expect(idsOf(extended)).toEqual(['due', 'gone', 'own', 'renewed']);
      expect((await queue.claimDue(4)).claims).toEqual([]);
      expect(await queue.complete(extended)).toEqual([]);
      expect(await keysLeft()).toEqual([]);
    });

    it('holds nothing that somebody else has by now', async () => {
      const { stale, current } = await claimStale();

      expect(await queue.hold(stale)).toEqual({ extended: [], lost: stale });

      expect(await queue.complete(current)).toEqual([]);
    });

    it('holds in a shard that is closed: nobody may claim there before it is rebuilt', async () => {
      const claims = await claimOne();
      await redis.flushall();

      const { extended } = await queue.hold(claims);
      await queue.startRebuild([shardOf('a')], 'token');
      await queue.putBack([due('x', 'a', -1)], 'token');
      await queue.setEpoch([shardOf('a')], 'token');

      expect((await queue.claimDue(1)).claims).toEqual([]);
      expect(await queue.complete(extended)).toEqual([]);
    });

    it('tells the lost ones from the held ones in one batch over many groups', async () => {
      const groups = Array.from({ length: 40 }, (_, n) => many(`g${n}`, 30));
      await queue.schedule(groups.flat());
      const { claims } = await queue.claimDue(2_000);
      const gone = claims.filter((_, n) => n % 7 === 0);
      await queue.cancel(gone);

      const { extended, lost } = await queue.extend(claims);
      const missed = await queue.complete([...extended, ...lost]);

      expect(idsOf(lost)).toEqual(idsOf(gone));
      expect(extended).toHaveLength(1_200 - gone.length);
      expect(idsOf(missed)).toEqual(idsOf(gone));
      expect(await keysLeft()).toEqual([]);
    });

    it('cancels ids whatever their state', async () => {
      await queue.schedule([due('leased', 'a', -1), due('later', 'a', 60_000), due('b', 'b', 1e6)]);
      await queue.claimDue(1);
      const items = ['leased', 'later', 'never'].map((id) => ({ id, group: 'a', lane: 'l' }));

      const missed = await queue.cancel([...items, { id: 'b', group: 'b', lane: 'l' }]);

      expect(idsOf(missed)).toEqual(['never']);
      expect(await keysLeft()).toEqual([]);
    });
  });

  describe('after a loss', () => {
    it('reports lost shards and claims nothing until their epoch is set', async () => {
      await redis.flushall();
      await queue.schedule(many('a', 10));

      const closed = await queue.claimDue(5);
      await queue.setEpoch([shardOf('a')]);
      const partly = await queue.claimDue(5);
      await queue.setEpoch();
      const whole = await queue.claimDue(50);

      expect(closed).toMatchObject({ claims: [], lost: true, nextDueInMs: null });
      expect(closed.lostShards).toHaveLength(16);
      expect(partly.claims).toHaveLength(5);
      expect(partly.lostShards).toHaveLength(15);
      expect(whole).toMatchObject({ lost: false, lostShards: [] });
      expect(whole.claims).toHaveLength(5);
    });

    it('closes shards for a rebuild that was not forced', async () => {
      await queue.schedule(many('a', 1));

      await queue.clearEpoch([shardOf('a')]);

      expect(await queue.claimDue(1)).toMatchObject({ claims: [], lostShards: [shardOf('a')] });
    });

    it('puts back into open shards only, or with the token of their rebuild', async () => {
      const shard = shardOf('a');
      await queue.clearEpoch([shard]);

      expect(await queue.putBack([...many('a', 2), ...many('c', 2)])).toEqual([shard]);
      expect(await queue.putBack(many('a', 2), 'token')).toEqual([shard]);
      expect(await queue.size()).toBe(2);
      await queue.startRebuild([shard], 'token');
      expect(await queue.putBack(many('a', 2), 'token')).toEqual([]);
      expect(await queue.putBack(many('a', 3), 'another')).toEqual([shard]);
      expect(await queue.size()).toBe(4);
      expect(await queue.lostShards()).toEqual([shard]);
      expect(await queue.setEpoch([shard], 'token')).toEqual([]);
      expect(await queue.lostShards()).toEqual([]);
      expect((await redis.keys('*:rebuild')).length).toBe(0);
    });

    it('stays closed when it is wiped again in the middle of a rebuild', async () => {
      await redis.flushall();
      await queue.startRebuild([0, 1], 'token');
      await queue.putBack(many('a', 2), 'token');
      await redis.flushall();
      await queue.putBack(many('a', 2), 'token');

      expect(await queue.setEpoch([0, 1], 'token')).toEqual([0, 1]);
      expect((await queue.claimDue(1)).lostShards).toHaveLength(16);
      expect(await queue.size()).toBe(0);
    });

    it('claims nothing for somebody who has given up waiting', async () => {
      await queue.claimDue(0);
      await queue.schedule(many('a', 10));
      const other = (await connectRedis(server.url)) as Redis;
      await other.client('PAUSE', 2_600, 'ALL');

      // What Redis stood still for is carried out when it goes on.
      await expect(queue.claimDue(10)).rejects.toThrow();
      await other.ping();
      await closeRedis(other);

      expect((await queue.claimDue(10)).claims).toHaveLength(10);
    });

    it('goes on when the clock of Redis was put forward', async () => {
      let ownMs = 0;
      const mine = createDelayedQueue({
        ...{ redis, prefix: 'q', leaseMs: LEASE_MS, monotonicMs: () => ownMs },
      });
      await mine.claimDue(0);
      await mine.schedule(many('a', 10));
      // As if an hour had passed there, and none here.
      ownMs -= 3_600_000;

      expect((await mine.claimDue(10)).claims).toHaveLength(10);
    });

    it('names the ids that Redis does not hold', async () => {
      const items = [...many('a', 3), ...many('b', 3), ...many('c', 1)];
      await queue.schedule(items.filter(({ id }) => id !== 'a-1' && id !== 'b-2' && id !== 'c-0'));
      await queue.claimDue(2);

      expect(idsOf(await queue.missing(items))).toEqual(['a-1', 'b-2', 'c-0']);
      expect(await queue.missing([])).toEqual([]);
    });

    it('sends scripts again to a server that forgot them', async () => {
      await queue.schedule(many('a', 2));
      await queue.claimDue(1);
      await redis.script('FLUSH');

      const { claims } = await queue.claimDue(1);
      await redis.script('FLUSH');

      expect(claims).toHaveLength(1);
      expect(await queue.complete(claims)).toEqual([]);
    });

    it('rejects when Redis is away', async () => {
      const gone = await startRedisServer();
      const client = await connectRedis(gone.url);
      const orphan = open(client as Redis);
      await gone.stop('SIGKILL');

      await expect(orphan.claimDue(1)).rejects.toThrow();
      await expect(orphan.schedule(many('a', 1))).rejects.toThrow();
      client.disconnect();
    });
  });

  describe('lanes', () => {
    const lane = (name: string, room: number, perSecond?: number) => ({
      ...{ group: 'a', lane: name, room, ...(perSecond && { perSecond }) },
    });
    const inLane = (claims: Claim[], name: string) => claims.filter((claim) => claim.lane === name);

    it('take turns inside their group, which gets no more for having several', async () => {
      await queue.schedule([...many('a', 100, -1, 'x'), ...many('a', 100, -1, 'y')]);
      await queue.schedule(many('b', 100));

      const { claims } = await queue.claimDue(64);
      const next = await queue.claimDue(8);

      const ofA = claims.filter(({ group }) => group === 'a');
      expect(Math.abs(ofA.length - 32)).toBeLessThanOrEqual(8);
      expect(inLane(claims, 'x')).toHaveLength(ofA.length / 2);
      expect(next.claims).toHaveLength(8);
    });

    it('leave what they do not use to their siblings', async () => {
      await queue.schedule([...many('a', 3, -1, 'x'), ...many('a', 100, -1, 'y')]);

      const { claims } = await queue.claimDue(50);

      expect([inLane(claims, 'x'), inLane(claims, 'y')].map((of) => of.length)).toEqual([3, 47]);
    });

    it('without room give nothing, are in nobody’s way and say nothing of what is due next', async () => {
      const held = Array.from({ length: 60 }, (_, n) => `held${n}`);
      await queue.schedule(held.flatMap((name) => many('a', 3, -5_000, name)));
      await queue.schedule([...many('a', 5, -1, 'open'), due('later', 'a', 40_000, 'open')]);
      const limits = { lanes: held.map((name) => lane(name, 0)) };

      const { claims, nextDueInMs } = await queue.claimDue(400, limits);
      const again = await queue.claimDue(400, limits);

      expect(idsOf(claims)).toEqual(idsOf(many('a', 5, -1, 'open')));
      expect(nextDueInMs).toBeGreaterThan(10_000);
      expect(again).toMatchObject({ claims: [] });
      expect((await queue.claimDue(400)).claims).toHaveLength(180);
    });

    it('that are all without room let other groups through', async () => {
      const groups = Array.from({ length: 300 }, (_, n) => `g${n}`);
      await queue.schedule(groups.map((group) => due(`${group}-x`, group, -5_000)));
      await queue.schedule(many('quiet', 1));
      const lanes = groups.map((group) => ({ group, lane: 'l', room: 0 }));

      const { claims, nextDueInMs } = await queue.claimDue(16, { lanes });

      expect(idsOf(claims)).toEqual(['quiet-0']);
      expect(nextDueInMs === null || nextDueInMs > 1_000).toBe(true);
    });

    it.each([1, 16])('keep their room over all rounds of a claim (%i shards)', async (shards) => {
      const mine = createDelayedQueue({ redis, prefix: 'm', leaseMs: LEASE_MS, shards });
      await mine.setEpoch();
      await mine.schedule([...many('a', 100, -1, 'x'), ...many('a', 100, -1, 'y')]);
      await mine.schedule(many('b', 100, -1, 'z'));

      const { claims, nextDueInMs } = await mine.claimDue(400, {
        perLane: 10,
        lanes: [lane('x', 25)],
      });

      const counts = ['x', 'y', 'z'].map((name) => inLane(claims, name).length);
      expect(counts).toEqual([25, 10, 10]);
      expect(nextDueInMs === null || nextDueInMs > 1_000).toBe(true);
      await redis.flushall();
    });

    it.each([1, 7, 100, 1_000])('with %i a second never give more in any second', async (rate) => {
      await queue.schedule(many('a', 4_000, -1, 'x'));
      const times: number[] = [];
      for (let waited = 0; waited < 3_500; ) {
        const { claims, nextDueInMs } = await queue.claimDue(400, {
          lanes: [lane('x', 400, rate)],
        });
        // The lease tells by Redis' clock when it was given.
        times.push(...claims.map(({ leaseScore }) => leaseScore - LEASE_MS));
        if (claims.length === 0) expect(nextDueInMs).toBeGreaterThan(0);
        const step = Math.max(1, nextDueInMs ?? 1);
        offset += step;
        waited += step;
      }

      const most = Math.max(
        ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length),
      );
      expect(most).toBeLessThanOrEqual(rate);
      expect(times.length).toBeGreaterThanOrEqual(Math.floor(3 * rate * 0.9));
    });

    it('share their rate between workers', async () => {
      await queue.schedule(many('a', 100, -1, 'x'));
      const lanes = [lane('x', 50, 10)];

      const claims = [];
      for (const mine of [open(), open(), open()]) {
        claims.push(...(await mine.claimDue(50, { lanes })).claims);
      }

      expect(claims).toHaveLength(1);
    });
  });

  it('says whether a shard takes what is written: a replica that waits to be promoted does not', async () => {
    expect(await queue.answers(3)).toBe(true);
    onTestFinished(async () => void (await redis.replicaof('NO', 'ONE')));
    await redis.replicaof('127.0.0.1', 1);
    expect(await queue.answers(3)).toBe(false);
    await redis.replicaof('NO', 'ONE');
    expect(await queue.answers(3)).toBe(true);
  });

  describe('its bell', () => {
    /** Whether another process, which heard all there was before, hears of something. */
    async function hears(of: () => Promise<unknown>): Promise<boolean> {
      const other = open();
      await other.rung();
      await of();
      const heard = await other.rung();
      expect(await other.rung()).toBe(false);
      return heard;
    }

    it('rings for what is due soon, and not for what every look finds in time', async () => {
      expect(await hears(() => queue.schedule([due('a', 'g', 60_000), due('b', 'h', 3_000)]))).toBe(
        true,
      );
      expect(await hears(() => queue.schedule([due('c', 'g', -5)]))).toBe(true);
      expect(await hears(() => queue.schedule([due('d', 'g', 7_000)]))).toBe(false);
      expect(await hears(() => queue.schedule([]))).toBe(false);
    });

    it('rings for what was given back or gets another time, and not for a lease that was lost', async () => {
      await queue.schedule(many('g', 3));
      const { claims } = await queue.claimDue(3);
      const [one, two, three] = claims as [Claim, Claim, Claim];

      expect(await hears(() => queue.release([one]))).toBe(true);
      expect(await hears(() => queue.reschedule([{ ...two, delayMs: 1_000 }]))).toBe(true);
      expect(await hears(() => queue.release([{ ...two, leaseScore: 1.5 }]))).toBe(false);
      expect(await hears(() => queue.complete([three]))).toBe(false);
    });

    it('rings for shards that open and for a Redis that forgot it', async () => {
      await queue.schedule([due('a', 'g', 0)]);

      expect(await hears(() => queue.setEpoch())).toBe(true);
      expect(await hears(() => redis.flushall())).toBe(true);
    });

    it('is missed when Redis forgets, also where nobody ever rang', async () => {
      await redis.flushall();
      expect(await hears(() => redis.flushall())).toBe(true);
    });

    it('is hung up once, whoever listens first', async () => {
      await redis.flushall();
      const [one, two] = [open(), open()];
      await Promise.all([one.rung(), two.rung()]);

      expect(await Promise.all([one.rung(), two.rung()])).toEqual([false, false]);
    });

    it('is heard by whoever has just begun to listen', async () => {
      expect(await open().rung()).toBe(true);
    });
  });

  describe('measuring', () => {
    it('counts ids and says when the next one is due and how late the oldest is', async () => {
      expect(await queue.measure()).toEqual({
        ...{ size: 0, nextDueAtMs: null, oldestOverdueMs: 0, due: 0 },
      });

      await queue.schedule([...many('a', 3, 30_000), ...many('b', 4, 60_000)]);
      expect(await queue.measure()).toEqual({
        size: 7,
        nextDueAtMs: start + 30_000,
        oldestOverdueMs: 0,
        due: 0,
      });

      offset = 90_000;
      expect(await queue.oldestOverdueMs()).toBeGreaterThanOrEqual(60_000);
      const ofB = { size: 7, nextDueAtMs: start + 60_000, due: 4 };
      expect(await queue.measure({ lanes: [{ group: 'a', lane: 'l' }] })).toMatchObject(ofB);
      expect(await queue.measure({ groups: ['a'] })).toMatchObject(ofB);
      for (const except of [{}, { groups: ['a'] }, { groups: ['a', 'b'] }]) {
        const { oldestOverdueMs } = await queue.measure(except);
        const agoMs = (await queue.oldestOverdueMs(except)) - oldestOverdueMs;
        expect(agoMs >= 0 && agoMs < 1_000).toBe(true);
      }
      // Who was served has its next turn now, and waits as long as before.
      await queue.claimDue(2);
      expect(await queue.oldestOverdueMs()).toBeGreaterThanOrEqual(60_000);
      expect(
        await queue.count([
          { group: 'b', lane: 'l' },
          { group: 'c', lane: 'l' },
        ]),
      ).toEqual([4, 0]);
      await queue.claimDue(7);
      expect(await queue.measure()).toMatchObject({ oldestOverdueMs: 0, due: 0 });
      expect(await queue.size()).toBe(7);
      expect(await queue.nextDueAt()).toBeGreaterThan(start + 90_000);
    });
  });

  it('works behind a key prefix of the connection', async () => {
    const client = (await connectRedis(server.url, { keyPrefix: 'tenant:' })) as Redis;
    const prefixed = open(client);
    await prefixed.setEpoch();
    await prefixed.schedule(many('a', 3));

    const { claims } = await prefixed.claimDue(3);
    const held = await redis.keys('*');
    await prefixed.complete(claims);
    await closeRedis(client);

    expect(claims).toHaveLength(3);
    expect(held.filter((key) => key.includes(':due:a'))).toEqual(['tenant:{q:0}:due:a|l']);
    expect(await keysLeft()).toEqual([]);
  });

  it('refuses a prefix with braces', () => {
    expect(() => createDelayedQueue({ redis, prefix: '{q}', leaseMs: 1 })).toThrow('braces');
  });
});
