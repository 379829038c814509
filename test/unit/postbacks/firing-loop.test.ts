import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Claimed, FireEvents } from '../../../src/postbacks/fire.ts';
import { startFiringLoop } from '../../../src/postbacks/firing-loop.ts';
import { LOOKED_WITHIN_MS } from '../../../src/postbacks/reconcile.ts';
import type { Claim, ClaimLimits, ClaimResult } from '../../../src/queue/claim-due.ts';

const SHARDS = [0, 1, 2, 3];
const LEASE_MS = 20_000;
/** A pause after a fault is half a second of real time, and a busy machine may take longer than one. */
const PATIENTLY = { timeout: 20_000 };
const NOTHING = { claims: [], lost: false, lostShards: [], failedShards: [], nextDueInMs: null };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function claim(id: string, changes: Partial<Claim> = {}): Claim {
  return {
    ...{ id, group: 'a', lane: 'd', leaseScore: 1.5, wasDueAtMs: 0, expired: false },
    ...changes,
  };
}

/** A loop over a queue that answers what a test says, with time that a test moves. */
function setUp(slots = 512, restMs = 250) {
  const looks: ({ want: number; atMs: number } & ClaimLimits)[] = [];
  /** When it asked though it takes nothing. */
  const asked: number[] = [];
  const fired: { claims: Claimed[]; on: FireEvents; end: () => void }[] = [];
  const told: unknown[] = [];
  const began: number[] = [];
  const state = {
    answer: async (_want: number): Promise<ClaimResult> => NOTHING,
    rebuild: async () => {},
    load: async () => {},
    heldLanes: new Set<string>(),
    limits: [] as { group: string; lane: string; room: number; perSecond?: number }[],
    slots,
    rung: async () => false,
    hold: async () => {},
    catchUp: async () => {},
    answers: async (_shard: number) => true,
    disconnect: () => {},
  };
  const startedAtMs = Date.now();
  const nowMs = () => Date.now() - startedAtMs;
  const loop = startFiringLoop({
    queue: {
      shards: SHARDS,
      shardOf: (group) => group.charCodeAt(0) % 4,
      async claimDue(want, limits = {}) {
        if (want === 0) asked.push(nowMs());
        else looks.push({ want, atMs: nowMs(), ...limits });
        return state.answer(want);
      },
      answers: (shard) => state.answers(shard),
      onDisconnect(listener) {
        state.disconnect = listener;
      },
      rung: () => state.rung(),
      async extend(claims) {
        return { extended: [...claims], lost: [] };
      },
      async hold(claims) {
        await state.hold();
        told.push({ held: claims.map(({ id }) => id) });
        return { extended: claims.map((it) => ({ ...it, leaseScore: 77.5 })), lost: [] };
      },
      async release(claims) {
        told.push({ released: claims.map(({ id }) => id) });
        return [];
      },
    },
    fire: {
      async fireClaims(claims, on) {
        await state.load();
        const { promise, resolve } = Promise.withResolvers<void>();
        const end = () => {
          for (const it of claims) on.done(it);
          resolve();
        };
        fired.push({ claims, on, end });
        return promise;
      },
    },
    destinations: {
      perLane: 10,
      limits: () => state.limits,
      claimed() {},
      done: () => false,
      isHeld: (lane) => state.heldLanes.has(lane),
    },
    rebuild: async (shards) => {
      told.push({ rebuilt: shards });
      await state.rebuild();
    },
    async catchUp() {
      await state.catchUp();
      told.push('caught up');
    },
    slots: { limit: () => state.slots, began: (tookMs) => began.push(tookMs) },
    monotonicMs: nowMs,
    leaseMs: LEASE_MS,
    restMs,
    report: { loopFailed: (what) => told.push(`${what} failed`) },
  });
  return { loop, looks, asked, fired, told, began, state, nowMs };
}

