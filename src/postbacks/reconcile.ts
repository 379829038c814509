import type { DuePostback } from '../store/postbacks.ts';

type Deps = {
  /** One page of open postbacks due before `horizonMs` from now, in id order. */
  page: (horizonMs: number, after: string | null, limit: number) => Promise<DuePostback[]>;
  queue: {
    /** Adds ids that are not there; those that are keep their time or lease. */
    schedule(items: { id: string; group: string; dueAtMs: number }[]): Promise<unknown>;
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
const PAGE = 5_000;

/** PostgreSQL is the truth: what it holds and Redis does not is put back, whoever lost it. */
export function createReconcile({ page, queue }: Deps): Reconcile {
  async function putBack(horizonMs: number, pages: number): Promise<number> {
    let after: string | null = null;
    let count = 0;
    for (let turn = 0; turn < pages; turn += 1) {
      const rows: DuePostback[] = await page(horizonMs, after, PAGE);
      await queue.schedule(
        rows.map(({ id, affiliateId, dueAtMs }) => ({ id, group: affiliateId, dueAtMs })),
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
      const count = await putBack(HORIZON_MS, Number.POSITIVE_INFINITY);
      await queue.setEpoch(shards);
      return count;
    },
    sweep: () => putBack(-OVERDUE_MS, 1),
    load: () => putBack(HORIZON_MS, Number.POSITIVE_INFINITY),
  };
}
