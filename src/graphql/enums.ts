import type { EVENT_STATUSES } from '../events/event-input.ts';
import type { AFFILIATE_PERMISSIONS } from '../pixels/permissions.ts';
import type { POSTBACK_STATUSES, STATUS_CODE_CLASSES } from '../reports/postback-filter.ts';
import { builder } from './builder.ts';

export const AffiliateKind = builder.enumType('AffiliateKind', {
  description: 'What kind of partner an affiliate is.',
  values: {
    AFFILIATE: { description: 'Sends traffic itself.' },
    IB: { description: 'Introducing broker: may have affiliates below it and sees their rows.' },
  } as const,
});

export const ActiveStatus = builder.enumType('ActiveStatus', {
  description: 'Whether an affiliate or campaign takes clicks.',
  values: {
    ACTIVE: { description: 'Its entry URLs redirect.' },
    PAUSED: { description: 'Its entry URLs answer 410.' },
  } as const,
});

export const AffiliatePermission = builder.enumType('AffiliatePermission', {
  description:
    'What an ADMIN may grant an affiliate; what an ADMIN saves needs none of it. May grow.',
  values: {
    VISITOR_DATA: {
      description:
        'Use `{ip}`, `{user_agent}` and `{customer_id}` in templates, and see them in reports.',
    },
    RAW_VALUES: { description: 'Use the modifier `raw`: values that go out unencoded.' },
  } as const satisfies Record<(typeof AFFILIATE_PERMISSIONS)[number], object>,
});

export const PixelStatus = builder.enumType('PixelStatus', {
  description: 'Whether a pixel fires. May grow.',
  values: {
    ACTIVE: { description: 'Fires.' },
    PAUSED: {
      description: 'New events are SKIPPED, open postbacks are CANCELLED when they come due.',
    },
    PENDING_APPROVAL: { description: 'Waits for a manager.' },
    DELETED: { description: 'Kept for the log only.' },
  } as const,
});

export const PixelScope = builder.enumType('PixelScope', {
  description: 'Which campaigns a pixel listens to.',
  values: {
    ALL_CAMPAIGNS: { description: 'Every campaign, later ones included.' },
    SPECIFIC_CAMPAIGNS: { description: 'Only the listed ones.' },
  } as const,
});

export const UnresolvedPolicy = builder.enumType('UnresolvedPolicy', {
  description: 'What happens to a placeholder without a value.',
  values: {
    EMPTY: { description: 'Nothing stands in its place: `click_id=`.' },
    OMIT_PARAM: { description: 'Its whole `key=value` pair is left out.' },
    SKIP: { description: 'No call is made: the postback is SKIPPED.' },
    LITERAL: { description: 'The placeholder itself goes out, percent-encoded.' },
  } as const,
});

export const HttpMethod = builder.enumType('HttpMethod', {
  description: 'Method of the outgoing call.',
  values: ['GET', 'POST'] as const,
});

export const EventStatus = builder.enumType('EventStatus', {
  description: 'What the partner says of a conversion. May grow.',
  values: {
    PENDING: { description: 'Reported, but not decided yet.' },
    APPROVED: { description: 'It counts.' },
    REJECTED: { description: 'Decided not to count.' },
    REVERSED: { description: 'Taken back after it counted, for example a chargeback.' },
  } as const satisfies Record<(typeof EVENT_STATUSES)[number], object>,
});

export const UnattributedReason = builder.enumType('UnattributedReason', {
  description: 'Why an event belongs to no click. May grow.',
  values: {
    CLICK_MISSING: { description: 'The report named no click.' },
    CLICK_MALFORMED: { description: 'What the report named cannot be a click id of ours.' },
    CLICK_UNKNOWN: {
      description: 'No such click is known; one that arrives within 24 hours is still attributed.',
    },
  } as const,
});

export const PostbackStatus = builder.enumType('PostbackStatus', {
  description: 'Where a postback stands. May grow.',
  values: {
    SCHEDULED: { description: 'Waits for its due time.' },
    HELD: { description: 'Waits for its destination, which failed or asked for a pause.' },
    RETRYING: { description: 'An attempt failed and another will be made.' },
    DELIVERED: { description: 'The receiver answered 2xx.' },
    FAILED: { description: 'Given up; `reason` says why.' },
    SKIPPED: { description: 'Decided not to fire; `reason` says why.' },
    CANCELLED: { description: 'Stopped by request, or its pixel was paused or deleted.' },
  } as const satisfies Record<(typeof POSTBACK_STATUSES)[number], object>,
});

