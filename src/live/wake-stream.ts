import type { RedisClient } from '../platform/redis.ts';
import { outsideRequests } from '../platform/request-scope.ts';

type Deps = {
  redis: RedisClient;
  /** The stream's key. */
  key: string;
  /** Called when another process announced something. */
  onWake: () => void;
  /** Whether anybody here still listens; without one the stream is not read. */
  isWanted: () => boolean;
};

/** Tells other processes that attempts were committed, and hears of theirs. */
export type WakeStream = {
  announce(): void;
  /** Somebody listens from now on: the stream is read until nobody does. */
  listen(): void;
  close(): void;
};

/** How soon a viewer of another process hears: short against what a person notices. */
const POLL_MS = 20;
/** Entries kept: nobody reads back, the committed log is the memory. */
const MAX_LENGTH = 1_000;

/**
 * A Redis stream as the fast path between processes. It may lose anything: viewers read PostgreSQL's
 * log, once a second also without a word from here. No blocking read, because those can hang after a
 * reconnect (delivery.md b4).
 */
export function openWakeStream({ redis, key, onWake, isWanted }: Deps): WakeStream {
  let last = '$';
  let announced = false;
  let reading = false;
  let closed = false;

  async function poll(): Promise<void> {
    if (last === '$') {
      const newest = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
      last = newest[0]?.[0] ?? '0';
      onWake();
      return;
    }
    const entries = await redis.xrange(key, `(${last}`, '+', 'COUNT', MAX_LENGTH);
    const newest = entries.at(-1);
    if (!newest) return;
    last = newest[0];
    onWake();
  }

  async function readOn(): Promise<void> {
    reading = true;
    while (!closed && isWanted()) {
      // A stream that was wiped starts again below our place: ask for its end anew.
      await poll().catch(() => {
        last = '$';
      });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    reading = false;
    last = '$';
  }

  return {
    announce() {
      if (announced) return;
      announced = true;
      setImmediate(() => {
        announced = false;
        redis.xadd(key, 'MAXLEN', '~', MAX_LENGTH, '*', 'at', '').catch(() => {});
      });
    },
    listen() {
      if (!reading) void outsideRequests(readOn);
    },
    close() {
      closed = true;
    },
  };
}
