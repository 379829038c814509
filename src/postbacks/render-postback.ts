import { LRUCache } from 'lru-cache';
import { percentEncode } from '../clicks/raw-query.ts';
import { findPlaceholder } from '../pixels/placeholders.ts';
import { type Rendering, renderTemplate } from '../pixels/render.ts';
import { parseTemplate, type Template } from '../pixels/template.ts';
import { type PlaceholderValues, placeholderValues } from '../pixels/values.ts';
import type { ClickFacts } from '../store/clicks.ts';
import type { LoadedPostback } from '../store/postbacks.ts';
import type { PlannedPixel, SkipReason } from './plan.ts';

type EventValues = {
  id: string;
  type: string;
  status: string;
  amount: string | null;
  currency: string | null;
  transactionId: string | null;
  occurredAt: Date;
};

type RenderedPixel = Pick<PlannedPixel, 'url' | 'unresolved' | 'required'>;

/** Templates are few beside the postbacks made from them; parsing one costs more than rendering it. */
const templates = new LRUCache<string, Template>({ max: 10_000 });

/** A stored template was accepted when it was saved; one that is no longer is a fault, not an input. */
function parsedTemplate(url: string): Template {
  const known = templates.get(url);
  if (known) return known;
  const reading = parseTemplate(url);
  if (!reading.ok) throw new Error(`a stored template is refused: ${reading.refusals[0]?.message}`);
  templates.set(url, reading.template);
  return reading.template;
}

/** The final URL of a postback's next attempt, and where each value came from. */
export function renderPostback(postback: LoadedPostback, fireTime: Date): Rendering {
  const { click, event } = postback;
  const values =
    click === null && postback.test
      ? sampleValues
      : valuesOf(event, click, {
          postbackId: postback.id,
          attempt: postback.attemptsMade + 1,
          fireTime,
          test: postback.test,
          ownerAffid: postback.ownerAffid,
        });
  return renderTemplate(parsedTemplate(postback.url), values, postback);
}

/**
 * Why a pixel's template cannot be called for this event, or null when it can: looked at when the
 * postback is planned, so that the log tells at once what will not be sent.
 */
export function findMissingValue(
  pixel: RenderedPixel,
  event: EventValues,
  click: ClickFacts,
  now: Date,
): SkipReason | null {
  const values = valuesOf(event, click, {
    postbackId: event.id,
    attempt: 1,
    fireTime: now,
    test: false,
    ownerAffid: click.affid,
  });
  const rendering = renderTemplate(parsedTemplate(pixel.url), values, pixel);
  return rendering.kind === 'skipped' ? rendering.reason : null;
}

/** The catalogue's samples; a name it does not know shows itself, as an entry parameter would. */
export const sampleValues: PlaceholderValues = (name) => {
  const found = findPlaceholder(name);
  if (!found) return { raw: percentEncode(name), source: 'entry' };
  return { raw: found.placeholder.sample, source: found.placeholder.source };
};

type Delivery = {
  postbackId: string;
  attempt: number;
  fireTime: Date;
  test: boolean;
  /** Used when there is no click: `{affid}` is then the pixel's owner. */
  ownerAffid: string;
};

export function valuesOf(
  event: EventValues,
  click: ClickFacts | null,
  { ownerAffid, ...delivery }: Delivery,
): PlaceholderValues {
  return placeholderValues({
    ...delivery,
    event,
    affid: click?.affid ?? ownerAffid,
    partnerType: click?.affiliateKind ?? null,
    campaign: click?.campaign ?? null,
    campaignName: click?.campaignName ?? null,
    offerId: click?.offer ?? null,
    offerName: click?.offerName ?? null,
    clickId: click?.clickId ?? null,
    clickTime: click?.createdAt ?? null,
    entryParameters: click?.parameters ?? [],
    ip: click?.ip ?? null,
    userAgent: click?.userAgent ?? null,
  });
}
