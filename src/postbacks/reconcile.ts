import type { DueItem } from '../queue/delayed-queue.ts';
import type { DuePostback, OpenPage } from '../store/postbacks.ts';

type Deps = {
  /** One page of open postbacks, in id order. */
  page: (page: OpenPage) => Promise<DuePostback[]>;
  queue: {
    /** Adds ids that are not there; those that are keep their time or lease. */
    schedule(items: DueItem[]): Promise<unknown>;
    setEpoch(shards?: number[]): Promise<void>;
  };
};

export type Reconcile = {
  /** Puts every open postback of the horizon back, then opens the shards (default all) for claims. */
  rebuild(shards?: number[]): Promise<number>;
  /** Puts back what is overdue and missing: a schedule that Redis never got. */
  sweep(): Promise<number>;
  /** Puts back what comes due within the horizon. */
  load(): Promise<number>;
};

/** Redis holds what is due within ten minutes, the loader runs each minute (delivery.md b1.6). */
const HORIZON_MS = 11 * 60_000;
/** Younger overdue rows are most likely being fired right now. */
const OVERDUE_MS = 1_000;
const COMING = { horizonMs: HORIZON_MS, withHeld: true };
const PAGE = 5_000;

/** PostgreSQL is the truth: what it holds and Redis does not is put back, whoever lost it. */
export function createReconcile({ page, queue }: Deps): Reconcile {
  async function putBack(
    which: Pick<OpenPage, 'horizonMs' | 'withHeld'>,
    pages: number,
  ): Promise<number> {
    let after: string | null = null;
    let count = 0;
    for (let turn = 0; turn < pages; turn += 1) {
      const rows: DuePostback[] = await page({ ...which, after, limit: PAGE });
      await queue.schedule(
        rows.map(({ id, affiliateId, destinationId, dueAtMs }) => ({
          ...{ id, group: affiliateId, lane: destinationId, dueAtMs },
        })),
      );
      count += rows.length;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) break;
      after = last.id;
    }
    return count;
  }

  return {
    async rebuild(shards) {
      const count = await putBack(COMING, Number.POSITIVE_INFINITY);
      await queue.setEpoch(shards);
      return count;
    },
    // What is held stays overdue for long: it would crowd out what was missed, and the loader sees it too.
    sweep: () => putBack({ horizonMs: -OVERDUE_MS, withHeld: false }, 1),
    load: () => putBack(COMING, Number.POSITIVE_INFINITY),
  };
}
