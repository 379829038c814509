import { performance } from 'node:perf_hooks';

/** How many attempts may be under way. */
export type Slots = {
  /**
   * So many now.
   * @param inUse how many are
   */
  limit(inUse: number): number;
  /** Tells how long it took, in milliseconds, from asking for an id that is due to its call. */
  began(tookMs: number): void;
};

type Deps = {
  /** At most, when nothing but receivers takes time. */
  max: number;
  /** The part of the time since it was asked last in which the process was busy, 0 to 1. */
  utilization: () => number;
  /** Milliseconds that only ever grow. */
  monotonicMs: () => number;
};

/** At first: a process that has just begun is slow, and what it takes waits with it. */
const START = 32;
/** As few as it comes to: enough to keep two cores busy with receivers that answer at once. */
const LEAST = 64;
const PERIOD_MS = 100;
const MORE = 1.5;
const LESS = 0.75;
const BUSY = 0.9;
/**
 * What claiming and loading may take beyond twice what it takes at best. With 150 in place of 50 a herd had three
 * times as many attempts under way, and an affiliate with a call now and then waited 410 ms instead of 300 (p99, two workers).
 */
const SLACK_MS = 50;

/**
 * Slots are for waiting: a process that uses them up waiting for receivers gets more of them, all within a
 * second. One that is busy itself, or waits for stores that are, gets fewer, since there every further attempt
 * only makes all others later, those of affiliates with a call now and then too (Little's law: 512 at 600 a
 * second would be 0.9 s each). Stores that are busy show in the time until a call begins, as a network's queue
 * does in its round trips. Without use slots go as they came: a herd that comes due at one instant opens no
 * hundreds of connections at once, which a receiver's queue of them may not hold.
 */
export function createSlots({ max, utilization, monotonicMs }: Deps): Slots {
  let limit = Math.min(max, START);
  let askedAtMs = monotonicMs();
  let quickestMs = Number.POSITIVE_INFINITY;
  let slowestMs = 0;

  function next(inUse: number, periods: number): number {
    const isCrowded = slowestMs > 2 * quickestMs + SLACK_MS;
    slowestMs = 0;
    const isBusy = utilization() > BUSY;
    const most = isBusy || isCrowded ? LEAST : max;
    if (limit > most) return Math.max(most, Math.floor(limit * LESS));
    if (inUse > limit / 2) return Math.min(most, Math.floor(limit * MORE));
    // Whoever rests asks seldom: what was not used meanwhile is gone all the same.
    return inUse < limit / 4 ? Math.max(START, Math.floor(limit * LESS ** periods)) : limit;
  }

  return {
    limit(inUse) {
      const periods = Math.floor((monotonicMs() - askedAtMs) / PERIOD_MS);
      if (periods === 0) return limit;
      askedAtMs = monotonicMs();
      limit = Math.min(max, next(inUse, periods));
      return limit;
    },
    began(tookMs) {
      quickestMs = Math.min(quickestMs, tookMs);
      slowestMs = Math.max(slowestMs, tookMs);
    },
  };
}

/** The event loop's own figure. A process that another one keeps from its core counts as busy. */
export function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
