import type { Report } from '../platform/report.ts';
import type { Claim } from '../queue/claim-due.ts';
import type { DelayedQueue, MeasureExcept } from '../queue/delayed-queue.ts';
import type { DestinationControl } from './destination-control.ts';
import type { Claimed, Fire } from './fire.ts';
import { createLeaseKeeper, noteLeases } from './lease-keeper.ts';
import { createOnPurpose } from './on-purpose.ts';
import { createShardCare } from './shard-care.ts';
import type { Slots } from './slots.ts';

type Deps = {
  queue: Pick<
    DelayedQueue,
    | 'claimDue'
    | 'rung'
    | 'onDisconnect'
    | 'answers'
    | 'extend'
    | 'hold'
    | 'release'
    | 'shards'
    | 'shardOf'
  >;
  fire: Pick<Fire, 'fireClaims'>;
  destinations: Pick<DestinationControl, 'perLane' | 'limits' | 'claimed' | 'done' | 'isHeld'>;
  /** Refills shards that Redis lost and opens them again. */
  rebuild: (shards: number[]) => Promise<unknown>;
  /** Puts back what a Redis that was away may have lost otherwise. */
  catchUp: () => Promise<unknown>;
  /** Milliseconds that only ever grow: by them a lease gets old. */
  monotonicMs: () => number;
  leaseMs: number;
  report: Pick<Report, 'loopFailed'>;
  /** Attempts under way at most. */
  slots: Slots;
  /** A worker with nothing in hand rests so long at most; default 5 s. */
  restMs?: number;
  /** Attempts under way for one affiliate at most: its slow receivers hold no more of the slots. */
  maxPerAffiliate?: number;
};

export type FiringLoop = {
  /** Looks at the queue now instead of at the end of its sleep. */
  poke(): void;
  readonly inFlight: number;
  /** When due work was last looked for, and what was found could be loaded; by the monotonic clock. */
  readonly workedAtMs: number;
  /** Whether the last look saw all of the queue, and that nothing in it is due. */
  readonly isAtRest: boolean;
  /**
   * Who waits on purpose though it is due; nobody, when what is under way has not come to an end for
   * `stuckMs`: then nothing does.
   */
  waiting(stuckMs: number): MeasureExcept;
  /** Stops claiming and resolves when nothing is in flight any more. */
  stop(): Promise<void>;
};

/** Whoever has something in hand looks at the queue this often, and whoever rests listens (delivery.md b4). */
const IDLE_MS = 250;
/**
 * With nothing in hand a look is for what the bell was lost for, as the sweep is for what the queue lost, and comes as often.
 * Sixteen scripts four times a second were 330 Redis commands, and nobody's gain.
 */
const REST_MS = 5_000;
/** After a fault of Redis or the database, before the next look. */
const FAULT_PAUSE_MS = 500;
/** One claim: a Lua call of about a millisecond (delivery.md b3). */
const BATCH = 400;
/** With all slots in use somebody looks whether there are more of them now. */
const FULL_MS = 100;

/**
 * Claims what is due and fires it, as many at a time as there are slots; sleeps until the next due
 * time. Polling instead of blocking commands: those can hang after a reconnect (delivery.md b4).
 *
 * A claim holds its slot until its outcome is on disk, so that a database that lags stops the claims.
 */
