import type { RedisClient } from '../platform/redis.ts';
import { type QueueCall, type QueueReplies, sendToShards } from './scripts.ts';
import type { QueueItem, Shards } from './shards.ts';

/** An id with the lease somebody holds on it: a score that ends in .5. */
export type LeasedItem = QueueItem & { leaseScore: number };

/** An id that was due and is leased to the caller now. */
export type Claim = LeasedItem & {
  /** When it became due, ms since 1970: its due time, or the end of the lease that ran out. */
  wasDueAtMs: number;
  /** True when somebody claimed it before and neither finished it nor gave it back. */
  expired: boolean;
};

/** What one look at the queue found. */
export type ClaimResult = {
  claims: Claim[];
  /** Some shard has no epoch: it lost its data and stays closed until it is rebuilt. */
  lost: boolean;
  lostShards: number[];
  /** Shards that did not answer; ids they may have leased come back when the lease ends. */
  failedShards: number[];
  /** ms until the next id is due, 0 when more are due now, null when nothing is scheduled. */
  nextDueInMs: number | null;
};

/** What {@link createClaimDue} needs. */
export type ClaimDueDeps = {
  redis: RedisClient;
  shards: Shards;
  leaseMs: number;
  clockOffsetMs: () => number;
};

type Reply = NonNullable<QueueReplies['queue-claim-due']>;

// Ids of one group per turn: small enough that 50 busy groups share a batch of 400.
const QUANTUM = 8;

/**
 * Makes the queue's `claimDue`. Every call looks at all shards in one write and shares `want` evenly
 * between them; what a shard could not use goes to those that have more, in further rounds. The
 * first shard, which gets the odd id, changes from call to call.
 */
export function createClaimDue(deps: ClaimDueDeps) {
  const { redis, shards, leaseMs, clockOffsetMs } = deps;
  const count = shards.all.length;
  let first = 0;

  return async function claimDue(
    want: number,
    pausedGroups: Iterable<string> = [],
    perGroup: number = want,
  ): Promise<ClaimResult> {
    const passOver = new Set(pausedGroups);
    const taken = new Map<string, number>();
    const claims: Claim[] = [];
    const lostShards: number[] = [];
    const failedShards: number[] = [];
    const nextInMs = new Map<number, number>();

    first = (first + 1) % count;
    let asked = [...shards.all.slice(first), ...shards.all.slice(0, first)];
    // What no group of a shard that may still be served has had: a limit that holds for all of them.
    const mostTaken = (shard: number) =>
      Math.max(
        0,
        ...[...taken]
          .filter(([group]) => !passOver.has(group) && shards.of(group) === shard)
          .map(([, count]) => count),
      );

    // One round per shard is enough for any spread of due ids, and an end whatever Redis answers.
    for (let round = 0; asked.length > 0 && round < count; round += 1) {
      const shares = splitEvenly(want - claims.length, asked.length);
      const paused = Map.groupBy(passOver, shards.of);
      const replies = await sendToShards(
        redis,
        asked.map((shard, at): QueueCall<'queue-claim-due'> => {
          const limit = perGroup - mostTaken(shard);
          const args = [shares[at] ?? 0, leaseMs, clockOffsetMs(), QUANTUM, limit];
          const skip = paused.get(shard) ?? [];
          return [
            'queue-claim-due',
            shards.epochKey(shard),
            ...shards.keys(shard),
            ...args,
            ...skip,
          ];
        }),
      );
      for (const [at, shard] of asked.entries()) {
        const reply = replies[at];
        nextInMs.delete(shard);
        if (reply === null) lostShards.push(shard);
        else if (reply === undefined || reply instanceof Error) failedShards.push(shard);
        else {
          for (const claim of readClaims(reply)) {
            claims.push(claim);
            const count = (taken.get(claim.group) ?? 0) + 1;
            taken.set(claim.group, count);
            if (count >= perGroup) passOver.add(claim.group);
          }
          if (reply[0] >= 0) nextInMs.set(shard, reply[0]);
        }
      }
      if (failedShards.length === count) throw replies[0];
      asked = claims.length < want ? asked.filter((shard) => nextInMs.get(shard) === 0) : [];
    }

    return {
      claims,
      lost: lostShards.length > 0,
      lostShards,
      failedShards,
      nextDueInMs: nextInMs.size > 0 ? Math.min(...nextInMs.values()) : null,
    };
  };
}

/** Whole shares that add up to `total`; the first ones get what does not divide. */
function splitEvenly(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => Math.floor((total + parts - 1 - part) / parts));
}

function readClaims([, lease, taken]: Reply): Claim[] {
  const claims: Claim[] = [];
  const leaseScore = Number(lease);
  for (let at = 0; at < taken.length; at += 2) {
    const group = taken[at] as string;
    const members = taken[at + 1] as string[];
    for (let i = 0; i < members.length; i += 2) {
      const id = members[i] as string;
      const wasDueAtMs = Number(members[i + 1]);
      claims.push({ id, group, leaseScore, wasDueAtMs, expired: !Number.isInteger(wasDueAtMs) });
    }
  }
  return claims;
}
