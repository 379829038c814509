import type { Decision } from '../postbacks/plan.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import type { Event } from '../store/generated/client/client.ts';
import { loadPixels } from '../store/pixels.ts';
import { decidePostback } from './plan-postbacks.ts';

type ExplainedEvent = Pick<
  Event,
  'id' | 'type' | 'status' | 'amount' | 'currency' | 'transactionId' | 'occurredAt' | 'receivedAt'
>;

/**
 * For every pixel that may answer an event's click: whether it fires and, if not, why. The same pure
 * plan as when the event came in, over the pixels as they are now; a pixel that was made later says so.
 */
export async function explainDecisions(
  sql: Sql,
  event: ExplainedEvent,
  clickId: string | null,
): Promise<{ pixelId: string; affiliateId: string; decision: Decision }[]> {
  const click = clickId === null ? undefined : (await loadClicks(sql, [clickId])).get(clickId);
  if (!click) return [];
  const pixels = (await loadPixels(sql, [click.affiliateId])).get(click.affiliateId) ?? [];
  const facts = { ...event, amount: event.amount?.toFixed() ?? null };
  return pixels.map((pixel) => ({
    pixelId: pixel.id,
    affiliateId: pixel.affiliateId,
    decision:
      pixel.createdAt > event.receivedAt
        ? { fires: false, row: false, reason: 'PIXEL_CREATED_LATER' }
        : decidePostback(pixel, facts, click, event.receivedAt),
  }));
}
