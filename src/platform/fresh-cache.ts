import { LRUCache } from 'lru-cache';
import { coalesce } from './coalescer.ts';

type Options<Value> = {
  /** Answers one value per key, in their order; null for what does not exist. */
  load: (keys: string[]) => Promise<(Value | null)[]>;
  /** How old an answer may be, in milliseconds. */
  freshMs: number;
  /** Values kept at most; the one that was not asked for the longest goes first. */
  max?: number;
};

export type FreshCache<Value> = {
  /**
   * The value, read at most `freshMs` ago. What does not exist is not remembered: it may be made a
   * moment later, and names that somebody makes up must push nothing out.
   *
   * @throws CoalescerFullError (as a rejection) when more is asked than can be read.
   */
  find(key: string): Promise<Value | null>;
  /** Forgets what is remembered, and what is being read: whoever asks from now on gets a later answer. */
  clear(): void;
};

/** Keys that wait to be read: beyond them a caller is better told to come back. */
const MAX_WAITING = 5_000;

/** Answers from memory for a short while; what many ask for at once is read by one statement. */
export function createFreshCache<Value extends object>({
  load,
  freshMs,
  max = 10_000,
}: Options<Value>): FreshCache<Value> {
  const values = new LRUCache<string, Value>({ max, ttl: freshMs, ttlResolution: 0 });
  const reads = coalesce<string, Value | null>({ flush: load, maxWaiting: MAX_WAITING });
  let reading = new Map<string, Promise<Value | null>>();

  function read(key: string): Promise<Value | null> {
    const generation = reading;
    const running = generation.get(key);
    if (running) return running;
    // The age counts from here: the answer is at least as old as the statement that reads it.
    const start = performance.now();
    const begun = reads
      .add(key)
      .then((value) => {
        if (value && generation === reading) values.set(key, value, { start });
        return value;
      })
      .finally(() => generation.delete(key));
    generation.set(key, begun);
    return begun;
  }

  return {
    find: async (key) => values.get(key) ?? read(key),
    clear() {
      values.clear();
      reading = new Map();
    },
  };
}
