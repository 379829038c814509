import type { QueueCall, QueueReplies } from './scripts.ts';
import type { QueueItem, Shards } from './shards.ts';

/** An id with the time it is due, ms since 1970 by Redis' clock; fractions are rounded up. */
export type DueItem = QueueItem & { dueAtMs: number };

/** How a queue whose Redis lost data is filled again; see {@link DelayedQueue}. */
export type QueueRebuild = {
  /** 0 to their count - 1. */
  readonly shards: readonly number[];
  shardOf(group: string): number;
  /** The shards that lost their data and are closed for claims. */
  lostShards(): Promise<number[]>;
  /** Begins to rebuild closed shards: the token stands for as long as nothing is lost again. */
  startRebuild(of: readonly number[], token: string): Promise<void>;
  /**
   * Adds ids that should be there, in shards that are open or, with the token of their rebuild, being
   * rebuilt. Answers the shards that took nothing: they are closed, or were wiped since the token was set.
   */
  putBack(items: readonly DueItem[], token?: string): Promise<number[]>;
  /**
   * Opens shards (default all) for claims: last in a rebuild, when all their ids are back.
   * @returns those that stay closed, because the token of their rebuild is gone
   */
  setEpoch(of?: readonly number[], token?: string): Promise<number[]>;
  /** Closes shards (default all) for claims, as a loss of data does. */
  clearEpoch(of?: readonly number[]): Promise<void>;
};

type Deps = {
  shards: Shards;
  send<Command extends keyof QueueReplies>(
    calls: QueueCall<Command>[],
  ): Promise<QueueReplies[Command][]>;
  /** Adds ids to the shards that are meant, see `lua/schedule-5.lua`; answers those that were not. */
  add: (items: readonly DueItem[], into: string) => Promise<number[]>;
  /** Tells those that rest that there may be something to claim. */
  ring: () => void;
};

/**
 * Makes the part of a queue that puts things back. A shard is open while its epoch is there; a rebuild
 * leaves a token first, so that one that is wiped in the middle is not opened incomplete.
 */
export function createRebuild({ shards, send, add, ring }: Deps): QueueRebuild {
  return {
    shards: shards.all,
    shardOf: shards.of,
    async lostShards() {
      const found = await send(
        shards.all.map((shard): QueueCall<'exists'> => ['exists', shards.epochKey(shard)]),
      );
      return shards.all.filter((_, at) => found[at] === 0);
    },
    async startRebuild(of, token) {
      await send(of.map((shard): QueueCall<'set'> => ['set', shards.rebuildKey(shard), token]));
    },
    putBack: (items, token = 'open') => add(items, token),
    async setEpoch(of = shards.all, token) {
      if (token === undefined) {
        await send(of.map((shard): QueueCall<'set'> => ['set', shards.epochKey(shard), 1]));
        ring();
        return [];
      }
      const opened = await send(
        of.map(
          (shard): QueueCall<'queue-open'> => [
            'queue-open',
            ...shards.keys(shard),
            ...[shards.epochKey(shard), shards.rebuildKey(shard), token],
          ],
        ),
      );
      ring();
      return of.filter((_, at) => opened[at] === 0);
    },
    async clearEpoch(of = shards.all) {
      await send(of.map((shard): QueueCall<'del'> => ['del', shards.epochKey(shard)]));
    },
  };
}