/** What the queue answers once; then nothing. */
function once(answer: Partial<ClaimResult>): () => Promise<ClaimResult> {
  let isAnswered = false;
  return async () => {
    const found = isAnswered ? NOTHING : { ...NOTHING, ...answer };
    isAnswered = true;
    return found;
  };
}

describe('a worker with nothing to do', () => {
  const times = (looks: { atMs: number }[]) => looks.map(({ atMs }) => atMs);

  it('rests, and looks from time to time', async () => {
    const { looks } = setUp(512, 2_000);

    await vi.advanceTimersByTimeAsync(4_100);

    expect(times(looks)).toEqual([0, 2_000, 4_000]);
  });

  it('looks when somebody rang, and when the next one is due', async () => {
    const { looks, state } = setUp(512, 2_000);
    await vi.advanceTimersByTimeAsync(600);
    state.rung = async () => {
      state.rung = async () => false;
      return true;
    };
    state.answer = once({ nextDueInMs: 1_100 });

    await vi.advanceTimersByTimeAsync(1_400);

    expect(times(looks)).toEqual([0, 750, 1_850]);
  });

  it('takes a bell that cannot be read for an outage: others get the time to lease again what they have', async () => {
    const { looks, told, state } = setUp(512, 2_000);
    state.rung = async () => {
      state.rung = async () => false;
      throw new Error('away');
    };

    await vi.advanceTimersByTimeAsync(250 + LOOKED_WITHIN_MS);

    expect(times(looks)).toEqual([0, 250 + LOOKED_WITHIN_MS]);
    expect(told).toEqual(['caught up']);
  });

  it('is not late for a bell that takes its time', async () => {
    const { looks, state } = setUp(512, 2_000);
    state.answer = once({ nextDueInMs: 1_900 });
    state.rung = async () => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return false;
    };

    await vi.advanceTimersByTimeAsync(1_950);

    expect(times(looks)).toEqual([0, 1_900]);
  });

  it('rests from when it asked: what Redis was told since then it has not seen', async () => {
    const { looks, state } = setUp(512, 2_000);
    state.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return NOTHING;
    };

    await vi.advanceTimersByTimeAsync(2_100);

    expect(times(looks)).toEqual([0, 2_000]);
  });

  it('does not rest for longer than a lease', async () => {
    const { looks } = setUp(512, LEASE_MS + 10_000);

    await vi.advanceTimersByTimeAsync(LEASE_MS + 100);

    expect(times(looks)).toEqual([0, LEASE_MS]);
  });

  it('does not rest with something in hand, with a limit or with a shard that is away', async () => {
    const { looks, fired, state } = setUp(512, 2_000);
    state.answer = once({ claims: [claim('1')] });
    await vi.advanceTimersByTimeAsync(600);
    expect(times(looks)).toEqual([0, 250, 500]);
    fired[0]?.end();
    state.limits = [{ group: 'a', lane: 'd', room: 0 }];
    await vi.advanceTimersByTimeAsync(500);
    expect(looks).toHaveLength(5);
    state.limits = [];
    state.answer = once({ failedShards: [1] });

    await vi.advanceTimersByTimeAsync(700);

    expect(looks).toHaveLength(8);
  });

  it('says that nothing is due only while its last look saw all of the queue', async () => {
    const { loop, fired, state } = setUp(512, 2_000);
    expect(loop.isAtRest).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(loop.isAtRest).toBe(true);
    const atRestAfter = async (answer: () => Promise<ClaimResult>, ms: number) => {
      state.answer = answer;
      loop.poke();
      await vi.advanceTimersByTimeAsync(ms);
      return loop.isAtRest;
    };
    const recoveredMs = LOOKED_WITHIN_MS + 500;

    expect(await atRestAfter(once({ failedShards: [1] }), 0)).toBe(false);
    expect(await atRestAfter(once({}), recoveredMs)).toBe(true);
    expect(await atRestAfter(() => Promise.reject(new Error('away')), 0)).toBe(false);
    expect(await atRestAfter(once({ claims: [claim('1')] }), recoveredMs)).toBe(false);
    fired[0]?.end();
    await vi.advanceTimersByTimeAsync(250);
    expect(loop.isAtRest).toBe(true);
  });

  it('is woken at once by its own process', async () => {
    const { loop, looks } = setUp(512, 2_000);
    await vi.advanceTimersByTimeAsync(100);

    loop.poke();
    await vi.advanceTimersByTimeAsync(0);

    expect(times(looks)).toEqual([0, 100]);
  });
});

