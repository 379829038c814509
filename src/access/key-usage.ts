import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { every } from '../platform/lifecycle.ts';

type Use = { id: string; at: Date };

type Deps = {
  clock: Clock;
  /** Writes when keys were used; leaves those alone that somebody wrote within the last minute. */
  save: (uses: Use[]) => Promise<void>;
  onFault: (thrown: unknown) => void;
};

export type KeyUsage = {
  /**
   * Notes that a key is used now; takes no time and never fails.
   * @param key `lastUsedAt` as it was read
   */
  note(key: { id: string; lastUsedAt: Date | null }): void;
} & AsyncDisposable;

/** A key is written once per minute of use. */
const PRECISION_MS = 60_000;
const FLUSH_MS = 2_000;

/** Gathers uses of keys and writes them beside the requests. What cannot be written is tried again. */
export function createKeyUsage({ clock, save, onFault }: Deps): KeyUsage {
  const noted = new LRUCache<string, Date>({ max: 10_000 });
  let waiting = new Map<string, Use>();

  async function flush(): Promise<void> {
    if (waiting.size === 0) return;
    const uses = waiting;
    waiting = new Map();
    try {
      await save([...uses.values()]);
    } catch (thrown) {
      waiting = new Map([...uses, ...waiting]);
      throw thrown;
    }
  }
  const flushing = every(FLUSH_MS, flush, onFault);

  return {
    note({ id, lastUsedAt }) {
      const at = clock.now();
      const last = Math.max(lastUsedAt?.getTime() ?? 0, noted.get(id)?.getTime() ?? 0);
      if (at.getTime() - last < PRECISION_MS) return;
      noted.set(id, at);
      waiting.set(id, { id, at });
    },
    async [Symbol.asyncDispose]() {
      await flushing[Symbol.asyncDispose]();
      await flush().catch(onFault);
    },
  };
}
