import type { EventFacts } from '../pixels/values.ts';
import type { Ids } from '../platform/ids.ts';
import { type Decision, decide, type PlannedPixel } from '../postbacks/plan.ts';
import { findMissingValue } from '../postbacks/render-postback.ts';
import type { ClickFacts } from '../store/clicks.ts';
import type { NewPostback } from '../store/events.ts';

/** The postback rows an event's pixels ask for: one for every pixel whose trigger matches. */
export function planPostbacks(
  event: EventFacts,
  click: ClickFacts,
  pixels: PlannedPixel[],
  ids: Pick<Ids, 'row'>,
  now: Date,
): NewPostback[] {
  return pixels.flatMap((pixel) => {
    const decision = decidePostback(pixel, event, click, now);
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

/**
 * Decides one pixel, its template included. Never throws: reports of many callers are planned together,
 * and a pixel that cannot be decided must not refuse them all.
 */
export function decidePostback(
  pixel: PlannedPixel,
  event: EventFacts,
  click: ClickFacts,
  now: Date,
): Decision {
  try {
    return decide(pixel, event, click, () => findMissingValue(pixel, event, click, now));
  } catch {
    return { fires: false, row: true, reason: 'TEMPLATE_FAULT' };
  }
}
