import { onDisconnect, type RedisClient } from '../platform/redis.ts';
import { createBell } from './bell.ts';
import {
  type Claim,
  type ClaimLimits,
  type ClaimResult,
  createClaimDue,
  type LeasedItem,
} from './claim-due.ts';
import { createRebuild, type DueItem, type QueueRebuild } from './rebuild.ts';
import {
  defineQueueScripts,
  orThrow,
  type QueueCall,
  type QueueReplies,
  sendToShards,
} from './scripts.ts';
import { batchByShard, createShards, type QueueItem, type QueueLane } from './shards.ts';

/** When a leased id is due next. A delay needs no two clocks to agree. */
export type NextTime = { dueAtMs: number } | { delayMs: number };

/** What a measure leaves out of all but the size. */
export type MeasureExcept = { groups?: Iterable<string>; lanes?: Iterable<QueueLane> };

/** The state of a queue, for metrics. */
export type QueueMeasure = {
  /** Ids in the queue, leased ones included. */
  size: number;
  /** The earliest due time or lease end, ms since 1970; null when the queue is empty. */
  nextDueAtMs: number | null;
  /** By how many ms the earliest id is overdue: 0 while the workers keep up. */
  oldestOverdueMs: number;
  /** Ids that are due and that nobody has in hand. */
  due: number;
};

/** Settings of {@link createDelayedQueue}. */
export type DelayedQueueOptions = {
  redis: RedisClient;
  /** Begins every key; without braces, which mark the shard. */
  prefix: string;
  /** How many shards, fixed for the life of the data; default 16. */
  shards?: number;
  /** How long a claimed id belongs to its claimer, in ms: at least twice the longest use of it. */
  leaseMs: number;
  /** ms added to Redis' clock, for tests that move time. */
  clockOffsetMs?: () => number;
  /** Milliseconds that only ever grow, of this process. */
  monotonicMs?: () => number;
};

/** Who looks at a queue at least this often, and a second to spare, need not hear of ids that are due later. */
export const RUNG_WITHIN_MS = 6_000;

/** A queue of ids that become due. Methods that take leased items do nothing to a lost lease. */
export type DelayedQueue = QueueRebuild & {
  /**
   * Whether, since this was asked last, an id may have become due sooner than a claim told: one was added that is due
   * within {@link RUNG_WITHIN_MS}, or was given a new time; or Redis forgot. One command, where a claim of nothing costs a
   * script per shard.
   */
  rung(): Promise<boolean>;
  /** Calls whenever the connection is lost: whoever answers next may have lost what was said last. */
  onDisconnect(listener: () => void): void;
  /** Whether a shard answers, and takes what is written. Never rejects. */
  answers(shard: number): Promise<boolean>;
  /** Adds ids. One that is scheduled or leased already keeps its time; a past time is due now. */
  schedule(items: readonly DueItem[]): Promise<void>;
  /**
   * Leases at most `want` due ids, a few per group and turn while other groups wait; inside a group its
   * lanes take turns. What the limits close is left out of `nextDueInMs`. Rejects only if no shard answered.
   */
  claimDue(want: number, limits?: ClaimLimits): Promise<ClaimResult>;
  /** Removes finished ids. Answers those whose lease was lost: they stay. */
  complete<Item extends LeasedItem>(claims: readonly Item[]): Promise<Item[]>;
  /**
   * Ends leases and sets new due times, or delays from now by Redis' clock. Answers those whose lease
   * was lost: they stay.
   */
  reschedule<Item extends LeasedItem & NextTime>(claims: readonly Item[]): Promise<Item[]>;
  /** Ends leases of ids that were not started: due as they were. Answers those whose lease was lost. */
  release<Item extends LeasedItem & Pick<Claim, 'wasDueAtMs'>>(
    claims: readonly Item[],
  ): Promise<Item[]>;
  /** Renews leases to `leaseMs` from now; `extended` holds the items with their new lease score. */
  extend<Item extends LeasedItem>(
    claims: readonly Item[],
  ): Promise<{ extended: Item[]; lost: Item[] }>;
  /**
   * Leases what the caller has in hand, whatever became of its leases: renewed by a call whose answer was
   * lost, gone with the data, or put back as due. `lost` are those that somebody else leased by now.
   */
  hold<Item extends LeasedItem>(
    claims: readonly Item[],
  ): Promise<{ extended: Item[]; lost: Item[] }>;
  /** Removes ids whatever their state, also leased ones. Answers those that were not there. */
  cancel<Item extends QueueItem>(items: readonly Item[]): Promise<Item[]>;
  /** Answers the items that Redis does not hold, neither scheduled nor leased; for the sweep. */
  missing<Item extends QueueItem>(items: readonly Item[]): Promise<Item[]>;
  /** Counts; costs three reads per lane that has ids, so for metrics and not for the hot path. */
  measure(except?: MeasureExcept): Promise<QueueMeasure>;
  /** How many ids each of some lanes has, leased ones included. */
  count(lanes: readonly QueueLane[]): Promise<number[]>;
  nextDueAt(): Promise<QueueMeasure['nextDueAtMs']>;
  size(): Promise<QueueMeasure['size']>;
  /** Costs three reads per lane that has ids that are due, and a script per shard: next to nothing while the workers keep up. */
  oldestOverdueMs(except?: MeasureExcept): Promise<QueueMeasure['oldestOverdueMs']>;
};

