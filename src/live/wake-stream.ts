import type { RedisClient } from '../platform/redis.ts';

type Deps = {
  redis: RedisClient;
  /** The stream's key. */
  key: string;
  /** Called when another process announced something. */
  onWake: () => void;
  /** Whether anybody here is listening; without one the stream is not read. */
  isWanted: () => boolean;
};

/** Tells other processes that attempts were committed, and hears of theirs. */
export type WakeStream = { announce(): void; close(): void };

/** How soon a viewer of another process hears: short against what a person notices. */
const POLL_MS = 20;
/** With nobody here who listens: a process that waits for several streams so often would be woken for nothing. */
const REST_MS = 200;
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
  let closed = false;

  async function poll(): Promise<void> {
    if (!isWanted()) {
      last = '$';
      return;
    }
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

  async function loop(): Promise<void> {
    while (!closed) {
      // A stream that was wiped starts again below our place: ask for its end anew.
      await poll().catch(() => {
        last = '$';
      });
      await new Promise((resolve) => setTimeout(resolve, isWanted() ? POLL_MS : REST_MS));
    }
  }
  void loop();

  return {
    announce() {
      if (announced) return;
      announced = true;
      setImmediate(() => {
        announced = false;
        redis.xadd(key, 'MAXLEN', '~', MAX_LENGTH, '*', 'at', '').catch(() => {});
      });
    },
    close() {
      closed = true;
    },
  };
}
