import { setTimeout as sleep } from 'node:timers/promises';
import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { DueItem } from '../queue/rebuild.ts';
import type { DuePostback, OpenPage } from '../store/open-postbacks.ts';

type Deps = {
  /** One page of open postbacks, in due order. */
  page: (page: OpenPage) => Promise<DuePostback[]>;
  /** Ids of all affiliates. */
  affiliateIds: () => Promise<string[]>;
  queue: Pick<
    DelayedQueue,
    'shards' | 'shardOf' | 'lostShards' | 'startRebuild' | 'putBack' | 'setEpoch'
  >;
  /** Runs something for those of the shards that nobody else runs it for. */
  exclusively: <Result>(
    shards: readonly number[],
    work: (mine: number[]) => Promise<Result>,
  ) => Promise<Result>;
  makeToken: () => string;
  leaseMs: number;
  /** Milliseconds that only ever grow, and with the clock that tests move. */
  nowMs: () => number;
  /** Waits for so many ms; for tests. */
  pause?: (ms: number) => Promise<unknown>;
};

/** Which shards are open again, and how many postbacks were put back. */
export type Rebuilt = { opened: number[]; count: number };

export type Reconcile = {
  /** What a worker begins with: rebuilds what Redis lost, and puts back what else is missing. */
  start(): Promise<number>;
  /**
   * Puts every open postback of the horizon back into shards that lost their data, then opens them for
   * claims. Shards that another worker rebuilds are left to it.
   */
  rebuild(shards: readonly number[]): Promise<Rebuilt>;
  /** Puts back what came due since the last time and is missing: a schedule that Redis never got. */
  sweep(): Promise<number>;
  /** Puts back what is due within the horizon and is missing, whoever lost it. */
  load(): Promise<number>;
};

/** Redis holds what is due within ten minutes; what is due later waits in PostgreSQL (delivery.md b1.6). */
export const HORIZON_MS = 10 * 60_000;
/** The loader runs each minute, and looks this far. */
const LOADED_MS = 11 * 60_000;
/** Younger overdue rows are most likely being fired right now. */
const OVERDUE_MS = 1_000;
/** A row may be committed so long after its time was set: the longest statement. */
const COMMIT_LAG_MS = 30_000;
const PAGE = 5_000;
/**
 * Within this every living worker has leased again what it has in hand, also one that has to connect again (at most 1.5 s after
 * another one, as a rule 1 s), looks four times a second, or pauses after a fault (0.5 s).
 */
export const LOOKED_WITHIN_MS = 2_000;

/** PostgreSQL is the truth: what it holds and Redis does not is put back, whoever lost it. */
export function createReconcile(deps: Deps): Reconcile {
  const { page, queue, leaseMs, nowMs, pause = sleep } = deps;
  let sweptAtMs = nowMs();

  /** Pages through open postbacks; `put` answers whether there is any use in going on. */
  async function each(
    which: Partial<OpenPage>,
    put: (rows: DuePostback[]) => Promise<boolean>,
  ): Promise<number> {
    const all = { horizonMs: LOADED_MS, sinceMs: null, affiliateIds: null, limit: PAGE };
    let count = 0;
    for (let after: OpenPage['after'] = null; ; ) {
      const rows: DuePostback[] = await page({ ...all, ...which, after });
      const goOn = await put(rows);
      count += rows.length;
      after = rows.at(-1) ?? null;
      if (!goOn || rows.length < PAGE) return count;
    }
  }

  async function putBack(rows: DuePostback[]): Promise<boolean> {
    await queue.putBack(rows.map(toItem));
    return true;
  }

  async function rebuildMine(mine: number[]): Promise<Rebuilt> {
    const lost = new Set(await queue.lostShards());
    // Somebody else may have been faster, all the way.
    let rebuilding = mine.filter((shard) => lost.has(shard));
    if (rebuilding.length === 0) return { opened: [], count: 0 };
    const startedAtMs = nowMs();
    const token = deps.makeToken();
    await queue.startRebuild(rebuilding, token);
    let mayBeInFlight = false;
    const count = await each(await whichOf(rebuilding), async (rows) => {
      mayBeInFlight ||= rows.some(({ overdueMs }) => overdueMs >= leaseMs);
      const items = rows
        .map((row) => ({ ...toItem(row), dueAtMs: row.dueAtMs + mayBeLeasedFor(row, leaseMs) }))
        .filter(({ group }) => rebuilding.includes(queue.shardOf(group)));
      const wiped = await queue.putBack(items, token);
      rebuilding = rebuilding.filter((shard) => !wiped.includes(shard));
      return rebuilding.length > 0;
    });
    // What has been due for longer is due at once: whoever has it in hand must have said so.
    if (mayBeInFlight) await pause(Math.max(0, LOOKED_WITHIN_MS - (nowMs() - startedAtMs)));
    // What was wiped meanwhile stays closed: the next look at it begins anew.
    const closed = await queue.setEpoch(rebuilding, token);
    return { opened: rebuilding.filter((shard) => !closed.includes(shard)), count };
  }

  /** With all shards lost every row is wanted; else only those of affiliates that live there. */
  async function whichOf(shards: number[]): Promise<Partial<OpenPage>> {
    if (shards.length === queue.shards.length) return {};
    const ids = await deps.affiliateIds();
    return { affiliateIds: ids.filter((id) => shards.includes(queue.shardOf(id))) };
  }

  const rebuild = (shards: readonly number[]) => deps.exclusively(shards, rebuildMine);
  const load = () => each({}, putBack);

  return {
    async start() {
      const lost = await queue.lostShards();
      const rebuilt = lost.length > 0 ? (await rebuild(lost)).count : 0;
      return lost.length === queue.shards.length ? rebuilt : rebuilt + (await load());
    },
    rebuild,
    async sweep() {
      const sinceMs = nowMs() - sweptAtMs + OVERDUE_MS + COMMIT_LAG_MS;
      const startedAtMs = nowMs();
      const count = await each({ horizonMs: -OVERDUE_MS, sinceMs }, putBack);
      sweptAtMs = startedAtMs;
      return count;
    },
    load,
  };
}

function toItem({ id, affiliateId, destinationId, dueAtMs }: DuePostback): DueItem {
  return { id, group: affiliateId, lane: destinationId, dueAtMs };
}

/**
 * What came due less than a lease ago may be under way at a worker that cannot say so, and is not fired
 * before that one's lease would have ended (delivery.md b7.2).
 */
function mayBeLeasedFor({ overdueMs }: DuePostback, leaseMs: number): number {
  return overdueMs > 0 && overdueMs < leaseMs ? leaseMs : 0;
}
