import { LRUCache } from 'lru-cache';
import type { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Clock } from '../platform/clock.ts';
import { within } from '../platform/lifecycle.ts';
import type { Payer } from './payer.ts';
import { RateLimitedError, type Standing } from './rate-limited-error.ts';
import type { Bucket, RateLimits } from './rate-limits.ts';

export type RateLimit = {
  /**
   * Uses points and answers what is left; null when there is no limit.
   * @throws RateLimitedError when that many are not left
   */
  take(bucket: Bucket, payer: Payer, points: number): Standing | null;
  /**
   * Uses nothing.
   * @throws RateLimitedError when that many points are not left
   */
  check(bucket: Bucket, payer: Payer, points: number): void;
  /** Counts points that were used already, also beyond the limit. */
  charge(bucket: Bucket, payer: Payer, points: number): void;
  /** What all processes together have counted, as far as Redis answers soon; null when there is no limit. */
  standing(bucket: Bucket, payer: Payer): Promise<Standing | null>;
  /** Tells Redis what was counted here, and hears what was counted elsewhere. */
  share(): Promise<void>;
};

type Deps = {
  limits: RateLimits;
  /** Sums up what the processes count; its own points and errors are not looked at. */
  store: Pick<RateLimiterRedis, 'penalty' | 'get'>;
  clock: Clock;
  /** Has `share` called before long: there is something to tell. */
  shareSoon: () => void;
  onRefused: (bucket: Bucket) => void;
  /** Redis does not take the counts; told once, until it does again. */
  onFault: (thrown: unknown) => void;
};

const MINUTE_MS = 60_000;
/** Payers remembered in each bucket: a flood of addresses must not fill the memory. */
const MAX_PAYERS = 20_000;
/**
 * The part of a limit that a process may use without telling: all but the busiest payers cost no call to
 * Redis, and each process lets at most this much too much pass.
 */
const UNTOLD_PART = 1 / 20;
/** A reader of its own standing is not kept waiting for Redis. */
const READ_WAIT_MS = 50;

type Count = { minute: number; used: number; untold: number };

/**
 * Points per minute and payer, counted in the process and summed up in Redis beside the requests: no
 * request ever waits for Redis, and while it is silent each process limits by its own count. The minute
 * is the clock's, so that every process begins it anew at the same time.
 */
export function createRateLimit(deps: Deps): RateLimit {
  const { limits, store, clock, shareSoon, onRefused, onFault } = deps;
  const counts = new Map<Bucket, LRUCache<string, Count>>();
  const untold = new Map<string, Count>();
  let silent = false;

  function countOf(bucket: Bucket, id: string, now: Date): Count {
    let payers = counts.get(bucket);
    if (!payers) {
      payers = new LRUCache({ max: MAX_PAYERS });
      counts.set(bucket, payers);
    }
    const minute = minuteOf(now);
    let count = payers.get(id);
    if (count?.minute !== minute) {
      count = { minute, used: 0, untold: 0 };
      payers.set(id, count);
    }
    return count;
  }

  function limitOf(bucket: Bucket, payer: Payer): number {
    return payer ? limits[bucket] * payer.callers : 0;
  }

  /** The count of a payer who has that many points left; null when there is no limit. */
  function withRoom(bucket: Bucket, payer: Payer, points: number): Count | null {
    const limit = limitOf(bucket, payer);
    if (!payer || limit === 0) return null;
    const now = clock.now();
    const count = countOf(bucket, payer.id, now);
    if (count.used + points <= limit) return count;
    onRefused(bucket);
    throw new RateLimitedError(bucket, standingOf(limit, count), points, now);
  }

  function use(bucket: Bucket, payer: NonNullable<Payer>, count: Count, points: number): void {
    count.used += points;
    count.untold += points;
    if (count.untold > limitOf(bucket, payer) * UNTOLD_PART) {
      leaveUntold(keyOf(bucket, payer.id, count), count);
    }
  }

  function leaveUntold(key: string, count: Count): void {
    untold.set(key, count);
    shareSoon();
  }

  async function tell(key: string, count: Count): Promise<void> {
    const told = count.untold;
    count.untold = 0;
    try {
      const { consumedPoints } = await store.penalty(key, told);
      count.used = Math.max(count.used, consumedPoints + count.untold);
      silent = false;
    } catch (thrown) {
      count.untold += told;
      if (count.minute === minuteOf(clock.now())) leaveUntold(key, count);
      if (!silent) onFault(thrown);
      silent = true;
    }
  }

  return {
    take(bucket, payer, points) {
      const count = withRoom(bucket, payer, points);
      if (!payer || !count) return null;
      use(bucket, payer, count, points);
      return standingOf(limitOf(bucket, payer), count);
    },

    check(bucket, payer, points) {
      withRoom(bucket, payer, points);
    },

    charge(bucket, payer, points) {
      if (!payer || limitOf(bucket, payer) === 0) return;
      use(bucket, payer, countOf(bucket, payer.id, clock.now()), points);
    },

    async standing(bucket, payer) {
      const limit = limitOf(bucket, payer);
      if (!payer || limit === 0) return null;
      const count = countOf(bucket, payer.id, clock.now());
      const stored = store.get(keyOf(bucket, payer.id, count)).catch(() => null);
      const summed = (await within(READ_WAIT_MS, stored))?.consumedPoints ?? 0;
      return standingOf(limit, { ...count, used: Math.max(count.used, summed + count.untold) });
    },

    async share() {
      const telling = [...untold];
      untold.clear();
      await Promise.all(telling.map(([key, count]) => tell(key, count)));
    },
  };
}

function minuteOf(now: Date): number {
  return Math.floor(now.getTime() / MINUTE_MS);
}

/** Ids may hold anything: the bucket ends at the first colon, and the minute begins after the last one. */
function keyOf(bucket: Bucket, id: string, { minute }: Count): string {
  return `${bucket}:${id}:${minute}`;
}

function standingOf(limit: number, { minute, used }: Count): Standing {
  const resetAt = new Date((minute + 1) * MINUTE_MS);
  return { limit, remaining: Math.max(0, limit - used), resetAt };
}
