import type { Ids } from '../platform/ids.ts';
import { decide, type PlannedPixel } from '../postbacks/plan.ts';
import { findMissingValue } from '../postbacks/render-postback.ts';
import type { ClickFacts } from '../store/clicks.ts';
import type { NewPostback } from '../store/events.ts';

/** What is read of an event when its postbacks are planned. */
export type EventFacts = {
  id: string;
  type: string;
  status: string;
  amount: string | null;
  currency: string | null;
  transactionId: string | null;
  occurredAt: Date;
};

/** The postback rows an event's pixels ask for: one for every pixel whose trigger matches. */
export function planPostbacks(
  event: EventFacts,
  click: ClickFacts,
  pixels: PlannedPixel[],
  ids: Pick<Ids, 'row'>,
  now: Date,
): NewPostback[] {
  return pixels.flatMap((pixel) => {
    const decision = decide(pixel, event, click, () => findMissingValue(pixel, event, click, now));
    if (!decision.row) return [];
    return {
      id: ids.row(),
      eventId: event.id,
      pixelId: pixel.id,
      pixelVersion: pixel.version,
      affiliateId: pixel.affiliateId,
      campaignId: click.campaignId,
      clickId: click.clickId,
      eventType: event.type,
      skipReason: decision.reason,
      maxAttempts: pixel.maxAttempts,
    };
  });
}