export function startFiringLoop(deps: Deps): FiringLoop {
  const { slots, maxPerAffiliate = 64, monotonicMs, destinations } = deps;
  // Whoever holds half or less may claim as much again, so nobody ever holds more than all.
  const half = Math.floor(maxPerAffiliate / 2);
  // A lease that was given after a look, and left by its worker, ends after the next one.
  const restMs = Math.min(deps.restMs ?? REST_MS, deps.leaseMs);
  const busy = new Map<string, number>();
  const inHand = new Map<string, Claimed>();
  /** What was claimed while it was on its way out, whose lease nobody renews. */
  const claimedAgain = new Map<string, Claim>();
  const startedAtMs = monotonicMs();
  const onPurpose = createOnPurpose(monotonicMs);
  let lookedAtMs = startedAtMs;
  /** Since when nothing that is claimed can be loaded, and when that was seen last; null when it can. */
  let unloadable: { sinceMs: number; seenAtMs: number } | null = null;
  /** When a call came to an end last, or the first one was taken. */
  let movedAtMs = startedAtMs;
  let faultUntilMs = 0;
  let isAtRest = false;
  let stopping = false;
  let isWoken = false;
  let endSleep = () => {};
  /** Down to so many under way, and there is room for a handful. */
  let fewEnough = -1;

  /** Ends the sleep; in the middle of a look the next one, since what woke us may have come too late for it. */
  function wake(): void {
    isWoken = true;
    endSleep();
  }

  function sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    endSleep = resolve;
    if (isWoken) resolve();
    return promise.finally(() => clearTimeout(timer));
  }

  /** Sleeps, and while that takes longer asks from time to time whether somebody rang. */
  async function rest(ms: number): Promise<void> {
    const untilMs = monotonicMs() + ms;
    for (let left = ms; left > 0 && !isWoken; left = untilMs - monotonicMs()) {
      await sleep(Math.min(left, IDLE_MS));
      if (left > IDLE_MS && !isWoken && (await hasRung())) return;
    }
  }

  async function hasRung(): Promise<boolean> {
    try {
      return await deps.queue.rung();
    } catch {
      // While it was away leases may have ended: others get the time to renew theirs.
      care.failed(deps.queue.shards);
      return true;
    }
  }

  function take(claim: Claimed): void {
    if (inHand.size === 0) movedAtMs = monotonicMs();
    inHand.set(claim.id, claim);
    busy.set(claim.group, (busy.get(claim.group) ?? 0) + 1);
    destinations.claimed({ affiliateId: claim.group, destinationId: claim.lane });
  }

  function done(claim: Claimed): void {
    movedAtMs = monotonicMs();
    inHand.delete(claim.id);
    const again = claimedAgain.get(claim.id);
    if (again) {
      claimedAgain.delete(claim.id);
      void giveBack([again]);
    }
    const left = (busy.get(claim.group) ?? 1) - 1;
    if (left > 0) busy.set(claim.group, left);
    else busy.delete(claim.group);
    const ref = { affiliateId: claim.group, destinationId: claim.lane };
    const hasRoom = destinations.done(ref);
    // Only a freed slot that somebody may wait for is worth a look at the queue.
    const isLast = stopping && inHand.size === 0;
    if (inHand.size === fewEnough || left === half || hasRoom || isLast) wake();
  }

  /** One look at the queue; returns how long nothing new can be due. */
  async function look(): Promise<number> {
    isAtRest = false;
    const shards = care.tend();
    if (monotonicMs() < faultUntilMs) return faultUntilMs - monotonicMs();
    const limit = slots.limit(inHand.size);
    // An eighth of them free at once: ids are claimed by the handful and not one by one.
    fewEnough = Math.floor(limit * 0.875);
    const takesNone = stopping || inHand.size > fewEnough;
    // Who takes nothing asks nevertheless: what it has in hand is to be leased again when Redis loses it.
    if (takesNone && monotonicMs() - lookedAtMs < IDLE_MS) return FULL_MS;
    const want = takesNone ? 0 : Math.min(BATCH, limit - inHand.size);
    if (shards.length === 0) return IDLE_MS;
    // Before the claim: its answer may take long, and the lease runs from when Redis gave it.
    const leasedAtMs = monotonicMs();
    const limits = {
      pausedGroups: [...busy].filter(([, held]) => held > half).map(([group]) => group),
      perGroup: half,
      lanes: destinations.limits(),
      perLane: destinations.perLane,
    };
    const found = await deps.queue.claimDue(want, { ...limits, shards }).catch((thrown) => {
      care.failed(shards);
      throw thrown;
    });
    lookedAtMs = monotonicMs();
    const { claims, lostShards, failedShards, nextDueInMs } = found;
    onPurpose.looked({ ...limits, claims });
    // What was put back while it is under way here: its call is not repeated, and the new lease is ours.
    noteLeases({ inHand, leaseMs: deps.leaseMs }, claims, leasedAtMs, lookedAtMs);
    const fresh = claims
      .filter(({ id }) => !inHand.has(id))
      .map((claim): Claimed => ({ ...claim, leasedAtMs }));
    for (const claim of fresh) take(claim);
    if (fresh.length > 0) void fireAll(fresh);
    for (const claim of claims) if (inHand.get(claim.id)?.leaves) claimedAgain.set(claim.id, claim);
    care.failed(failedShards);
    // Whoever goes on puts back what was lost; who stops only says what it has in hand.
    if (stopping) care.failed(lostShards);
    else {
      care.answered(shards.filter((it) => !failedShards.includes(it) && !lostShards.includes(it)));
      if (lostShards.length > 0) await care.lost(lostShards);
    }
    if (takesNone) return FULL_MS;
    // A group that gave all it was asked for may have more, and so may a full batch.
    const counts = Object.values(Object.groupBy(claims, ({ group }) => group));
    const mayHaveMore = claims.length === want || counts.some((it) => it?.length === half);
    if (mayHaveMore) return 0;
    const isWell =
      lostShards.length + failedShards.length === 0 && shards.length === deps.queue.shards.length;
    // What is limited opens by itself, and what is in hand is to be leased again when Redis loses it.
    isAtRest = isWell && inHand.size === 0 && limits.lanes.length === 0;
    if (!isAtRest) return Math.min(IDLE_MS, nextDueInMs ?? IDLE_MS);
    // What was given back may be in somebody else's hand; after a while it was loaded there.
    if (unloadable && lookedAtMs - unloadable.seenAtMs > REST_MS) unloadable = null;
    // From when Redis was asked: what it was told since then was not seen, and rings only when it is due soon.
    const left = Math.max(IDLE_MS, restMs - (lookedAtMs - leasedAtMs));
    return Math.min(left, nextDueInMs ?? left);
  }

  async function fireAll(claims: Claimed[]): Promise<void> {
    try {
      await deps.fire.fireClaims(claims, { done: fired, mayStart });
    } catch (thrown) {
      deps.report.loopFailed('load claimed postbacks', thrown);
      const seenAtMs = monotonicMs();
      unloadable = { sinceMs: seenAtMs, ...unloadable, seenAtMs };
      // Nothing was started: others, or we ourselves after a pause, need not wait for the lease to end.
      faultUntilMs = monotonicMs() + FAULT_PAUSE_MS;
      await giveBack(claims);
      for (const claim of claims) done(claim);
    }
  }

  /** What cannot be given back comes again when its lease ends. */
  async function giveBack(claims: Claim[]): Promise<void> {
    const onFault = (fault: unknown) => deps.report.loopFailed('give claims back', fault);
    await deps.queue.release(claims).catch(onFault);
  }

  /** It was loaded, and what there was to do with it is done. */
  function fired(claim: Claimed): void {
    unloadable = null;
    done(claim);
  }

  /** Whether what was claimed may be called still. */
  function mayStart({ lane, leasedAtMs }: Claimed): boolean {
    slots.began(monotonicMs() - leasedAtMs);
    return !stopping && !destinations.isHeld(lane);
  }

  /** Until it is stopped and nothing is in hand any more: that is looked after to the end. */
  async function run(): Promise<void> {
    while (!stopping || inHand.size > 0) {
      isWoken = false;
      const pause = await look().catch(async (thrown: unknown) => {
        deps.report.loopFailed('claim due postbacks', thrown);
        await sleep(FAULT_PAUSE_MS);
        return 0;
      });
      if (pause > 0) await rest(pause);
    }
  }

  const leases = createLeaseKeeper({ ...deps, inHand });
  const care = createShardCare({ ...deps, inHand, onRebuilt: wake });
  deps.queue.onDisconnect(() => {
    care.failed(deps.queue.shards);
    wake();
  });
  // Not before whoever starts it has it.
  const running = Promise.resolve().then(run);
  return {
    poke: wake,
    get inFlight() {
      return inHand.size;
    },
    get workedAtMs() {
      return Math.min(lookedAtMs, unloadable?.sinceMs ?? lookedAtMs);
    },
    get isAtRest() {
      return isAtRest;
    },
    waiting(stuckMs) {
      const isStuck = inHand.size > 0 && monotonicMs() - movedAtMs > stuckMs;
      return isStuck ? {} : onPurpose.waiting;
    },
    async stop() {
      stopping = true;
      wake();
      await running;
      await leases[Symbol.asyncDispose]();
      await care[Symbol.asyncDispose]();
    },
  };
}