describe('the next look', () => {
  it('comes at once when it was asked for during the one before', async () => {
    const { loop, looks, state, nowMs } = setUp();
    const answer = Promise.withResolvers<ClaimResult>();
    state.answer = () => answer.promise;
    await vi.advanceTimersByTimeAsync(100);
    expect(looks).toHaveLength(1);
    loop.poke();
    answer.resolve(NOTHING);
    state.answer = async () => NOTHING;
    await vi.advanceTimersByTimeAsync(0);

    expect(looks.map(({ atMs }) => atMs)).toEqual([0, 100]);
    // Asked for once, looked at once.
    await vi.advanceTimersByTimeAsync(249);
    expect([looks.length, nowMs()]).toEqual([2, 349]);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toHaveLength(3);
    loop.poke();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toHaveLength(4);
    await loop.stop();
  });

  it('takes what the slots of the moment leave, an eighth of them at least', async () => {
    const { loop, looks, fired, state } = setUp(64);
    let made = 0;
    state.answer = async (want) => {
      const claims = Array.from({ length: want }, () => {
        made += 1;
        return claim(`p${made}`, { group: `g${made}`, lane: `l${made}` });
      });
      return { ...NOTHING, claims, nextDueInMs: 0 };
    };
    const wants = () => looks.splice(0).map(({ want }) => want);
    await vi.advanceTimersByTimeAsync(99);
    expect(wants()).toEqual([64]);

    state.slots = 112;
    await vi.advanceTimersByTimeAsync(100);
    expect(wants()).toEqual([48]);
    // Fewer than are under way: nothing new until an eighth of them is free.
    state.slots = 80;
    await vi.advanceTimersByTimeAsync(1_000);
    const [first] = fired as [(typeof fired)[number]];
    for (const one of first.claims.slice(0, 41)) first.on.done(one);
    await vi.advanceTimersByTimeAsync(100);
    expect(wants()).toEqual([]);
    first.on.done(first.claims[41] as Claimed);
    await vi.advanceTimersByTimeAsync(0);
    expect(wants()).toEqual([10]);

    state.answer = async () => NOTHING;
    const stopped = loop.stop();
    for (const one of first.claims.slice(42)) first.on.done(one);
    for (const { end } of fired.slice(1)) end();
    await stopped;
  });

  it('hears how long it was from asking for an id to its call', async () => {
    const { loop, fired, began, state } = setUp();
    const answer = once({ claims: [claim('p')] });
    state.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return answer();
    };
    state.load = () => new Promise((resolve) => setTimeout(resolve, 12));
    await vi.advanceTimersByTimeAsync(42);
    const [first] = fired as [(typeof fired)[number]];
    expect(first.on.mayStart(first.claims[0] as Claimed)).toBe(true);

    expect(began).toEqual([42]);
    first.end();
    await loop.stop();
  });

  it('never comes while outcomes wait for all slots, and takes no more than are free', async () => {
    const { loop, looks, fired, state, nowMs } = setUp();
    let made = 0;
    state.answer = async (want) => {
      const claims = Array.from({ length: want }, () => {
        made += 1;
        return claim(`p${made}`, { group: `g${made % 40}`, lane: `l${made}` });
      });
      return { ...NOTHING, claims, nextDueInMs: 0 };
    };
    await vi.advanceTimersByTimeAsync(5_000);

    // Nobody is done: their outcomes wait for PostgreSQL.
    expect([made, loop.inFlight]).toEqual([512, 512]);
    const before = looks.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks).toHaveLength(before);
    // That is work as well, for as long as Redis answers.
    expect(nowMs() - loop.workedAtMs).toBeLessThan(1_000);
    fired[0]?.end();
    await vi.advanceTimersByTimeAsync(1);
    expect(loop.inFlight).toBe(512);
    expect(made).toBe(512 + (fired[0]?.claims.length ?? 0));
    state.answer = async () => NOTHING;
    const stopped = loop.stop();
    for (const { end } of fired) end();
    await stopped;
  });
});

