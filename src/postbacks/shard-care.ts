import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../platform/report.ts';
import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { Claimed } from './fire.ts';
import { holdInHand } from './lease-keeper.ts';
import { LOOKED_WITHIN_MS } from './reconcile.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'answering' | 'hold' | 'shards' | 'shardOf'>;
  inHand: ReadonlyMap<string, Claimed>;
  /** Refills shards that Redis lost and opens them again. */
  rebuild: (shards: number[]) => Promise<unknown>;
  /** Puts back what a Redis that was away may have lost of shards that are still open. */
  catchUp: () => Promise<unknown>;
  /** Told when a rebuild is over. */
  onRebuilt: () => void;
  monotonicMs: () => number;
  report: Pick<Report, 'loopFailed'>;
};

export type ShardCare = AsyncDisposable & {
  /** The shards that may be claimed from now; to be asked before each claim. */
  tend(): Promise<number[]>;
  /** Shards that did not answer, or whose connection was lost: what answers next may have lost what was said last. */
  failed(shards: readonly number[]): void;
  /** Shards that answered. */
  answered(shards: readonly number[]): void;
  /** Shards that lost their data. */
  lost(shards: readonly number[]): Promise<void>;
};

const FAULT_PAUSE_MS = 500;

/**
 * What a worker does about shards that did not answer or lost their data. As soon as they answer it leases again
 * what it has in hand there. Then it gives the other workers the time to do the same: by the same fault their
 * leases may be gone or over as well, and an id that is under way must not be claimed.
 */
export function createShardCare(deps: Deps): ShardCare {
  const { queue, inHand, monotonicMs, report } = deps;
  const away = new Set<number>();
  /** Shards that are back, and from when they may be claimed from. */
  const returning = new Map<number, number>();
  const background = new Map<string, Promise<void>>();

  /** One of a kind at a time. What fails is reported, and not begun again at once. */
  function run(what: string, task: () => Promise<unknown>): void {
    if (background.has(what)) return;
    const running = task()
      .catch((thrown: unknown) => {
        report.loopFailed(what, thrown);
        return sleep(FAULT_PAUSE_MS);
      })
      .then(() => void background.delete(what));
    background.set(what, running);
  }

  function hold(shards: ReadonlySet<number>): Promise<void> {
    return holdInHand({ queue, inHand, monotonicMs }, ({ group }) =>
      shards.has(queue.shardOf(group)),
    );
  }

  /** The others' time begins when a shard answers. One that is lost again meanwhile stays away. */
  async function comeBack(): Promise<void> {
    const asked = [...away];
    away.clear();
    const back = new Set(await queue.answering(asked));
    for (const shard of asked) if (!back.has(shard)) away.add(shard);
    try {
      await hold(back);
    } catch (thrown) {
      for (const shard of back) away.add(shard);
      throw thrown;
    }
    for (const shard of back) returning.set(shard, monotonicMs() + LOOKED_WITHIN_MS);
  }

  return {
    async tend() {
      if (away.size > 0) await comeBack();
      const isOpen = (shard: number) =>
        !away.has(shard) && (returning.get(shard) ?? 0) <= monotonicMs();
      return queue.shards.filter(isOpen);
    },

    failed(shards) {
      for (const shard of shards) away.add(shard);
    },

    answered(shards) {
      const back = shards.filter((shard) => returning.delete(shard));
      if (back.length > 0) run('load coming postbacks', deps.catchUp);
    },

    async lost(shards) {
      await hold(new Set(shards));
      run('rebuild the queue', async () => {
        await deps.rebuild([...shards]);
        deps.onRebuilt();
      });
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(background.values());
    },
  };
}
