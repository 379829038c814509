import { planPostbacks } from '../events/plan-postbacks.ts';
import type { Ids } from '../platform/ids.ts';
import {
  type BackfillScope,
  countBackfillEvents,
  loadBackfillEvents,
  loadDecided,
} from '../store/backfill-events.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import { addCounts, type JobPostback, type SkipCounts } from '../store/jobs.ts';
import { loadPixel } from '../store/pixels.ts';

type Deps = { ids: Pick<Ids, 'row'>; now: Date };

/** One page of a backfill: what would be, or is, made of it. */
export type BackfillPage = {
  looked: number;
  postbacks: JobPostback[];
  skipped: SkipCounts;
  /** The last event looked at; null when there was none. */
  position: string | null;
};

/** What a window asks of a pixel; null when the pixel was deleted meanwhile. */
export async function backfillScope(
  sql: Sql,
  pixelId: string,
  window: { from: Date; to: Date },
): Promise<BackfillScope | null> {
  const pixel = await loadPixel(sql, pixelId);
  if (!pixel) return null;
  const { triggerEvent, affiliateId, includeSubPartners } = pixel;
  return { type: triggerEvent, affiliateId, includeSubPartners, ...window };
}

/**
 * Decides the next events by the same plan as when an event comes in, with the pixel as it is now. Only
 * what fires becomes a postback; the rest is counted by reason.
 */
export async function planBackfillPage(
  { ids, now }: Deps,
  sql: Sql,
  pixelId: string,
  scope: BackfillScope,
  after: string | null,
  limit: number,
): Promise<BackfillPage> {
  const pixel = await loadPixel(sql, pixelId);
  const events = pixel ? await loadBackfillEvents(sql, scope, after, limit) : [];
  const decided = await loadDecided(
    sql,
    pixelId,
    events.map(({ id }) => id),
  );
  const clicks = await loadClicks(
    sql,
    events.map(({ clickId }) => clickId),
  );
  let skipped: SkipCounts = {};
  const postbacks: JobPostback[] = [];
  for (const event of events) {
    const click = clicks.get(event.clickId);
    if (!pixel || !click) continue;
    if (decided.has(event.id)) {
      skipped = addCounts(skipped, { ALREADY_DECIDED: 1 });
      continue;
    }
    for (const planned of planPostbacks(event, click, [pixel], ids, now)) {
      const { skipReason, ...postback } = planned;
      if (skipReason === null) postbacks.push({ ...postback, replayOfId: null });
      else skipped = addCounts(skipped, { [skipReason]: 1 });
    }
  }
  return { looked: events.length, postbacks, skipped, position: events.at(-1)?.id ?? null };
}

/** What a backfill would do. `exact` is false when only the first `limit` events were decided. */
export type BackfillPlan = {
  total: number;
  wouldCreate: number;
  skipped: SkipCounts;
  exact: boolean;
};

const PAGE = 1_000;

/** Counts what a backfill would make, deciding the first `limit` events one by one. */
export async function planBackfill(
  deps: Deps,
  sql: Sql,
  pixelId: string,
  scope: BackfillScope,
  limit: number,
): Promise<BackfillPlan> {
  const total = await countBackfillEvents(sql, scope);
  const plan: BackfillPlan = { total, wouldCreate: 0, skipped: {}, exact: total <= limit };
  let position: string | null = null;
  for (let looked = 0; looked < Math.min(total, limit); ) {
    const page: BackfillPage = await planBackfillPage(deps, sql, pixelId, scope, position, PAGE);
    if (page.looked === 0) break;
    plan.wouldCreate += page.postbacks.length;
    plan.skipped = addCounts(plan.skipped, page.skipped);
    position = page.position;
    looked += page.looked;
  }
  return plan;
}
