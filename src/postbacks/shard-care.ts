import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../platform/report.ts';
import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { Claimed } from './fire.ts';
import { holdInHand } from './lease-keeper.ts';
import { LOOKED_WITHIN_MS } from './reconcile.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'answers' | 'hold' | 'shards' | 'shardOf'>;
  inHand: ReadonlyMap<string, Claimed>;
  /** Refills shards that Redis lost and opens them again. */
  rebuild: (shards: number[]) => Promise<unknown>;
  /** Puts back what a Redis that was away may have lost of shards that are still open. */
  catchUp: () => Promise<unknown>;
  /** Told when a rebuild is over. */
  onRebuilt: () => void;
  monotonicMs: () => number;
  leaseMs: number;
  report: Pick<Report, 'loopFailed'>;
};

export type ShardCare = AsyncDisposable & {
  /** The shards that may be claimed from now; to be asked before each claim. Looks after the others. */
  tend(): number[];
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
  const { queue, monotonicMs, report } = deps;
  const away = new Set<number>();
  /** Shards that are back, and from when they may be claimed from. */
  const returning = new Map<number, number>();
  /** What is under way, by what it is; the return of a shard by the shard. */
  const background = new Map<string | number, Promise<void>>();

  /** One of a kind at a time. What fails is reported, and not begun again at once. */
  function run(what: string, task: () => Promise<unknown>, kind: string | number = what): void {
    if (background.has(kind)) return;
    const running = task()
      .catch((thrown: unknown) => {
        report.loopFailed(what, thrown);
        return sleep(FAULT_PAUSE_MS);
      })
      .then(() => void background.delete(kind));
    background.set(kind, running);
  }

  function hold(shards: ReadonlySet<number>): Promise<void> {
    return holdInHand(deps, ({ group }) => shards.has(queue.shardOf(group)));
  }

  /** The others' time begins when it answers. What is lost while it is asked is away again. */
  async function comeBack(shard: number): Promise<void> {
    away.delete(shard);
    try {
      if (!(await queue.answers(shard))) return void away.add(shard);
      await hold(new Set([shard]));
      returning.set(shard, monotonicMs() + LOOKED_WITHIN_MS);
    } catch (thrown) {
      away.add(shard);
      throw thrown;
    }
  }

  /** Shards that came back during another load, or for whose load PostgreSQL was away, have one of their own. */
  async function catchUp(shards: readonly number[]): Promise<void> {
    for (const shard of shards) returning.delete(shard);
    try {
      await deps.catchUp();
    } catch (thrown) {
      for (const shard of shards) if (!returning.has(shard)) returning.set(shard, monotonicMs());
      throw thrown;
    }
  }

  return {
    tend() {
      // Each by itself: a node of a cluster that says nothing keeps no other one away.
      for (const shard of away) run('lease again what is in hand', () => comeBack(shard), shard);
      const isOpen = (shard: number) =>
        !away.has(shard) && !background.has(shard) && (returning.get(shard) ?? 0) <= monotonicMs();
      return queue.shards.filter(isOpen);
    },

    failed(shards) {
      for (const shard of shards) away.add(shard);
    },

    answered(shards) {
      const back = shards.filter((shard) => returning.has(shard));
      if (back.length > 0) run('load coming postbacks', () => catchUp(back));
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
