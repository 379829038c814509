import type { PlannedPixel, SkipReason } from '../postbacks/plan.ts';
import { type ClickFacts, loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import {
  type DecidedPostback,
  type EventToExplain,
  loadDecidedPostbacks,
  loadEventFacts,
} from '../store/events.ts';
import { loadPixels } from '../store/pixels.ts';
import { decidePostback } from './plan-postbacks.ts';

/** One pixel's decision for one event, and the row that came of it; null when there is none. */
export type ExplainedDecision = {
  pixelId: string;
  affiliateId: string;
  fires: boolean;
  /** Null when it fires. */
  reason: string | null;
  postbackId: string | null;
};

/**
 * For every pixel that may answer an event's click: whether it fires and, if not, why. A pixel with a row
 * tells what was decided then, whatever it is by now; those come first. Any other one is looked at by the
 * same pure plan as when an event comes in. Deleted pixels without a row are told when they could have
 * been meant: made before the event, and with its type as their trigger. A test fire decides nothing.
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
  const pixels = await loadPixels(sql, [...new Set(affiliateIds)], { withDeleted: true });
  const rows = await loadDecidedPostbacks(sql, eventIds);

  return new Map(
    events.map((event) => {
      if (event.test) return [event.id, []];
      const click = event.clickId === null ? undefined : clicks.get(event.clickId);
      const decided = rows.get(event.id) ?? [];
      const others = (click ? (pixels.get(click.affiliateId) ?? []) : []).filter(
        ({ id }) => !decided.some(({ pixelId }) => pixelId === id),
      );
      const explained = others.flatMap((pixel) => {
        const reason = click ? whyNoRow(pixel, event, click) : null;
        const { id, affiliateId } = pixel;
        return reason ? { pixelId: id, affiliateId, fires: false, reason, postbackId: null } : [];
      });
      return [event.id, [...decided.map(fromRow), ...explained]];
    }),
  );
}

function fromRow({ id, pixelId, affiliateId, skipReason }: DecidedPostback): ExplainedDecision {
  return { pixelId, affiliateId, fires: skipReason === null, reason: skipReason, postbackId: id };
}

/** Null for a pixel that says nothing about the event. */
function whyNoRow(pixel: PlannedPixel, event: EventToExplain, click: ClickFacts) {
  const isLater = pixel.createdAt > event.receivedAt;
  const isDeleted = pixel.status === 'DELETED';
  if (isDeleted && (isLater || pixel.triggerEvent !== event.type)) return null;
  if (isLater) return 'PIXEL_CREATED_LATER' satisfies SkipReason;
  const decision = decidePostback(pixel, event, click, event.receivedAt);
  // Whatever matches when an event comes in gets a row: this one was changed to match since.
  return decision.row ? ('PIXEL_CHANGED_LATER' satisfies SkipReason) : decision.reason;
}
