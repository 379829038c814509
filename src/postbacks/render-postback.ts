import { LRUCache } from 'lru-cache';
import { percentEncode } from '../clicks/raw-query.ts';
import type { KeptValue } from '../pixels/kept.ts';
import { findPlaceholder } from '../pixels/placeholders.ts';
import { type Rendering, type RenderOptions, renderTemplate } from '../pixels/render.ts';
import {
  type BodyTemplate,
  parseBody,
  type RenderedBody,
  renderBody,
} from '../pixels/render-body.ts';
import { SAMPLE_SECRET } from '../pixels/secrets.ts';
import { parseTemplate, type Template } from '../pixels/template.ts';
import { type EventFacts, type PlaceholderValues, placeholderValues } from '../pixels/values.ts';
import type { ClickFacts } from '../store/clicks.ts';
import type { LoadedPostback } from '../store/postbacks.ts';
import type { PlannedPixel, SkipReason } from './plan.ts';

type RenderedPixel = Pick<PlannedPixel, 'url' | 'body' | 'unresolved' | 'required'>;

/** What is called, with the body of a POST, or why nothing is. `kept`: of both, each once. */
export type PostbackRendering =
  | (Extract<Rendering, { kind: 'rendered' }> & { body: RenderedBody | null })
  | Extract<Rendering, { kind: 'skipped' }>;

// What is stored was accepted for a pixel with or without a secret; rendering looks at the secret itself.
const STORED = { hasSecret: true, mayBeStatic: true };
const urlTemplate = parsedOnce<Template>((text) => parseTemplate(text, STORED));
const bodyTemplate = parsedOnce<BodyTemplate>((text) => parseBody(text, STORED));

/**
 * The final URL and body of a postback's next attempt, and where each value came from.
 * @param secret the newest of its pixel, for `{sig}` and `hmac`; null when it is not signed
 * @param kept what the attempt kept that is asked about; null for one that is made now
 */
export function renderPostback(
  postback: LoadedPostback,
  fireTime: Date,
  secret: string | null,
  kept: readonly KeptValue[] | null = null,
): PostbackRendering {
  const { click, event } = postback;
  const real = valuesOf(event, click, {
    postbackId: postback.id,
    attempt: postback.attemptsMade + 1,
    fireTime,
    test: postback.test,
    ownerAffid: postback.ownerAffid,
  });
  const values = click === null && postback.test ? samplesAround(real) : real;
  return renderPixel({ ...postback, secret, kept }, values);
}

/**
 * Why a pixel's template cannot be called for this event, or null when it can: looked at when the
 * postback is planned, so that the log tells at once what will not be sent.
 */
export function findMissingValue(
  pixel: RenderedPixel & { signed: boolean },
  event: EventFacts,
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
  // Which secret it will be does not matter here, only that there is one.
  const secret = pixel.signed ? SAMPLE_SECRET : null;
  const rendering = renderPixel({ ...pixel, secret }, values);
  return rendering.kind === 'skipped' ? rendering.reason : null;
}

function renderPixel(
  pixel: RenderedPixel & Pick<RenderOptions, 'secret' | 'kept'>,
  values: PlaceholderValues,
): PostbackRendering {
  const url = urlTemplate(pixel.url);
  const body = pixel.body === null ? null : bodyTemplate(pixel.body);
  return renderCall({ url, body }, values, pixel);
}

/** URL and body by the same policies: what either lacks, the postback lacks. */
export function renderCall(
  templates: { url: Template; body: BodyTemplate | null },
  found: PlaceholderValues,
  pixel: RenderOptions,
): PostbackRendering {
  const rendering = renderTemplate(templates.url, found, pixel);
  if (rendering.kind === 'skipped') return rendering;
  const body = templates.body === null ? null : renderBody(templates.body, found, pixel);
  if (body === null) return { ...rendering, body };
  if (body.kind === 'skipped') {
    return { ...body, values: [...rendering.values, ...body.values] };
  }
  const unresolved = [...new Set([...rendering.unresolved, ...body.unresolved])];
  const kept = new Map([...rendering.kept, ...body.kept].map((value) => [value[0], value]));
  const values = [...rendering.values, ...body.values];
  const both = { unresolved, values, kept: [...kept.values()] };
  if (pixel.unresolved === 'SKIP' && unresolved.length > 0) {
    const reason = 'UNRESOLVED_PLACEHOLDER';
    return { kind: 'skipped', reason, names: unresolved, values };
  }
  return { ...rendering, ...both, body };
}

/**
 * Templates are few beside the postbacks made from them; parsing one costs more than rendering it. A
 * stored one was accepted when it was saved: one that is no longer is a fault, not an input.
 */
function parsedOnce<Parsed extends object>(
  parse: (
    text: string,
  ) => { ok: true; template: Parsed } | { ok: false; refusals: { message: string }[] },
): (text: string) => Parsed {
  const templates = new LRUCache<string, Parsed>({ max: 10_000 });
  return (text) => {
    const known = templates.get(text);
    if (known) return known;
    const reading = parse(text);
    if (!reading.ok)
      throw new Error(`a stored template is refused: ${reading.refusals[0]?.message}`);
    templates.set(text, reading.template);
    return reading.template;
  };
}

/**
 * The catalogue's samples; a name it does not know shows itself, as an entry parameter would. `{sig}` has
 * none: it is computed with `SAMPLE_SECRET`.
 */
export const sampleValues: PlaceholderValues = (name) => {
  const found = findPlaceholder(name);
  if (!found) return { raw: percentEncode(name), source: 'entry' };
  const { name: canonical, sample, source } = found.placeholder;
  return canonical === 'sig' ? null : { raw: sample, source };
};

/** A test fire without a click: samples, but its own id, time and `{test}` are real. */
function samplesAround(real: PlaceholderValues): PlaceholderValues {
  return (name) => {
    const source = findPlaceholder(name)?.placeholder.source;
    return source === 'delivery' ? real(name) : sampleValues(name);
  };
}

type Delivery = {
  postbackId: string;
  attempt: number;
  fireTime: Date;
  test: boolean;
  /** Used when there is no click: `{affid}` is then the pixel's owner. */
  ownerAffid: string;
};

export function valuesOf(
  event: EventFacts,
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
    referrer: click?.referrer ?? null,
    language: click?.language ?? null,
    country: click?.country ?? null,
    region: click?.region ?? null,
    city: click?.city ?? null,
  });
}