export const StatusCodeClass = builder.enumType('StatusCodeClass', {
  description: 'How the receiver answered the last attempt, by class of HTTP status.',
  values: {
    INFORMATIONAL_1XX: { description: '100 to 199.' },
    SUCCESS_2XX: { description: '200 to 299: delivered.' },
    REDIRECT_3XX: { description: '300 to 399: redirects are not followed.' },
    CLIENT_ERROR_4XX: { description: '400 to 499: the receiver refused the call.' },
    SERVER_ERROR_5XX: { description: '500 to 599: the receiver failed.' },
    OTHER: { description: 'A status outside 100 to 599.' },
    NO_ANSWER: { description: 'No HTTP answer: `errorKind` of the attempt says why.' },
  } as const satisfies Record<(typeof STATUS_CODE_CLASSES)[number], object>,
});

export const RoleEnum = builder.enumType('Role', {
  description: 'What an API key or a token may do.',
  values: {
    ADMIN: { description: 'Everything.' },
    VIEWER: { description: 'Reads everything.' },
    INTEGRATION: { description: 'Records clicks and events of its integration.' },
    AFFILIATE: { description: 'Reads its own rows, manages its own pixels and tracking links.' },
  } as const,
});

export const StatsBucketSize = builder.enumType('StatsBucket', {
  description: 'Length of one bucket of statistics.',
  values: ['MINUTE', 'HOUR', 'DAY', 'MONTH'] as const,
});

export const TemplateChoice = builder.enumType('TemplateChoice', {
  description: 'Which template a replay renders.',
  values: {
    ORIGINAL: { description: 'The version the postback was planned with.' },
    CURRENT: { description: "The pixel's version of now." },
  } as const,
});

export const BreakerState = builder.enumType('BreakerState', {
  description: 'The breaker of a destination.',
  values: {
    CLOSED: { description: 'Calls are made as they come due.' },
    OPEN: { description: 'It failed too often: its postbacks are held until `nextProbeAt`.' },
    HALF_OPEN: { description: 'A few calls go out to see whether it answers again.' },
  } as const,
});

export const HeldReason = builder.enumType('HeldReason', {
  description: 'Why the postbacks of a destination are held. May grow.',
  values: {
    FAILING: { description: 'The breaker is not closed.' },
    RETRY_AFTER: { description: 'It asked for a pause by `Retry-After`.' },
  } as const,
});

export const JobKind = builder.enumType('JobKind', {
  description: 'What a job does. May grow.',
  values: {
    BACKFILL: { description: 'Fires a pixel for events of the past.' },
    REPLAY: { description: 'Fires failed postbacks again.' },
  } as const,
});

export const JobStatus = builder.enumType('JobStatus', {
  description: 'Where a job stands.',
  values: {
    PLANNED: { description: 'Counted, waits to be started.' },
    RUNNING: { description: 'Being worked off.' },
    DONE: { description: 'Every row was looked at.' },
    CANCELLED: { description: 'Ended by request.' },
    FAILED: { description: 'Given up; `message` says why.' },
  } as const,
});

export const PlaceholderSource = builder.enumType('PlaceholderSource', {
  description: 'Where a value comes from. May grow.',
  values: {
    EVENT: { value: 'event', description: 'The reported event.' },
    CLICK: { value: 'click', description: 'The stored click.' },
    ENTRY: { value: 'entry', description: 'A parameter of the entry URL.' },
    DELIVERY: { value: 'delivery', description: 'The postback being fired.' },
    CONTEXT: { value: 'context', description: 'Offer, campaign or affiliate of the click.' },
    DEFAULT: { value: 'default', description: 'The `default` modifier.' },
    SIGNATURE: { value: 'signature', description: 'Computed over the finished URL.' },
  } as const,
});

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Direction of an order.',
  values: ['ASC', 'DESC'] as const,
});