/**
 * Makes a delayed queue that is fair between groups. Redis holds ids and times, nothing else, and
 * may be wiped: `claimDue` then reports lost shards and opens them again only after `setEpoch`.
 *
 * An id is due from its time on and never before. Claiming moves its score to the end of a lease, so
 * a claimer that dies needs no reaper: the id comes due again. Batches may have any size. A method
 * rejects when a shard did not answer; the others' part is done then, and repeating all is harmless.
 */
export function createDelayedQueue(options: DelayedQueueOptions): DelayedQueue {
  const { redis, leaseMs, clockOffsetMs = () => 0 } = options;
  const { monotonicMs = () => performance.now() } = options;
  const shards = createShards(options.prefix, options.shards ?? 16);
  defineQueueScripts(redis);

  async function send<Command extends keyof QueueReplies>(calls: QueueCall<Command>[]) {
    const replies = await sendToShards(redis, calls);
    return calls.map((_, at) => orThrow(replies[at]));
  }

  async function sendItems<Command extends keyof QueueReplies, Item extends QueueItem>(
    command: Command,
    items: readonly Item[],
    argsOf: (batch: Item[], shard: number) => (string | number)[],
  ) {
    const batches = batchByShard(shards, items);
    const replies = await send(
      batches.map(
        ({ shard, batch }): QueueCall<Command> => [
          command,
          ...shards.keys(shard),
          ...argsOf(batch, shard),
        ],
      ),
    );
    return batches.map(({ shard, batch }, at) => ({
      ...{ shard, batch, reply: replies[at] as QueueReplies[Command] },
    }));
  }

  const { ring, rung } = createBell(redis, shards.bellKey);

  async function move<Item extends LeasedItem>(
    claims: readonly Item[],
    timeOf: (claim: Item) => string | number,
  ) {
    const missed = await missedOf('queue-reschedule', claims, (batch) => [
      clockOffsetMs(),
      ...batch.flatMap((claim) => [...leaseArgs(claim), timeOf(claim)]),
    ]);
    if (missed.length < claims.length) ring();
    return missed;
  }

  async function missedOf<Item extends QueueItem>(
    command: 'queue-remove' | 'queue-reschedule',
    items: readonly Item[],
    argsOf: (batch: Item[]) => (string | number)[],
  ) {
    const answers = await sendItems(command, items, argsOf);
    return answers.flatMap(({ batch, reply }) => reply.map((at) => batch[at] as Item));
  }

  async function renew<Item extends LeasedItem>(
    command: 'queue-extend' | 'queue-hold',
    claims: readonly Item[],
  ) {
    const answers = await sendItems(command, claims, (batch) => [
      leaseMs,
      clockOffsetMs(),
      ...batch.flatMap(leaseArgs),
    ]);
    const parts = answers.map(({ batch, reply: [score, missed] }) => {
      const { held = [], lost = [] } = Object.groupBy(batch, (_, at) =>
        missed.includes(at) ? 'lost' : 'held',
      );
      return { held: held.map((claim) => ({ ...claim, leaseScore: Number(score) })), lost };
    });
    return {
      extended: parts.flatMap((part) => part.held),
      lost: parts.flatMap((part) => part.lost),
    };
  }

  /** @returns the shards that took nothing */
  async function add(items: readonly DueItem[], into: string): Promise<number[]> {
    const answers = await sendItems('queue-schedule', items, (batch, shard) => [
      ...[shards.epochKey(shard), shards.rebuildKey(shard)],
      ...[clockOffsetMs(), into, ...dueByLane(batch)],
    ]);
    const refused = answers.filter(({ reply }) => reply < 0);
    if (answers.some(({ reply }) => reply >= 0 && reply <= RUNG_WITHIN_MS)) ring();
    return [...new Set(refused.map(({ shard }) => shard))];
  }

  async function measure(
    except: MeasureExcept = {},
    of: 'all' | 'due' = 'all',
  ): Promise<QueueMeasure> {
    const groups = Map.groupBy(except.groups ?? [], shards.of);
    const lanes = Map.groupBy(except.lanes ?? [], ({ group }) => shards.of(group));
    const parts = await send(
      shards.all.map(
        (shard): QueueCall<'queue-measure'> => [
          'queue-measure',
          ...shards.keys(shard),
          ...[clockOffsetMs(), of],
          ...[groups.get(shard)?.length ?? 0, ...(groups.get(shard) ?? [])],
          ...(lanes.get(shard) ?? []).flatMap(({ group, lane }) => [group, lane]),
        ],
      ),
    );
    const earliest = parts.flatMap(([, score]) => (score === '' ? [] : [Number(score)]));
    return {
      size: parts.reduce((sum, [size]) => sum + size, 0),
      nextDueAtMs: earliest.length > 0 ? Math.min(...earliest) : null,
      oldestOverdueMs: Math.max(...parts.map(([, , overdueMs]) => overdueMs)),
      due: parts.reduce((sum, [, , , due]) => sum + due, 0),
    };
  }

  return {
    ...createRebuild({ shards, send, add, ring }),
    claimDue: createClaimDue({ redis, shards, leaseMs, clockOffsetMs, monotonicMs }),

    rung,
    onDisconnect: (listener) => onDisconnect(redis, listener),
    async answers(shard) {
      // A write that changes nothing: a replica that waits to be promoted takes none.
      const [reply] = await sendToShards(redis, [['persist', shards.epochKey(shard)]]);
      return typeof reply === 'number';
    },
    async schedule(items) {
      await add(items, '');
    },
    complete: (claims) => missedOf('queue-remove', claims, (batch) => batch.flatMap(leaseArgs)),
    cancel: (items) =>
      missedOf('queue-remove', items, (batch) =>
        batch.flatMap(({ group, lane, id }) => [group, lane, id, '']),
      ),
    reschedule: (claims) => move(claims, nextTimeArg),
    // The end of a lease is no due time.
    release: (claims) => move(claims, ({ wasDueAtMs }) => Math.floor(wasDueAtMs)),
    extend: (claims) => renew('queue-extend', claims),
    hold: (claims) => renew('queue-hold', claims),
    async missing(items) {
      const lanes = [...Map.groupBy(items, shards.dueKey)];
      const scores = await send(
        lanes.map(
          ([key, batch]): QueueCall<'zmscore'> => ['zmscore', key, ...batch.map(({ id }) => id)],
        ),
      );
      return lanes.flatMap(([, batch], at) =>
        batch.filter((_, index) => scores[at]?.[index] === null),
      );
    },

    measure: (except) => measure(except),
    count: (lanes) => send(lanes.map((lane): QueueCall<'zcard'> => ['zcard', shards.dueKey(lane)])),
    nextDueAt: async () => (await measure()).nextDueAtMs,
    size: async () => (await measure()).size,
    oldestOverdueMs: async (except) => (await measure(except, 'due')).oldestOverdueMs,
  };
}

function leaseArgs({ group, lane, id, leaseScore }: LeasedItem): (string | number)[] {
  return [group, lane, id, leaseScore];
}

function dueByLane(items: DueItem[]): (string | number)[] {
  const lanes = Map.groupBy(items, ({ group, lane }) => `${group}|${lane}`);
  return [...lanes.values()].flatMap((due) => {
    const [{ group, lane }] = due as [DueItem];
    return [group, lane, due.length, ...due.flatMap((item) => [wholeMs(item), item.id])];
  });
}

/** A due time has no fraction, since .5 marks a lease; rounded up, so that nothing is early. */
function wholeMs({ id, dueAtMs }: DueItem): number {
  if (!Number.isFinite(dueAtMs)) throw new RangeError(`schedule ${id} at ${dueAtMs}: not a time`);
  return Math.ceil(dueAtMs);
}

/** A time, or behind a plus sign a delay from now. */
function nextTimeArg(item: LeasedItem & NextTime): number | string {
  if ('dueAtMs' in item) return wholeMs(item);
  return `+${wholeMs({ ...item, dueAtMs: Math.max(0, item.delayMs) })}`;
}
