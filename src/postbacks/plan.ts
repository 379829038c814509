/** What planning needs of a pixel. */
export type PlannedPixel = {
  id: string;
  affiliateId: string;
  status: string;
  version: number;
  url: string;
  method: 'GET' | 'POST';
  body: string | null;
  triggerEvent: string;
  scope: string;
  campaignIds: string[];
  statuses: string[];
  unresolved: 'EMPTY' | 'OMIT_PARAM' | 'SKIP' | 'LITERAL';
  required: string[];
  /** Whether it has a secret, for `{sig}` and `hmac`. */
  signed: boolean;
  maxClickAgeSeconds: number | null;
  maxAttempts: number;
  createdAt: Date;
};

/** What planning needs of an event and its click. */
export type PlannedEvent = { type: string; status: string; occurredAt: Date };
export type PlannedClick = { campaignId: string; createdAt: Date };

/**
 * Whether a pixel fires for an event and, if not, why. `row` tells whether the decision is kept as a
 * postback: it is for every pixel whose trigger event matches, so that "why did it not fire?" has an
 * answer in the log.
 */
export type Decision =
  | { fires: true; row: true; reason: null }
  | { fires: false; row: boolean; reason: SkipReason };

export type SkipReason =
  | 'TRIGGER_NOT_MATCHED'
  | 'STATUS_NOT_LISTENED'
  | 'CAMPAIGN_NOT_IN_SCOPE'
  | 'CLICK_TOO_OLD'
  | 'PIXEL_PAUSED'
  | 'PIXEL_PENDING_APPROVAL'
  | 'PIXEL_CREATED_LATER'
  | 'PIXEL_CHANGED_LATER'
  | 'PIXEL_DELETED'
  | 'REQUIRED_VALUE_MISSING'
  | 'UNRESOLVED_PLACEHOLDER'
  | 'UNSAFE_PATH_VALUE'
  | 'URL_TOO_LONG'
  | 'BODY_TOO_LONG'
  | 'TEMPLATE_FAULT';

/**
 * Decides one pixel for one event (domain rules 25 to 28, 31, 37). Values are looked at by the
 * caller: `missing` is its finding, or null when the template can be rendered.
 */
export function decide(
  pixel: PlannedPixel,
  event: PlannedEvent,
  click: PlannedClick,
  missing: (pixel: PlannedPixel) => SkipReason | null,
): Decision {
  if (pixel.triggerEvent !== event.type) return skip('TRIGGER_NOT_MATCHED', false);
  if (pixel.status === 'DELETED') return skip('PIXEL_DELETED', false);
  if (pixel.status === 'PAUSED') return skip('PIXEL_PAUSED');
  if (pixel.status === 'PENDING_APPROVAL') return skip('PIXEL_PENDING_APPROVAL');
  if (!pixel.statuses.includes(event.status)) return skip('STATUS_NOT_LISTENED');
  if (pixel.scope === 'SPECIFIC_CAMPAIGNS' && !pixel.campaignIds.includes(click.campaignId)) {
    return skip('CAMPAIGN_NOT_IN_SCOPE');
  }
  if (isTooOld(pixel, event, click)) return skip('CLICK_TOO_OLD');
  const reason = missing(pixel);
  return reason ? skip(reason) : { fires: true, row: true, reason: null };
}

function isTooOld(pixel: PlannedPixel, event: PlannedEvent, click: PlannedClick): boolean {
  if (pixel.maxClickAgeSeconds === null) return false;
  const ageMs = event.occurredAt.getTime() - click.createdAt.getTime();
  return ageMs > pixel.maxClickAgeSeconds * 1000;
}

function skip(reason: SkipReason, row = true): Decision {
  return { fires: false, row, reason };
}
