import type { Report } from '../platform/report.ts';
import type { Claimed, Fire } from './fire.ts';

type Deps = {
  queue: {
    claimDue(
      want: number,
      pausedGroups: Iterable<string>,
      perGroup: number,
    ): Promise<{ claims: Claimed[]; lostShards: number[]; nextDueInMs: number | null }>;
  };
  fire: Pick<Fire, 'fireClaims'>;
  /** Refills shards that Redis lost and opens them again. */
  rebuild: (shards: number[]) => Promise<void>;
  /** Milliseconds that only ever grow: by them a claim gets old. */
  monotonicMs: () => number;
  report: Pick<Report, 'loopFailed'>;
  /** Attempts under way at most. */
  maxInFlight?: number;
  /** Attempts under way for one affiliate at most: a slow receiver holds no more of the slots. */
  maxPerAffiliate?: number;
};

export type FiringLoop = {
  /** Looks at the queue now instead of at the end of its sleep. */
  poke(): void;
  readonly inFlight: number;
  /** Stops claiming and resolves when nothing is in flight any more. */
  stop(): Promise<void>;
};

/** The queue is looked at this often even when nothing is said to be due (delivery.md b4). */
const IDLE_MS = 250;
/** After a fault of Redis or the database, before the next look. */
const FAULT_PAUSE_MS = 500;
/** One claim: a Lua call of about a millisecond (delivery.md b3). */
const BATCH = 400;

/**
 * Claims what is due and fires it, as many at a time as there are slots; sleeps until the next due
 * time. Polling instead of blocking commands: those can hang after a reconnect (delivery.md b4).
 */
export function startFiringLoop(deps: Deps): FiringLoop {
  const { maxInFlight = 512, maxPerAffiliate = 64 } = deps;
  // Whoever holds half or less may claim as much again, so nobody ever holds more than all.
  const half = Math.floor(maxPerAffiliate / 2);
  const busy = new Map<string, number>();
  const inHand = new Set<string>();
  let stopping = false;
  let wake = () => {};

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function done(claim: Claimed): void {
    inHand.delete(claim.id);
    const left = (busy.get(claim.group) ?? 1) - 1;
    if (left > 0) busy.set(claim.group, left);
    else busy.delete(claim.group);
    // Only a freed slot that somebody may wait for is worth a look at the queue.
    if (inHand.size === maxInFlight - 1 || left === half || stopping) wake();
  }

  /** One look at the queue; returns how long nothing new can be due. */
  async function look(): Promise<number> {
    const full = [...busy].filter(([, held]) => held > half).map(([group]) => group);
    const want = Math.min(BATCH, maxInFlight - inHand.size);
    if (want <= 0) return IDLE_MS;
    // Before the claim: its answer may take long, and the lease runs from when Redis gave it.
    const claimedAtMs = deps.monotonicMs();
    const { claims, lostShards, nextDueInMs } = await deps.queue.claimDue(want, full, half);
    // After a loss of Redis the rebuild brings back what is under way here: its call is not repeated,
    // and the new lease ends by itself.
    const fresh = claims.filter(({ id }) => !inHand.has(id));
    for (const { id, group } of fresh) {
      inHand.add(id);
      busy.set(group, (busy.get(group) ?? 0) + 1);
    }
    if (fresh.length > 0) void fireAll(fresh, claimedAtMs);
    if (lostShards.length > 0) await deps.rebuild(lostShards);
    // A group that gave all it was asked for may have more, and so may a full batch.
    const counts = Object.values(Object.groupBy(claims, ({ group }) => group));
    const mayHaveMore = claims.length === want || counts.some((it) => it?.length === half);
    if (mayHaveMore || lostShards.length > 0) return 0;
    return Math.min(IDLE_MS, nextDueInMs ?? IDLE_MS);
  }

  async function fireAll(claims: Claimed[], claimedAtMs: number): Promise<void> {
    const open = new Set(claims);
    const finish = (claim: Claimed) => {
      if (open.delete(claim)) done(claim);
    };
    try {
      await deps.fire.fireClaims(claims, claimedAtMs, finish);
    } catch (thrown) {
      deps.report.loopFailed('load claimed postbacks', thrown);
      for (const claim of [...open]) finish(claim);
    }
  }

  async function run(): Promise<void> {
    while (!stopping) {
      const pause = await look().catch((thrown: unknown) => {
        deps.report.loopFailed('claim due postbacks', thrown);
        return FAULT_PAUSE_MS;
      });
      if (!stopping && pause > 0) await sleep(pause);
    }
    while (inHand.size > 0) await sleep(IDLE_MS);
  }

  const running = run();
  return {
    poke: () => wake(),
    get inFlight() {
      return inHand.size;
    },
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}