describe('what is in hand', () => {
  it('is not fired again when it is claimed again: the new lease is the one that counts', async () => {
    const { loop, fired, state } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(0);
    state.answer = once({ claims: [claim('p1', { leaseScore: 9.5, expired: true }), claim('p2')] });
    await vi.advanceTimersByTimeAsync(250);

    expect(fired.map(({ claims }) => claims.map(({ id }) => id))).toEqual([['p1'], ['p2']]);
    expect(fired[0]?.claims[0]).toMatchObject({ leaseScore: 9.5, leasedAtMs: 250, expired: false });
    for (const { end } of fired) end();
    expect(loop.inFlight).toBe(0);
    await loop.stop();
  });

  it('has lapsed once its lease was over before it was renewed, as in a process that was frozen', async () => {
    const { loop, fired, state, nowMs } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    const [held] = fired[0]!.claims;
    expect(held!.leasedAtMs).toBeGreaterThan(LEASE_MS / 2);
    expect(held!.hasLapsed).toBeUndefined();

    vi.setSystemTime(Date.now() + LEASE_MS);
    await vi.advanceTimersByTimeAsync(LEASE_MS / 20);

    expect(held!.leasedAtMs).toBeGreaterThan(nowMs() - LEASE_MS / 20);
    expect(held!.hasLapsed).toBe(true);
    fired[0]?.end();
    await loop.stop();
  });

  it('is given back when it was claimed on its way out, once it is out: nobody would renew it', async () => {
    const { loop, fired, told, state } = setUp();
    state.answer = once({ claims: [claim('p1'), claim('p2')] });
    await vi.advanceTimersByTimeAsync(0);
    fired[0]!.claims[0]!.leaves = true;
    state.answer = once({ claims: [claim('p1'), claim('p2'), claim('p3')] });

    await vi.advanceTimersByTimeAsync(250);
    expect(fired[1]?.claims.map(({ id }) => id)).toEqual(['p3']);
    expect(told).toEqual([]);

    for (const it of fired) it.end();
    expect(told).toEqual([{ released: ['p1'] }]);
    await loop.stop();
  });

  it('may not start when the worker stops, or its destination is held by then', async () => {
    const { loop, fired, state } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(0);
    const [{ on, claims, end } = expect.unreachable()] = fired;
    const [it] = claims as [Claimed];

    expect(on.mayStart(it)).toBe(true);
    state.heldLanes.add('d');
    expect(on.mayStart(it)).toBe(false);
    state.heldLanes.clear();
    const stopped = loop.stop();
    expect(on.mayStart(it)).toBe(false);
    end();
    await stopped;
  });

  it('is leased again in shards that lost their data, before they are rebuilt', async () => {
    const { loop, looks, fired, told, state } = setUp();
    state.answer = once({ claims: [claim('p1'), claim('p2', { group: 'b' })] });
    await vi.advanceTimersByTimeAsync(0);
    const rebuilt = Promise.withResolvers<void>();
    state.rebuild = () => rebuilt.promise;
    state.answer = async () => ({ ...NOTHING, lostShards: [1] });
    await vi.advanceTimersByTimeAsync(250);

    expect(told).toEqual([{ held: ['p1'] }, { rebuilt: [1] }]);
    expect(fired[0]?.claims.map(({ leaseScore }) => leaseScore)).toEqual([77.5, 1.5]);
    // Looks go on meanwhile, one rebuild is enough; its end is worth one more.
    await vi.advanceTimersByTimeAsync(500);
    expect(told.filter((it) => typeof it === 'object' && it && 'rebuilt' in it)).toHaveLength(1);
    const before = looks.length;
    state.answer = async () => NOTHING;
    rebuilt.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toHaveLength(before + 1);
    fired[0]?.end();
    await loop.stop();
  });

  it('is leased again when Redis did not answer, and the others are given the time for it', async () => {
    const { loop, looks, fired, told, state } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(0);
    state.answer = () => Promise.reject(new Error('Redis is away'));
    await vi.advanceTimersByTimeAsync(250);
    expect(told).toEqual(['claim due postbacks failed']);
    const before = looks.length;
    state.answer = async () => NOTHING;
    await vi.advanceTimersByTimeAsync(500);

    expect(told.slice(1)).toEqual([{ held: ['p1'] }]);
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS - 1);
    expect(looks).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(250);
    expect(looks).toHaveLength(before + 1);
    expect(told.slice(2)).toEqual(['caught up']);
    fired[0]?.end();
    await loop.stop();
  });

  it('is leased again at once when the connection was lost, also if it is back before anybody looked', async () => {
    const { loop, looks, fired, told, state } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(10);

    state.disconnect();
    await vi.advanceTimersByTimeAsync(0);

    expect(told).toEqual([{ held: ['p1'] }]);
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS - 1);
    expect(looks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(looks).toHaveLength(2);
    fired[0]?.end();
    await loop.stop();
  });

  it('of others has its time from when Redis answers again, also where nothing is in hand', async () => {
    const { loop, looks, told, state, nowMs } = setUp();
    await vi.advanceTimersByTimeAsync(10);
    state.answers = async () => false;
    state.disconnect();
    await vi.advanceTimersByTimeAsync(3 * LOOKED_WITHIN_MS);
    expect(looks).toHaveLength(1);

    state.answers = async () => true;
    const backAtMs = nowMs();
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 500);

    expect(looks[1]?.atMs).toBeGreaterThanOrEqual(backAtMs + LOOKED_WITHIN_MS);
    expect(told).toEqual(['caught up']);
    await loop.stop();
  });

  it('is leased again after it could not be, and its shard is not claimed from before', async () => {
    const { loop, looks, fired, told, state } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(10);
    state.hold = () => Promise.reject(new Error('away again'));
    state.disconnect();
    await vi.advanceTimersByTimeAsync(2 * LOOKED_WITHIN_MS);
    expect(looks.at(-1)?.shards).toEqual([0, 2, 3]);
    expect(told[0]).toBe('lease again what is in hand failed');

    state.hold = async () => {};
    await vi.waitUntil(async () => told.some((it) => typeof it === 'object'), PATIENTLY);
    const heldAfter = looks.length;

    expect(told.at(-1)).toEqual({ held: ['p1'] });
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS - 250);
    expect(looks.slice(heldAfter).flatMap(({ shards }) => shards)).not.toContain(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(looks.at(-1)?.shards).toEqual(SHARDS);
    fired[0]?.end();
    await loop.stop();
  });

  it('is leased again once more when the connection is lost while shards are asked: the time begins anew', async () => {
    const { loop, looks, fired, told, state, nowMs } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(10);
    state.answers = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return true;
    };
    state.disconnect();
    await vi.advanceTimersByTimeAsync(50);
    state.disconnect();
    await vi.advanceTimersByTimeAsync(400);

    expect(told).toEqual([{ held: ['p1'] }, { held: ['p1'] }]);
    const againAtMs = nowMs();
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 250);
    expect(looks[1]?.atMs).toBeGreaterThanOrEqual(againAtMs + LOOKED_WITHIN_MS - 100);
    fired[0]?.end();
    await loop.stop();
  });

  it('is leased again by a worker that has no slot free, and asks for nothing but whether all is there', async () => {
    const { loop, looks, asked, fired, told, state } = setUp(1);
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(looks).toHaveLength(1);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(5);

    state.answer = once({ lostShards: [1] });
    await vi.advanceTimersByTimeAsync(500);

    expect(told).toEqual([{ held: ['p1'] }, { rebuilt: [1] }]);
    fired[0]?.end();
    await loop.stop();
  });

  it('is looked after until the last of it is done, also by a worker that stops', async () => {
    const { loop, looks, fired, told, state } = setUp();
    state.answer = once({ claims: [claim('p1'), claim('p2', { group: 'c' })] });
    await vi.advanceTimersByTimeAsync(10);
    const stopped = loop.stop();
    await vi.advanceTimersByTimeAsync(300);
    state.disconnect();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([{ held: ['p1'] }, { held: ['p2'] }]);

    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 250);
    state.answer = once({ lostShards: [1] });
    await vi.advanceTimersByTimeAsync(500);
    // What was lost is put back by those who go on.
    expect(told.slice(2)).toEqual([{ held: ['p1'] }]);

    state.answers = async () => false;
    state.disconnect();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks).toHaveLength(1);
    fired[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    await stopped;
  });

  it('of shards that answer goes on when others of a cluster do not', async () => {
    const { loop, looks, state } = setUp();
    state.answer = once({ failedShards: [2] });
    await vi.advanceTimersByTimeAsync(250);

    expect(looks.map(({ shards }) => shards)).toEqual([SHARDS, [0, 1, 3]]);
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 250);
    expect(looks.at(-1)?.shards).toEqual(SHARDS);
    await loop.stop();
  });

  it('of shards that answer goes on when another one says nothing at all', async () => {
    const { loop, looks, state } = setUp();
    await vi.advanceTimersByTimeAsync(10);
    const silent = Promise.withResolvers<boolean>();
    state.answers = async (shard) => (shard === 2 ? silent.promise : true);
    state.disconnect();
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 250);
    expect(looks.at(-1)?.shards).toEqual([0, 1, 3]);

    silent.resolve(true);
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 250);
    expect(looks.at(-1)?.shards).toEqual(SHARDS);
    await loop.stop();
  });

  it('of shards that came back is loaded, also when PostgreSQL was away or another load was under way', async () => {
    const { loop, told, state } = setUp();
    await vi.advanceTimersByTimeAsync(10);
    state.catchUp = () => Promise.reject(new Error('PostgreSQL is away'));
    state.answer = once({ failedShards: [1] });
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 500);
    expect(told).toEqual(['load coming postbacks failed']);
    const load = Promise.withResolvers<void>();
    state.catchUp = async () => {
      told.push('loads');
      await load.promise;
    };
    await vi.waitUntil(() => told.length > 1, PATIENTLY);

    state.answer = once({ failedShards: [2] });
    await vi.advanceTimersByTimeAsync(LOOKED_WITHIN_MS + 750);
    load.resolve();
    await vi.advanceTimersByTimeAsync(250);

    expect(told.slice(1)).toEqual(['loads', 'caught up', 'loads', 'caught up']);
    await loop.stop();
  });

  it('is given back when it cannot be loaded, and nothing is claimed for half a second', async () => {
    const { loop, looks, told, state } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    state.load = () => Promise.reject(new Error('PostgreSQL is away'));
    await vi.advanceTimersByTimeAsync(0);

    expect(told).toEqual(['load claimed postbacks failed', { released: ['p1'] }]);
    expect(loop.inFlight).toBe(0);
    await vi.advanceTimersByTimeAsync(499);
    expect(looks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toHaveLength(2);
    await loop.stop();
  });
});

