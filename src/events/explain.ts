import type { Decision } from '../postbacks/plan.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import { loadDecidedPostbacks, loadEventFacts } from '../store/events.ts';
import { loadPixels } from '../store/pixels.ts';
import { decidePostback } from './plan-postbacks.ts';

/** One pixel's decision for one event, and the row that came of it; null when there is none. */
export type ExplainedDecision = {
  pixelId: string;
  affiliateId: string;
  decision: Decision;
  postbackId: string | null;
};

/**
 * For every pixel that may answer an event's click: whether it fires and, if not, why. The same pure
 * plan as when the event came in, over the pixels as they are now; a pixel that was made later says so.
 * @returns the decisions by event id, in four statements however many events there are
 */
export async function explainDecisions(
  sql: Sql,
  eventIds: string[],
): Promise<Map<string, ExplainedDecision[]>> {
  const events = await loadEventFacts(sql, eventIds);
  const clickIds = events.flatMap(({ clickId }) => clickId ?? []);
  const clicks = await loadClicks(sql, [...new Set(clickIds)]);
  const affiliateIds = [...clicks.values()].map(({ affiliateId }) => affiliateId);
  const pixels = await loadPixels(sql, [...new Set(affiliateIds)]);
  const rows = await loadDecidedPostbacks(sql, eventIds);

  return new Map(
    events.map((event) => {
      const click = event.clickId === null ? undefined : clicks.get(event.clickId);
      const asked = click ? (pixels.get(click.affiliateId) ?? []) : [];
      const decisions = asked.map((pixel) => ({
        pixelId: pixel.id,
        affiliateId: pixel.affiliateId,
        postbackId: rows.get(`${event.id} ${pixel.id}`) ?? null,
        decision:
          !click || pixel.createdAt > event.receivedAt
            ? ({ fires: false, row: false, reason: 'PIXEL_CREATED_LATER' } as const)
            : decidePostback(pixel, event, click, event.receivedAt),
      }));
      return [event.id, decisions];
    }),
  );
}
