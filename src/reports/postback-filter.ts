import type { Viewer } from '../access/viewer.ts';
import { visibleAffiliateIds } from '../access/visibility.ts';
import type { AttemptRow } from '../store/attempt-log.ts';

/** Which postbacks: all given conditions hold, lists mean "any of", `from`/`to` are half open on `dueAt`. */
export type PostbackFilter = {
  affiliateIds?: string[];
  campaignIds?: string[];
  offerIds?: string[];
  pixelIds?: string[];
  eventTypes?: string[];
  status?: PostbackStatus[];
  /** Classes of the last attempt's answer. */
  statusCodes?: StatusCodeClass[];
  clickId?: string;
  /** The click's `affclickid`, to the letter. */
  affclickid?: string;
  finalUrlContains?: string;
  test?: boolean;
  from?: Date;
  to?: Date;
};

export type PostbackStatus = (typeof POSTBACK_STATUSES)[number];

export const POSTBACK_STATUSES = [
  'SCHEDULED',
  'HELD',
  'RETRYING',
  'DELIVERED',
  'FAILED',
  'SKIPPED',
  'CANCELLED',
] as const;

export const STATUS_CODE_CLASSES = [
  'INFORMATIONAL_1XX',
  'SUCCESS_2XX',
  'REDIRECT_3XX',
  'CLIENT_ERROR_4XX',
  'SERVER_ERROR_5XX',
  'OTHER',
  'NO_ANSWER',
] as const;

export type StatusCodeClass = (typeof STATUS_CODE_CLASSES)[number];

type Attempted = { attemptsMade: number; lastStatusCode: number | null };

/** The class of the last attempt's answer; null when nothing was attempted yet. */
export function statusCodeClassOf({ attemptsMade, lastStatusCode }: Attempted) {
  if (attemptsMade === 0) return null;
  if (lastStatusCode === null) return 'NO_ANSWER';
  const hundreds = Math.floor(lastStatusCode / 100);
  return hundreds >= 1 && hundreds <= 5 ? (STATUS_CODE_CLASSES[hundreds - 1] ?? 'OTHER') : 'OTHER';
}

/**
 * What a viewer reads from the stored state: an open postback is HELD while its destination is, else
 * SCHEDULED until its first attempt.
 */
export function statusOf(postback: {
  state: string;
  attemptsMade: number;
  held: boolean;
}): PostbackStatus {
  if (postback.state !== 'OPEN') return postback.state as PostbackStatus;
  if (postback.held) return 'HELD';
  return postback.attemptsMade === 0 ? 'SCHEDULED' : 'RETRYING';
}

/** The filter, narrowed to the affiliates a viewer may see. */
export function withinVisible(viewer: Viewer, filter: PostbackFilter): PostbackFilter {
  const visible = visibleAffiliateIds(viewer);
  if (visible === null) return filter;
  const asked = filter.affiliateIds;
  return { ...filter, affiliateIds: asked ? asked.filter((id) => visible.includes(id)) : visible };
}

/** The filter as a condition of SQL on `postback p`; `$1` and on are its values. */
export function toSql(filter: PostbackFilter): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const { affiliateIds, campaignIds, pixelIds, eventTypes, status, clickId, from, to } = filter;
  const { offerIds, statusCodes, affclickid } = filter;
  const conditions = [
    offerIds &&
      `p.campaign_id IN (SELECT id FROM campaign WHERE offer_id = ANY(${bind(offerIds)}::uuid[]))`,
    statusCodes && `${STATUS_CODE_CLASS_SQL} = ANY(${bind(statusCodes)}::text[])`,
    affclickid !== undefined &&
      `p.event_id IN (SELECT e.id FROM click c JOIN event e ON e.click_row_id = c.id
                      WHERE c.affclickid = ${bind(affclickid)})`,
    affiliateIds && `p.affiliate_id = ANY(${bind(affiliateIds)}::uuid[])`,
    campaignIds && `p.campaign_id = ANY(${bind(campaignIds)}::uuid[])`,
    pixelIds && `p.pixel_id = ANY(${bind(pixelIds)}::uuid[])`,
    eventTypes && `p.event_type = ANY(${bind(eventTypes)}::text[])`,
    status && statusToSql(status),
    clickId !== undefined && `p.click_id = ${bind(clickId)}`,
    filter.finalUrlContains !== undefined &&
      `strpos(p.final_url, ${bind(filter.finalUrlContains)}) > 0`,
    filter.test !== undefined && `p.test = ${bind(filter.test)}`,
    from && `p.due_at >= ${bind(from)}`,
    to && `p.due_at < ${bind(to)}`,
  ];
  return { where: conditions.filter(Boolean).join(' AND ') || 'true', values };
}