describe('who waits on purpose', () => {
  it('is held, limited, or has as many calls under way as it may', async () => {
    const { loop, fired, state } = setUp();
    state.limits = [
      { group: 'a', lane: 'held', room: 0 },
      { group: 'a', lane: 'limited', room: 10, perSecond: 1 },
      { group: 'a', lane: 'wide', room: 20 },
    ];
    const full = Array.from({ length: 10 }, (_, n) => claim(`f${n}`, { lane: 'full' }));
    const wide = Array.from({ length: 12 }, (_, n) => claim(`w${n}`, { lane: 'wide' }));
    const busy = Array.from({ length: 32 }, (_, n) =>
      claim(`b${n}`, { group: 'b', lane: `l${n}` }),
    );
    state.answer = once({ claims: [...full, ...wide, ...busy] });
    await vi.advanceTimersByTimeAsync(0);

    const { groups, lanes } = loop.waiting(60_000);
    expect(groups).toEqual(['b']);
    expect([...(lanes ?? [])].map(({ lane }) => lane).toSorted()).toEqual([
      ...['full', 'held', 'limited'],
    ]);
    // What is over is forgotten after a while; what is held is named by each look.
    fired[0]?.end();
    state.limits = [{ group: 'a', lane: 'held', room: 0 }];
    await vi.advanceTimersByTimeAsync(5_250);
    expect(loop.waiting(60_000)).toEqual({ groups: [], lanes: [{ group: 'a', lane: 'held' }] });
    await loop.stop();
  });

  it('is nobody when nothing that is under way comes to an end', async () => {
    const { loop, fired, state } = setUp();
    state.limits = [{ group: 'a', lane: 'held', room: 0 }];
    // As long as it likes before.
    await vi.advanceTimersByTimeAsync(600_000);
    state.answer = once({ claims: [claim('p1')] });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(loop.waiting(60_000)).toMatchObject({ lanes: [{ lane: 'held' }] });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(loop.waiting(60_000)).toEqual({});
    fired[0]?.end();
    expect(loop.waiting(60_000)).toMatchObject({ lanes: [{ lane: 'held' }] });
    await loop.stop();
  });

  it('has not worked since nothing can be loaded, however often it is claimed', async () => {
    const { loop, fired, state } = setUp();
    await vi.advanceTimersByTimeAsync(1_000);
    state.answer = async () => ({ ...NOTHING, claims: [claim('p1')] });
    state.load = () => Promise.reject(new Error('PostgreSQL is away'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(loop.workedAtMs).toBeLessThanOrEqual(1_250);
    state.load = async () => {};
    await vi.advanceTimersByTimeAsync(500);
    fired[0]?.end();
    expect(loop.workedAtMs).toBeGreaterThan(30_000);
    state.answer = async () => NOTHING;
    const stopped = loop.stop();
    for (const { end } of fired) end();
    await stopped;
  });

  it('works again when what could not be loaded is due no more: somebody else had it', async () => {
    const { loop, state, nowMs } = setUp();
    state.answer = once({ claims: [claim('p1')] });
    state.load = () => Promise.reject(new Error('PostgreSQL is away'));
    await vi.advanceTimersByTimeAsync(4_000);
    // In somebody else's hand it is due no more either, and may come back.
    expect(loop.workedAtMs).toBe(0);

    await vi.advanceTimersByTimeAsync(26_000);

    expect(nowMs() - loop.workedAtMs).toBeLessThan(1_000);
    await loop.stop();
  });

  it('tells when the queue was looked at last', async () => {
    const { loop, state } = setUp();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(loop.workedAtMs).toBe(1_000);
    state.answer = () => Promise.reject(new Error('Redis is away'));
    await vi.advanceTimersByTimeAsync(30_000);
    const workedAtMs = loop.workedAtMs;
    await loop.stop();
    // Looks at no shard, while all of them are given time, are none.
    expect(workedAtMs).toBe(1_000);
  });
});
