import type { RedisClient } from '../platform/redis.ts';
import { type QueueCall, type QueueReplies, sendToShards } from './scripts.ts';
import type { QueueItem, QueueLane, Shards } from './shards.ts';

/** An id with the lease somebody holds on it: a score that ends in .5. */
export type LeasedItem = QueueItem & { leaseScore: number };

/** An id that was due and is leased to the caller now. */
export type Claim = LeasedItem & {
  /** When it became due, ms since 1970: its due time, or the end of the lease that ran out. */
  wasDueAtMs: number;
  /** True when somebody claimed it before and neither finished it nor gave it back. */
  expired: boolean;
};

/** What may be claimed from a lane now. */
export type LaneLimit = QueueLane & {
  /** Ids at most; 0: the lane is passed over. */
  room: number;
  /** Ids per second at most, of all claimers together; absent: no limit. */
  perSecond?: number;
};

/** What a claim is limited to; by default nothing. */
export type ClaimLimits = {
  /** Ids at most of any group. */
  perGroup?: number;
  /** Groups that are passed over. */
  pausedGroups?: Iterable<string>;
  /** Ids at most of a lane that `lanes` does not name. */
  perLane?: number;
  lanes?: Iterable<LaneLimit>;
  /** Shards that are looked at; by default all. */
  shards?: readonly number[];
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
  monotonicMs: () => number;
};

type Reply = NonNullable<QueueReplies['queue-claim-due']>;

// Ids of one group per turn at most: small enough that 50 busy groups share a batch of 400. A claim of fewer is shared evenly.
const QUANTUM = 8;

/**
 * By how much a lane with a rate may be ahead of it, so that ids leave by the handful. The time between
 * two ids is stretched by the same share, and no second ever sees more than the rate (GCRA).
 */
const BURST_MS = 50;

const NO_LIMIT = 1_000_000_000;

/** A claim that Redis comes to later than this is not carried out: a command fails after 2 s. */
const CLAIM_WITHIN_MS = 1_500;

/**
 * Makes the queue's `claimDue`. Every call looks at all shards in one write and shares `want` evenly
 * between them; what a shard could not use goes to those that have more, in further rounds. The
 * first shards, which get the odd ids, change from call to call.
 */
export function createClaimDue(deps: ClaimDueDeps) {
  const { redis, shards, leaseMs, clockOffsetMs, monotonicMs } = deps;
  /** By how much the clock of a shard's Redis is ahead of ours, at most. */
  const aheadMs = new Map<number, number>();
  let turn = 0;

  return async function claimDue(want: number, limits: ClaimLimits = {}): Promise<ClaimResult> {
    const { perGroup = want, perLane = NO_LIMIT } = limits;
    const passOver = new Set(limits.pausedGroups);
    const lanes = new Map([...(limits.lanes ?? [])].map((limit) => [laneKey(limit), { ...limit }]));
    const taken = new Map<string, number>();
    const claims: Claim[] = [];
    const lostShards: number[] = [];
    const failedShards: number[] = [];
    const nextInMs = new Map<number, number>();

    const { shards: all = shards.all } = limits;
    const first = turn % Math.max(1, all.length);
    // With fewer ids than shards the next call begins with those that had none.
    turn += Math.max(1, want);
    let asked = [...all.slice(first), ...all.slice(0, first)];
    // What no group of a shard that may still be served has had: a limit that holds for all of them.
    const mostTaken = (shard: number) =>
      Math.max(
        0,
        ...[...taken]
          .filter(([group]) => !passOver.has(group) && shards.of(group) === shard)
          .map(([, count]) => count),
      );

    function countIn(claim: Claim): void {
      claims.push(claim);
      const { group, lane } = claim;
      const ofGroup = (taken.get(group) ?? 0) + 1;
      taken.set(group, ofGroup);
      if (ofGroup >= perGroup) passOver.add(group);
      const limit = lanes.get(laneKey(claim)) ?? { group, lane, room: perLane };
      lanes.set(laneKey(claim), { ...limit, room: limit.room - 1 });
    }

    // One round per shard is enough for any spread of due ids, and an end whatever Redis answers.
    for (let round = 0; asked.length > 0 && round < shards.all.length; round += 1) {
      const askedAtMs = monotonicMs();
      const offsetMs = clockOffsetMs();
      const shares = splitEvenly(want - claims.length, asked.length);
      const paused = Map.groupBy(passOver, shards.of);
      const named = Map.groupBy(lanes.values(), ({ group }) => shards.of(group));
      const replies = await sendToShards(
        redis,
        asked.map((shard, at): QueueCall<'queue-claim-due'> => {
          const skip = paused.get(shard) ?? [];
          const limit = perGroup - mostTaken(shard);
          const ahead = aheadMs.get(shard);
          const until = ahead === undefined ? '' : askedAtMs + ahead + CLAIM_WITHIN_MS;
          return [
            'queue-claim-due',
            ...shards.keys(shard),
            ...[shards.rateKey(shard), shards.epochKey(shard)],
            ...[shares[at] ?? 0, leaseMs, offsetMs, QUANTUM, limit, perLane, BURST_MS],
            ...[until, skip.length, ...skip],
            ...(named.get(shard) ?? []).flatMap(laneArgs),
          ];
        }),
      );
      for (const [at, shard] of asked.entries()) {
        const reply = replies[at];
        nextInMs.delete(shard);
        if (reply === null) lostShards.push(shard);
        else if (reply === undefined || reply instanceof Error) failedShards.push(shard);
        else {
          // The lease tells Redis' clock, which had got as far after we asked: the difference is no less.
          aheadMs.set(shard, Number(reply[1]) - leaseMs - offsetMs - askedAtMs);
          for (const claim of readClaims(reply)) countIn(claim);
          if (reply[0] >= 0) nextInMs.set(shard, reply[0]);
        }
      }
      if (failedShards.length === all.length) throw replies[0];
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

function laneKey({ group, lane }: QueueLane): string {
  return `${group}|${lane}`;
}

function laneArgs({ group, lane, room, perSecond }: LaneLimit): (string | number)[] {
  const every = perSecond === undefined ? '' : (1000 + BURST_MS) / perSecond;
  return [group, lane, room, every];
}

/** Whole shares that add up to `total`; the first ones get what does not divide. */
function splitEvenly(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => Math.floor((total + parts - 1 - part) / parts));
}

function readClaims([, lease, taken]: Reply): Claim[] {
  const claims: Claim[] = [];
  const leaseScore = Number(lease);
  for (let at = 0; at < taken.length; at += 3) {
    const [group, lane, members] = taken.slice(at, at + 3) as [string, string, string[]];
    for (let i = 0; i < members.length; i += 2) {
      const id = members[i] as string;
      const wasDueAtMs = Number(members[i + 1]);
      const expired = !Number.isInteger(wasDueAtMs);
      claims.push({ id, group, lane, leaseScore, wasDueAtMs, expired });
    }
  }
  return claims;
}