const HELD_SQL = `EXISTS (SELECT 1 FROM pixel_version held_v JOIN destination held_d ON held_d.id = held_v.destination_id
    WHERE held_v.pixel_id = p.pixel_id AND held_v.version = p.pixel_version AND held_d.held_until IS NOT NULL)`;

/** `statusOf` in SQL. */
export const STATUS_SQL = `CASE WHEN p.state <> 'OPEN' THEN p.state::text
  WHEN ${HELD_SQL} THEN 'HELD'
  WHEN p.attempts_made = 0 THEN 'SCHEDULED' ELSE 'RETRYING' END`;

/** Each status by the columns it follows from, written out: that is what partial indexes are known by. */
const STATUS_CONDITIONS: Record<PostbackStatus, string> = {
  SCHEDULED: `p.state = 'OPEN' AND p.attempts_made = 0 AND NOT ${HELD_SQL}`,
  HELD: `p.state = 'OPEN' AND ${HELD_SQL}`,
  RETRYING: `p.state = 'OPEN' AND p.attempts_made > 0 AND NOT ${HELD_SQL}`,
  DELIVERED: `p.state = 'DELIVERED'`,
  FAILED: `p.state = 'FAILED'`,
  SKIPPED: `p.state = 'SKIPPED'`,
  CANCELLED: `p.state = 'CANCELLED'`,
};

function statusToSql(wanted: readonly PostbackStatus[]): string {
  const conditions = [...new Set(wanted)].map((status) => `(${STATUS_CONDITIONS[status]})`);
  return conditions.length > 0 ? `(${conditions.join(' OR ')})` : 'false';
}

/** `statusCodeClassOf` in SQL. */
export const STATUS_CODE_CLASS_SQL = `CASE WHEN p.attempts_made = 0 THEN NULL
  WHEN p.last_status_code IS NULL THEN 'NO_ANSWER'
  ELSE coalesce((ARRAY['INFORMATIONAL_1XX', 'SUCCESS_2XX', 'REDIRECT_3XX', 'CLIENT_ERROR_4XX', 'SERVER_ERROR_5XX'])
    [p.last_status_code / 100], 'OTHER') END`;

/** Whether a row of the live log passes the filter. */
export function matchesFilter(filter: PostbackFilter, row: AttemptRow): boolean {
  const { affiliateIds, campaignIds, pixelIds, eventTypes, status, clickId, from, to } = filter;
  const { offerIds, statusCodes, affclickid } = filter;
  const answered = statusCodeClassOf(row);
  return (
    (!offerIds || (row.offerId !== null && offerIds.includes(row.offerId))) &&
    (!statusCodes || (answered !== null && statusCodes.includes(answered))) &&
    (affclickid === undefined || row.affclickid === affclickid) &&
    (!affiliateIds || affiliateIds.includes(row.affiliateId)) &&
    (!campaignIds || (row.campaignId !== null && campaignIds.includes(row.campaignId))) &&
    (!pixelIds || pixelIds.includes(row.pixelId)) &&
    (!eventTypes || eventTypes.includes(row.eventType)) &&
    (!status || status.includes(statusOf(row))) &&
    (clickId === undefined || row.clickId === clickId) &&
    (filter.finalUrlContains === undefined ||
      (row.finalUrl?.includes(filter.finalUrlContains) ?? false)) &&
    (filter.test === undefined || row.test === filter.test) &&
    (!from || row.dueAt >= from) &&
    (!to || row.dueAt < to)
  );
}
