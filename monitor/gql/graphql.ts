/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Whether an affiliate or campaign takes clicks. */
export type ActiveStatus =
  /** Its entry URLs redirect. */
  | 'ACTIVE'
  /** Its entry URLs answer 410. */
  | 'PAUSED';

/** Which affiliates; conditions are combined with and. */
export type AffiliateFilter = {
  /** Public codes. */
  affids?: Array<string> | null | undefined;
  kind?: AffiliateKind | null | undefined;
  /** Part of the name, in any letter case. */
  nameContains?: string | null | undefined;
  status?: ActiveStatus | null | undefined;
};

/** What kind of partner an affiliate is. */
export type AffiliateKind =
  /** Sends traffic itself. */
  | 'AFFILIATE'
  /** Introducing broker: may have affiliates below it and sees their rows. */
  | 'IB';

/** What an ADMIN may grant an affiliate; what an ADMIN saves needs none of it. May grow. */
export type AffiliatePermission =
  /** Use the modifier `raw`: values that go out unencoded. */
  | 'RAW_VALUES'
  /** Use `{ip}`, `{user_agent}` and `{customer_id}` in templates, and see them in reports. */
  | 'VISITOR_DATA';

/** Which campaigns; conditions are combined with and, lists mean any of. */
export type CampaignFilter = {
  /** Public codes. */
  codes?: Array<string> | null | undefined;
  /** Part of the name, in any letter case. */
  nameContains?: string | null | undefined;
  /** What they promote. */
  offerIds?: Array<string | number> | null | undefined;
  status?: ActiveStatus | null | undefined;
};

/** Which postback to stop. */
export type CancelPostbackInput = {
  postbackId: string | number;
};

/** A new affiliate. */
export type CreateAffiliateInput = {
  /** Public code, `[A-Za-z0-9._-]{1,64}`. */
  affid: string;
  /** Default AFFILIATE. */
  kind?: AffiliateKind | null | undefined;
  /** 1 to 200 characters. */
  name: string;
  /** The introducing broker above it. */
  parentId?: string | number | null | undefined;
  /** Default none. */
  permissions?: Array<AffiliatePermission> | null | undefined;
  /** Whether pixels it makes or changes wait for a manager; default false. */
  pixelsNeedApproval?: boolean | null | undefined;
};

/** A new pixel. */
export type CreatePixelInput = {
  affiliateId: string | number;
  /** For POST, at most 16,384 characters. */
  body?: string | null | undefined;
  /** For SPECIFIC_CAMPAIGNS: at least one. */
  campaignIds?: Array<string | number> | null | undefined;
  /** Also for clicks of sub-affiliates; default false. */
  includeSubPartners?: boolean | null | undefined;
  /** 1 to 12, default 8. */
  maxAttempts?: number | null | undefined;
  /** Later events are SKIPPED; default no limit. */
  maxClickAgeSeconds?: number | null | undefined;
  /** Calls per second to the destination at most, 1 to 10,000; of several pixels the smallest counts. Default no limit. */
  maxPerSecond?: number | null | undefined;
  /** Default GET. */
  method?: HttpMethod | null | undefined;
  /** Placeholders that must have a value. */
  required?: Array<string> | null | undefined;
  /** Default ALL_CAMPAIGNS. */
  scope?: PixelScope | null | undefined;
  /** Calls carry a `webhook-signature`; default false. `secret` of the payload is its key. */
  signed?: boolean | null | undefined;
  /** Default [APPROVED]. */
  statuses?: Array<EventStatus> | null | undefined;
  /** Code of an event type. */
  triggerEvent: string;
  /** Default EMPTY. */
  unresolved?: UnresolvedPolicy | null | undefined;
  /** Template with at least one placeholder in its path or query, at most 2,048 characters. */
  url: string;
};

/** What the partner says of a conversion. May grow. */
export type EventStatus =
  /** It counts. */
  | 'APPROVED'
  /** Reported, but not decided yet. */
  | 'PENDING'
  /** Decided not to count. */
  | 'REJECTED'
  /** Taken back after it counted, for example a chargeback. */
  | 'REVERSED';

/** Why the postbacks of a destination are held. May grow. */
export type HeldReason =
  /** The breaker is not closed. */
  | 'FAILING'
  /** It asked for a pause by `Retry-After`. */
  | 'RETRY_AFTER';

/** Method of the outgoing call. */
export type HttpMethod =
  | 'GET'
  | 'POST';

/** Which campaigns a pixel listens to. */
export type PixelScope =
  /** Every campaign, later ones included. */
  | 'ALL_CAMPAIGNS'
  /** Only the listed ones. */
  | 'SPECIFIC_CAMPAIGNS';

/** Whether a pixel fires. May grow. */
export type PixelStatus =
  /** Fires. */
  | 'ACTIVE'
  /** Kept for the log only. */
  | 'DELETED'
  /** New events are SKIPPED, open postbacks are CANCELLED when they come due. */
  | 'PAUSED'
  /** Waits for a manager. */
  | 'PENDING_APPROVAL';

/** Where a value comes from. May grow. */
export type PlaceholderSource =
  /** The stored click. */
  | 'CLICK'
  /** Offer, campaign or affiliate of the click. */
  | 'CONTEXT'
  /** The `default` modifier. */
  | 'DEFAULT'
  /** The postback being fired. */
  | 'DELIVERY'
  /** A parameter of the entry URL. */
  | 'ENTRY'
  /** The reported event. */
  | 'EVENT'
  /** Computed over the finished URL. */
  | 'SIGNATURE';

/** Which postbacks; conditions are combined with and, lists mean any of. */
export type PostbackFilter = {
  /** The affiliate's own click id, to the letter. */
  affclickid?: string | null | undefined;
  /** Owners of the pixels. */
  affiliateIds?: Array<string | number> | null | undefined;
  campaignIds?: Array<string | number> | null | undefined;
  /** Our click id. */
  clickId?: string | null | undefined;
  /** Codes of event types. */
  eventTypes?: Array<string> | null | undefined;
  /** Part of the final URL, letter case counts. */
  finalUrlContains?: string | null | undefined;
  /** `dueAt` at or after. */
  from?: string | null | undefined;
  /** Offers of the clicks' campaigns. */
  offerIds?: Array<string | number> | null | undefined;
  pixelIds?: Array<string | number> | null | undefined;
  status?: Array<PostbackStatus> | null | undefined;
  /** Classes of the last attempt's answer. */
  statusCodes?: Array<StatusCodeClass> | null | undefined;
  /** Only test fires, or none. */
  test?: boolean | null | undefined;
  /** `dueAt` before. */
  to?: string | null | undefined;
};

/** Where a postback stands. May grow. */
export type PostbackStatus =
  /** Stopped by request, or its pixel was paused or deleted. */
  | 'CANCELLED'
  /** The receiver answered 2xx. */
  | 'DELIVERED'
  /** Given up; `reason` says why. */
  | 'FAILED'
  /** Waits for its destination, which failed or asked for a pause. */
  | 'HELD'
  /** An attempt failed and another will be made. */
  | 'RETRYING'
  /** Waits for its due time. */
  | 'SCHEDULED'
  /** Decided not to fire; `reason` says why. */
  | 'SKIPPED';

/** A template (or a pixel) and what to render it with. */
export type PreviewPostbackInput = {
  /** Check placeholders against what this affiliate really sends. */
  affiliateId?: string | number | null | undefined;
  /** Template of the body of a POST; default: that of `pixelId`. */
  body?: string | null | undefined;
  /** Checked as a save would. */
  campaignIds?: Array<string | number> | null | undefined;
  /** Render with this click of ours; default: samples. */
  clickId?: string | null | undefined;
  /** Render with this event and its click. */
  eventId?: string | number | null | undefined;
  /** Checked as a save would. */
  includeSubPartners?: boolean | null | undefined;
  /** Checked as a save would. */
  maxAttempts?: number | null | undefined;
  /** Checked as a save would. */
  maxClickAgeSeconds?: number | null | undefined;
  /** Checked as a save would. */
  maxPerSecond?: number | null | undefined;
  /** Default: that of `pixelId`, else GET. GET without `body` takes the body away. */
  method?: HttpMethod | null | undefined;
  /** The pixel whose template and policies are the defaults. */
  pixelId?: string | number | null | undefined;
  /** Render with the newest click of the affiliate (of `affiliateId` or `pixelId`) that had an event of `triggerEvent`, and that event, else with the newest click; bots are passed over. */
  recentClick?: boolean | null | undefined;
  /** Placeholders that must have a value. */
  required?: Array<string> | null | undefined;
  /** Checked as a save would. */
  scope?: PixelScope | null | undefined;
  /** Whether `{sig}` and `hmac` may be used, with a sample secret; default: as `pixelId`, else false. */
  signed?: boolean | null | undefined;
  /** Checked as a save would. */
  statuses?: Array<EventStatus> | null | undefined;
  /** Checked as a save would; default: that of `pixelId`. */
  triggerEvent?: string | null | undefined;
  /** Default EMPTY. */
  unresolved?: UnresolvedPolicy | null | undefined;
  /** The template; default: that of `pixelId`. */
  url?: string | null | undefined;
};

/** Which postback to fire again. */
export type ReplayPostbackInput = {
  postbackId: string | number;
  /** Default ORIGINAL. */
  template?: TemplateChoice | null | undefined;
};

/** What an API key or a token may do. */
export type Role =
  /** Everything. */
  | 'ADMIN'
  /** Reads its own rows, manages its own pixels and tracking links. */
  | 'AFFILIATE'
  /** Records clicks and events of its integration. */
  | 'INTEGRATION'
  /** Reads everything. */
  | 'VIEWER';

/** How the receiver answered the last attempt, by class of HTTP status. */
export type StatusCodeClass =
  /** 400 to 499: the receiver refused the call. */
  | 'CLIENT_ERROR_4XX'
  /** 100 to 199. */
  | 'INFORMATIONAL_1XX'
  /** No HTTP answer: `errorKind` of the attempt says why. */
  | 'NO_ANSWER'
  /** A status outside 100 to 599. */
  | 'OTHER'
  /** 300 to 399: redirects are not followed. */
  | 'REDIRECT_3XX'
  /** 500 to 599: the receiver failed. */
  | 'SERVER_ERROR_5XX'
  /** 200 to 299: delivered. */
  | 'SUCCESS_2XX';

/** Which template a replay renders. */
export type TemplateChoice =
  /** The pixel's version of now. */
  | 'CURRENT'
  /** The version the postback was planned with. */
  | 'ORIGINAL';

/** A system whose postback templates can be translated. May grow. */
export type TemplateDialect =
  /** CAKE */
  | 'CAKE'
  /** Everflow */
  | 'EVERFLOW'
  /** Impact */
  | 'IMPACT'
  /** Keitaro */
  | 'KEITARO'
  /** Smartico */
  | 'SMARTICO'
  /** TUNE */
  | 'TUNE'
  /** Voluum */
  | 'VOLUUM';

/** Why an event belongs to no click. May grow. */
export type UnattributedReason =
  /** What the report named cannot be a click id of ours. */
  | 'CLICK_MALFORMED'
  /** The report named no click. */
  | 'CLICK_MISSING'
  /** No such click is known; one that arrives within 24 hours is still attributed. */
  | 'CLICK_UNKNOWN';

/** What happens to a placeholder without a value. */
export type UnresolvedPolicy =
  /** Nothing stands in its place: `click_id=`. */
  | 'EMPTY'
  /** The placeholder itself goes out, percent-encoded. */
  | 'LITERAL'
  /** Its whole `key=value` pair is left out. */
  | 'OMIT_PARAM'
  /** No call is made: the postback is SKIPPED. */
  | 'SKIP';

/** Changes of an affiliate; what is left out stays as it is. */
export type UpdateAffiliateInput = {
  affiliateId: string | number;
  /** 1 to 200 characters. */
  name?: string | null | undefined;
  /** The whole new list. What is saved already keeps firing. */
  permissions?: Array<AffiliatePermission> | null | undefined;
  /** Whether pixels it makes or changes from now on wait for a manager. */
  pixelsNeedApproval?: boolean | null | undefined;
  /** PAUSED: its entry URLs answer 410. */
  status?: ActiveStatus | null | undefined;
};

/** Changes of a pixel; what is left out stays as it is. */
export type UpdatePixelInput = {
  /** null clears it. */
  body?: string | null | undefined;
  /** The whole new list, for SPECIFIC_CAMPAIGNS. */
  campaignIds?: Array<string | number> | null | undefined;
  /** Also for clicks of sub-affiliates. */
  includeSubPartners?: boolean | null | undefined;
  /** 1 to 12. */
  maxAttempts?: number | null | undefined;
  /** null clears it. */
  maxClickAgeSeconds?: number | null | undefined;
  /** Calls per second to the destination at most, 1 to 10,000; of several pixels the smallest counts. Default no limit. */
  maxPerSecond?: number | null | undefined;
  /** GET without `body` takes the body away. */
  method?: HttpMethod | null | undefined;
  pixelId: string | number;
  /** The whole new list of placeholders that must have a value. */
  required?: Array<string> | null | undefined;
  scope?: PixelScope | null | undefined;
  /** Calls carry a `webhook-signature`. The first true makes the `secret` of the payload; false keeps it for later. */
  signed?: boolean | null | undefined;
  /** The whole new list. */
  statuses?: Array<EventStatus> | null | undefined;
  /** Code of an event type. */
  triggerEvent?: string | null | undefined;
  /** What happens to a placeholder without a value. */
  unresolved?: UnresolvedPolicy | null | undefined;
  /** The template, at most 2,048 characters. */
  url?: string | null | undefined;
};

export type EchoLineFragment = { id: string, receivedAt: string, method: string, path: string, query: string, status: number, body: string | null, headers: Array<{ name: string, value: string }> };

export type MonitorEchoReceiverQueryVariables = Exact<{
  affid: string;
}>;


export type MonitorEchoReceiverQuery = { affiliate: { echoReceiver: { id: string, url: string, calls: { nodes: Array<{ id: string, receivedAt: string, method: string, path: string, query: string, status: number, body: string | null, headers: Array<{ name: string, value: string }> }> } } | null } | null };

export type MonitorCreateEchoReceiverMutationVariables = Exact<{
  affiliateId: string | number;
}>;


export type MonitorCreateEchoReceiverMutation = { createEchoReceiver:
    | { message: string }
    | { echoReceiver: { url: string } }
    | { message: string }
    | { message: string }
   };

export type MonitorEchoReceivedSubscriptionVariables = Exact<{
  echoReceiverId: string | number;
}>;


export type MonitorEchoReceivedSubscription = { echoReceived: { call: { id: string, receivedAt: string, method: string, path: string, query: string, status: number, body: string | null, headers: Array<{ name: string, value: string }> } | null } };

export type MonitorViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type MonitorViewerQuery = { viewer: { name: string, role: Role, affiliate: { affid: string } | null } };

export type PostbackRowFragment = { id: string, status: PostbackStatus, reason: string | null, test: boolean, clickId: string | null, entryUrl: string | null, url: string, dueAt: string, latency: { firstTryMs: number | null }, affiliate: { affid: string }, pixel: { id: string }, event: { id: string, type: string } };

export type AttemptRowFragment = { number: number, startedAt: string, durationMs: number, finalUrl: string, statusCode: number | null, errorKind: string | null };

export type MonitorFiredSubscriptionVariables = Exact<{
  where?: PostbackFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type MonitorFiredSubscription = { postbackFired: { cursor: string, gap: { from: string, to: string } | null, postback: { id: string, status: PostbackStatus, reason: string | null, test: boolean, clickId: string | null, entryUrl: string | null, url: string, dueAt: string, latency: { firstTryMs: number | null }, affiliate: { affid: string }, pixel: { id: string }, event: { id: string, type: string } } | null, attempt: { number: number, startedAt: string, durationMs: number, finalUrl: string, statusCode: number | null, errorKind: string | null } | null } };

export type MonitorRecentQueryVariables = Exact<{
  where?: PostbackFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type MonitorRecentQuery = { postbacks: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, status: PostbackStatus, reason: string | null, test: boolean, clickId: string | null, entryUrl: string | null, url: string, dueAt: string, lastAttempt: { number: number, startedAt: string, durationMs: number, finalUrl: string, statusCode: number | null, errorKind: string | null } | null, latency: { firstTryMs: number | null }, affiliate: { affid: string }, pixel: { id: string }, event: { id: string, type: string } }> } };

export type MonitorFindAffiliateQueryVariables = Exact<{
  affid: string;
}>;


export type MonitorFindAffiliateQuery = { affiliate: { id: string } | null };

export type MonitorFilterChoicesQueryVariables = Exact<{ [key: string]: never; }>;


export type MonitorFilterChoicesQuery = { eventTypes: { nodes: Array<{ code: string }> } };

export type MonitorPostbackQueryVariables = Exact<{
  id: string | number;
}>;


export type MonitorPostbackQuery = { node:
    | { __typename: 'Affiliate' }
    | { __typename: 'ApiKey' }
    | { __typename: 'Campaign' }
    | { __typename: 'Click' }
    | { __typename: 'Destination' }
    | { __typename: 'EchoCall' }
    | { __typename: 'EchoReceiver' }
    | { __typename: 'Event' }
    | { __typename: 'EventType' }
    | { __typename: 'Integration' }
    | { __typename: 'Job' }
    | { __typename: 'Offer' }
    | { __typename: 'Pixel' }
    | { __typename: 'Postback', firedAt: string | null, finishedAt: string | null, nextAttemptAt: string | null, body: string | null, contentType: string | null, id: string, status: PostbackStatus, reason: string | null, test: boolean, clickId: string | null, entryUrl: string | null, url: string, dueAt: string, latency: { receivedMs: number | null, heldMs: number | null, doneMs: number | null, firstTryMs: number | null }, pixel: { id: string, method: HttpMethod, signed: boolean }, event: { id: string, type: string, status: EventStatus, amount: string | null, currency: string | null, transactionId: string | null, integration: { name: string } }, destination: { origin: string, held: boolean, heldReason: HeldReason | null, nextProbeAt: string | null }, values: Array<{ name: string, source: PlaceholderSource | null, raw: string | null, encoded: string }>, replayOf: { id: string } | null, attempts: { nodes: Array<{ message: string | null, responseBody: string | null, superseded: boolean, number: number, startedAt: string, durationMs: number, finalUrl: string, statusCode: number | null, errorKind: string | null }> }, affiliate: { affid: string } }
    | { __typename: 'TrackingLink' }
   | null };

export type MonitorReplayMutationVariables = Exact<{
  input: ReplayPostbackInput;
}>;


export type MonitorReplayMutation = { replayPostback:
    | { message: string }
    | { message: string }
    | { message: string }
    | { postback: { id: string } }
   };

export type MonitorCancelMutationVariables = Exact<{
  input: CancelPostbackInput;
}>;


export type MonitorCancelMutation = { cancelPostback:
    | { postback: { id: string } }
    | { message: string }
    | { message: string }
    | { message: string }
   };

export type EventDecisionsFragment = { id: string, type: string, status: EventStatus, revision: number, amount: string | null, currency: string | null, transactionId: string | null, clickId: string | null, receivedAt: string, unattributed: UnattributedReason | null, decisions: Array<{ fires: boolean, reason: string | null, pixel: { id: string, url: string }, postback: { id: string, status: PostbackStatus, reason: string | null } | null }> };

export type MonitorWhyEventQueryVariables = Exact<{
  id: string | number;
}>;


export type MonitorWhyEventQuery = { node:
    | { __typename: 'Affiliate' }
    | { __typename: 'ApiKey' }
    | { __typename: 'Campaign' }
    | { __typename: 'Click' }
    | { __typename: 'Destination' }
    | { __typename: 'EchoCall' }
    | { __typename: 'EchoReceiver' }
    | { __typename: 'Event', id: string, type: string, status: EventStatus, revision: number, amount: string | null, currency: string | null, transactionId: string | null, clickId: string | null, receivedAt: string, unattributed: UnattributedReason | null, decisions: Array<{ fires: boolean, reason: string | null, pixel: { id: string, url: string }, postback: { id: string, status: PostbackStatus, reason: string | null } | null }> }
    | { __typename: 'EventType' }
    | { __typename: 'Integration' }
    | { __typename: 'Job' }
    | { __typename: 'Offer' }
    | { __typename: 'Pixel' }
    | { __typename: 'Postback' }
    | { __typename: 'TrackingLink' }
   | null };

export type MonitorWhyClickQueryVariables = Exact<{
  clickId: string;
}>;


export type MonitorWhyClickQuery = { events: { nodes: Array<{ id: string, type: string, status: EventStatus, revision: number, amount: string | null, currency: string | null, transactionId: string | null, clickId: string | null, receivedAt: string, unattributed: UnattributedReason | null, decisions: Array<{ fires: boolean, reason: string | null, pixel: { id: string, url: string }, postback: { id: string, status: PostbackStatus, reason: string | null } | null }> }> } };

export type MonitorAffiliatesQueryVariables = Exact<{
  where?: AffiliateFilter | null | undefined;
}>;


export type MonitorAffiliatesQuery = { affiliates: { nodes: Array<{ id: string, affid: string, name: string, status: ActiveStatus, pixelsNeedApproval: boolean, permissions: Array<AffiliatePermission> }>, pageInfo: { hasNextPage: boolean } } };

export type MonitorCreateAffiliateMutationVariables = Exact<{
  input: CreateAffiliateInput;
}>;


export type MonitorCreateAffiliateMutation = { createAffiliate:
    | { message: string }
    | { affiliate: { affid: string } }
    | { message: string }
    | { message: string }
   };

export type MonitorUpdateAffiliateMutationVariables = Exact<{
  input: UpdateAffiliateInput;
}>;


export type MonitorUpdateAffiliateMutation = { updateAffiliate:
    | { message: string }
    | { message: string }
    | { message: string }
    | { affiliate: { id: string } }
   };

export type PixelLineFragment = { id: string, url: string, triggerEvent: string, status: PixelStatus, scope: PixelScope, statuses: Array<EventStatus>, unresolved: UnresolvedPolicy, required: Array<string>, method: HttpMethod, body: string | null, maxClickAgeSeconds: number | null, includeSubPartners: boolean, maxAttempts: number, maxPerSecond: number | null, signed: boolean, warnings: Array<string>, rejection: string | null, campaigns: Array<{ id: string, code: string, name: string }> };

export type MonitorPixelsQueryVariables = Exact<{
  affid: string;
}>;


export type MonitorPixelsQuery = { affiliate: { id: string, affid: string, name: string, pixels: { nodes: Array<{ id: string, url: string, triggerEvent: string, status: PixelStatus, scope: PixelScope, statuses: Array<EventStatus>, unresolved: UnresolvedPolicy, required: Array<string>, method: HttpMethod, body: string | null, maxClickAgeSeconds: number | null, includeSubPartners: boolean, maxAttempts: number, maxPerSecond: number | null, signed: boolean, warnings: Array<string>, rejection: string | null, campaigns: Array<{ id: string, code: string, name: string }> }> } } | null };

export type MonitorCampaignsQueryVariables = Exact<{
  where?: CampaignFilter | null | undefined;
}>;


export type MonitorCampaignsQuery = { campaigns: { nodes: Array<{ id: string, code: string, name: string }>, pageInfo: { hasNextPage: boolean } } };

export type MonitorConvertQueryVariables = Exact<{
  url: string;
  dialect?: TemplateDialect | null | undefined;
}>;


export type MonitorConvertQuery = { convertTemplate: { url: string, dialect: TemplateDialect | null, warnings: Array<string>, changes: Array<{ from: string, to: string, note: string }>, unsupported: Array<{ token: string, note: string }> } };

export type MonitorPlaceholdersQueryVariables = Exact<{ [key: string]: never; }>;


export type MonitorPlaceholdersQuery = { placeholders: Array<{ name: string, description: string, sample: string }>, eventTypes: { nodes: Array<{ code: string }> } };

export type MonitorPreviewQueryVariables = Exact<{
  input: PreviewPostbackInput;
}>;


export type MonitorPreviewQuery = { previewPostback: { finalUrl: string | null, body: string | null, contentType: string | null, skipReason: string | null, warnings: Array<string>, click: { clickId: string } | null, issues: Array<{ path: Array<string>, message: string }>, values: Array<{ name: string, source: PlaceholderSource | null, raw: string | null, encoded: string }> } };

export type MonitorCreatePixelMutationVariables = Exact<{
  input: CreatePixelInput;
}>;


export type MonitorCreatePixelMutation = { createPixel:
    | { message: string }
    | { secret: string | null, pixel: { id: string, url: string, triggerEvent: string, status: PixelStatus, scope: PixelScope, statuses: Array<EventStatus>, unresolved: UnresolvedPolicy, required: Array<string>, method: HttpMethod, body: string | null, maxClickAgeSeconds: number | null, includeSubPartners: boolean, maxAttempts: number, maxPerSecond: number | null, signed: boolean, warnings: Array<string>, rejection: string | null, campaigns: Array<{ id: string, code: string, name: string }> } }
    | { message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { message: string }
   };

export type MonitorUpdatePixelMutationVariables = Exact<{
  input: UpdatePixelInput;
}>;


export type MonitorUpdatePixelMutation = { updatePixel:
    | { message: string }
    | { message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { message: string }
    | { secret: string | null, pixel: { id: string, url: string, triggerEvent: string, status: PixelStatus, scope: PixelScope, statuses: Array<EventStatus>, unresolved: UnresolvedPolicy, required: Array<string>, method: HttpMethod, body: string | null, maxClickAgeSeconds: number | null, includeSubPartners: boolean, maxAttempts: number, maxPerSecond: number | null, signed: boolean, warnings: Array<string>, rejection: string | null, campaigns: Array<{ id: string, code: string, name: string }> } }
   };

export type MonitorPausePixelMutationVariables = Exact<{
  pixelId: string | number;
}>;


export type MonitorPausePixelMutation = { pausePixel:
    | { message: string }
    | { message: string }
    | { message: string }
    | { pixel: { id: string } }
   };

export type MonitorResumePixelMutationVariables = Exact<{
  pixelId: string | number;
}>;


export type MonitorResumePixelMutation = { resumePixel:
    | { message: string }
    | { message: string }
    | { message: string }
    | { pixel: { id: string } }
   };

export type MonitorTestPixelMutationVariables = Exact<{
  pixelId: string | number;
  clickId?: string | null | undefined;
}>;


export type MonitorTestPixelMutation = { testPixel:
    | { message: string }
    | { message: string }
    | { message: string }
    | { postback: { id: string, status: PostbackStatus, reason: string | null, lastAttempt: { durationMs: number, finalUrl: string, statusCode: number | null, errorKind: string | null, message: string | null, responseBody: string | null } | null } }
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const EchoLineFragmentDoc = new TypedDocumentString(`
    fragment EchoLine on EchoCall {
  id
  receivedAt
  method
  path
  query
  status
  body
  headers {
    name
    value
  }
}
    `, {"fragmentName":"EchoLine"}) as unknown as TypedDocumentString<EchoLineFragment, unknown>;
export const PostbackRowFragmentDoc = new TypedDocumentString(`
    fragment PostbackRow on Postback {
  id
  status
  reason
  test
  clickId
  entryUrl
  url
  dueAt
  latency {
    firstTryMs
  }
  affiliate {
    affid
  }
  pixel {
    id
  }
  event {
    id
    type
  }
}
    `, {"fragmentName":"PostbackRow"}) as unknown as TypedDocumentString<PostbackRowFragment, unknown>;
export const AttemptRowFragmentDoc = new TypedDocumentString(`
    fragment AttemptRow on PostbackAttempt {
  number
  startedAt
  durationMs
  finalUrl
  statusCode
  errorKind
}
    `, {"fragmentName":"AttemptRow"}) as unknown as TypedDocumentString<AttemptRowFragment, unknown>;
export const EventDecisionsFragmentDoc = new TypedDocumentString(`
    fragment EventDecisions on Event {
  id
  type
  status
  revision
  amount
  currency
  transactionId
  clickId
  receivedAt
  unattributed
  decisions {
    fires
    reason
    pixel {
      id
      url
    }
    postback {
      id
      status
      reason
    }
  }
}
    `, {"fragmentName":"EventDecisions"}) as unknown as TypedDocumentString<EventDecisionsFragment, unknown>;
export const PixelLineFragmentDoc = new TypedDocumentString(`
    fragment PixelLine on Pixel {
  id
  url
  triggerEvent
  status
  scope
  campaigns {
    id
    code
    name
  }
  statuses
  unresolved
  required
  method
  body
  maxClickAgeSeconds
  includeSubPartners
  maxAttempts
  maxPerSecond
  signed
  warnings
  rejection
}
    `, {"fragmentName":"PixelLine"}) as unknown as TypedDocumentString<PixelLineFragment, unknown>;
export const MonitorEchoReceiverDocument = new TypedDocumentString(`
    query MonitorEchoReceiver($affid: String!) {
  affiliate(affid: $affid) {
    echoReceiver {
      id
      url
      calls(first: 20) {
        nodes {
          ...EchoLine
        }
      }
    }
  }
}
    fragment EchoLine on EchoCall {
  id
  receivedAt
  method
  path
  query
  status
  body
  headers {
    name
    value
  }
}`) as unknown as TypedDocumentString<MonitorEchoReceiverQuery, MonitorEchoReceiverQueryVariables>;
export const MonitorCreateEchoReceiverDocument = new TypedDocumentString(`
    mutation MonitorCreateEchoReceiver($affiliateId: ID!) {
  createEchoReceiver(input: {affiliateId: $affiliateId}) {
    ... on CreateEchoReceiverPayload {
      echoReceiver {
        url
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorCreateEchoReceiverMutation, MonitorCreateEchoReceiverMutationVariables>;
export const MonitorEchoReceivedDocument = new TypedDocumentString(`
    subscription MonitorEchoReceived($echoReceiverId: ID!) {
  echoReceived(echoReceiverId: $echoReceiverId) {
    call {
      ...EchoLine
    }
  }
}
    fragment EchoLine on EchoCall {
  id
  receivedAt
  method
  path
  query
  status
  body
  headers {
    name
    value
  }
}`) as unknown as TypedDocumentString<MonitorEchoReceivedSubscription, MonitorEchoReceivedSubscriptionVariables>;
export const MonitorViewerDocument = new TypedDocumentString(`
    query MonitorViewer {
  viewer {
    name
    role
    affiliate {
      affid
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorViewerQuery, MonitorViewerQueryVariables>;
export const MonitorFiredDocument = new TypedDocumentString(`
    subscription MonitorFired($where: PostbackFilter, $after: String) {
  postbackFired(where: $where, after: $after) {
    cursor
    gap {
      from
      to
    }
    postback {
      ...PostbackRow
    }
    attempt {
      ...AttemptRow
    }
  }
}
    fragment PostbackRow on Postback {
  id
  status
  reason
  test
  clickId
  entryUrl
  url
  dueAt
  latency {
    firstTryMs
  }
  affiliate {
    affid
  }
  pixel {
    id
  }
  event {
    id
    type
  }
}
fragment AttemptRow on PostbackAttempt {
  number
  startedAt
  durationMs
  finalUrl
  statusCode
  errorKind
}`) as unknown as TypedDocumentString<MonitorFiredSubscription, MonitorFiredSubscriptionVariables>;
export const MonitorRecentDocument = new TypedDocumentString(`
    query MonitorRecent($where: PostbackFilter, $first: Int!, $after: String) {
  postbacks(where: $where, first: $first, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...PostbackRow
      lastAttempt {
        ...AttemptRow
      }
    }
  }
}
    fragment PostbackRow on Postback {
  id
  status
  reason
  test
  clickId
  entryUrl
  url
  dueAt
  latency {
    firstTryMs
  }
  affiliate {
    affid
  }
  pixel {
    id
  }
  event {
    id
    type
  }
}
fragment AttemptRow on PostbackAttempt {
  number
  startedAt
  durationMs
  finalUrl
  statusCode
  errorKind
}`) as unknown as TypedDocumentString<MonitorRecentQuery, MonitorRecentQueryVariables>;
export const MonitorFindAffiliateDocument = new TypedDocumentString(`
    query MonitorFindAffiliate($affid: String!) {
  affiliate(affid: $affid) {
    id
  }
}
    `) as unknown as TypedDocumentString<MonitorFindAffiliateQuery, MonitorFindAffiliateQueryVariables>;
export const MonitorFilterChoicesDocument = new TypedDocumentString(`
    query MonitorFilterChoices {
  eventTypes(first: 100) {
    nodes {
      code
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorFilterChoicesQuery, MonitorFilterChoicesQueryVariables>;
export const MonitorPostbackDocument = new TypedDocumentString(`
    query MonitorPostback($id: ID!) {
  node(id: $id) {
    __typename
    ... on Postback {
      ...PostbackRow
      firedAt
      finishedAt
      nextAttemptAt
      latency {
        receivedMs
        heldMs
        doneMs
      }
      pixel {
        id
        method
        signed
      }
      event {
        id
        type
        status
        amount
        currency
        transactionId
        integration {
          name
        }
      }
      destination {
        origin
        held
        heldReason
        nextProbeAt
      }
      values {
        name
        source
        raw
        encoded
      }
      body
      contentType
      replayOf {
        id
      }
      attempts(first: 20) {
        nodes {
          ...AttemptRow
          message
          responseBody
          superseded
        }
      }
    }
  }
}
    fragment PostbackRow on Postback {
  id
  status
  reason
  test
  clickId
  entryUrl
  url
  dueAt
  latency {
    firstTryMs
  }
  affiliate {
    affid
  }
  pixel {
    id
  }
  event {
    id
    type
  }
}
fragment AttemptRow on PostbackAttempt {
  number
  startedAt
  durationMs
  finalUrl
  statusCode
  errorKind
}`) as unknown as TypedDocumentString<MonitorPostbackQuery, MonitorPostbackQueryVariables>;
export const MonitorReplayDocument = new TypedDocumentString(`
    mutation MonitorReplay($input: ReplayPostbackInput!) {
  replayPostback(input: $input) {
    ... on ReplayPostbackPayload {
      postback {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorReplayMutation, MonitorReplayMutationVariables>;
export const MonitorCancelDocument = new TypedDocumentString(`
    mutation MonitorCancel($input: CancelPostbackInput!) {
  cancelPostback(input: $input) {
    ... on CancelPostbackPayload {
      postback {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorCancelMutation, MonitorCancelMutationVariables>;
export const MonitorWhyEventDocument = new TypedDocumentString(`
    query MonitorWhyEvent($id: ID!) {
  node(id: $id) {
    __typename
    ... on Event {
      ...EventDecisions
    }
  }
}
    fragment EventDecisions on Event {
  id
  type
  status
  revision
  amount
  currency
  transactionId
  clickId
  receivedAt
  unattributed
  decisions {
    fires
    reason
    pixel {
      id
      url
    }
    postback {
      id
      status
      reason
    }
  }
}`) as unknown as TypedDocumentString<MonitorWhyEventQuery, MonitorWhyEventQueryVariables>;
export const MonitorWhyClickDocument = new TypedDocumentString(`
    query MonitorWhyClick($clickId: String!) {
  events(first: 20, where: {clickId: $clickId}) {
    nodes {
      ...EventDecisions
    }
  }
}
    fragment EventDecisions on Event {
  id
  type
  status
  revision
  amount
  currency
  transactionId
  clickId
  receivedAt
  unattributed
  decisions {
    fires
    reason
    pixel {
      id
      url
    }
    postback {
      id
      status
      reason
    }
  }
}`) as unknown as TypedDocumentString<MonitorWhyClickQuery, MonitorWhyClickQueryVariables>;
export const MonitorAffiliatesDocument = new TypedDocumentString(`
    query MonitorAffiliates($where: AffiliateFilter) {
  affiliates(first: 100, where: $where) {
    nodes {
      id
      affid
      name
      status
      pixelsNeedApproval
      permissions
    }
    pageInfo {
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorAffiliatesQuery, MonitorAffiliatesQueryVariables>;
export const MonitorCreateAffiliateDocument = new TypedDocumentString(`
    mutation MonitorCreateAffiliate($input: CreateAffiliateInput!) {
  createAffiliate(input: $input) {
    ... on CreateAffiliatePayload {
      affiliate {
        affid
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorCreateAffiliateMutation, MonitorCreateAffiliateMutationVariables>;
export const MonitorUpdateAffiliateDocument = new TypedDocumentString(`
    mutation MonitorUpdateAffiliate($input: UpdateAffiliateInput!) {
  updateAffiliate(input: $input) {
    ... on UpdateAffiliatePayload {
      affiliate {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorUpdateAffiliateMutation, MonitorUpdateAffiliateMutationVariables>;
export const MonitorPixelsDocument = new TypedDocumentString(`
    query MonitorPixels($affid: String!) {
  affiliate(affid: $affid) {
    id
    affid
    name
    pixels(first: 100) {
      nodes {
        ...PixelLine
      }
    }
  }
}
    fragment PixelLine on Pixel {
  id
  url
  triggerEvent
  status
  scope
  campaigns {
    id
    code
    name
  }
  statuses
  unresolved
  required
  method
  body
  maxClickAgeSeconds
  includeSubPartners
  maxAttempts
  maxPerSecond
  signed
  warnings
  rejection
}`) as unknown as TypedDocumentString<MonitorPixelsQuery, MonitorPixelsQueryVariables>;
export const MonitorCampaignsDocument = new TypedDocumentString(`
    query MonitorCampaigns($where: CampaignFilter) {
  campaigns(first: 100, where: $where) {
    nodes {
      id
      code
      name
    }
    pageInfo {
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorCampaignsQuery, MonitorCampaignsQueryVariables>;
export const MonitorConvertDocument = new TypedDocumentString(`
    query MonitorConvert($url: String!, $dialect: TemplateDialect) {
  convertTemplate(url: $url, dialect: $dialect) {
    url
    dialect
    changes {
      from
      to
      note
    }
    unsupported {
      token
      note
    }
    warnings
  }
}
    `) as unknown as TypedDocumentString<MonitorConvertQuery, MonitorConvertQueryVariables>;
export const MonitorPlaceholdersDocument = new TypedDocumentString(`
    query MonitorPlaceholders {
  placeholders {
    name
    description
    sample
  }
  eventTypes(first: 100) {
    nodes {
      code
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorPlaceholdersQuery, MonitorPlaceholdersQueryVariables>;
export const MonitorPreviewDocument = new TypedDocumentString(`
    query MonitorPreview($input: PreviewPostbackInput!) {
  previewPostback(input: $input) {
    finalUrl
    body
    contentType
    click {
      clickId
    }
    skipReason
    warnings
    issues {
      path
      message
    }
    values {
      name
      source
      raw
      encoded
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorPreviewQuery, MonitorPreviewQueryVariables>;
export const MonitorCreatePixelDocument = new TypedDocumentString(`
    mutation MonitorCreatePixel($input: CreatePixelInput!) {
  createPixel(input: $input) {
    ... on CreatePixelPayload {
      secret
      pixel {
        ...PixelLine
      }
    }
    ... on InvalidInputError {
      issues {
        path
        message
      }
    }
    ... on Error {
      message
    }
  }
}
    fragment PixelLine on Pixel {
  id
  url
  triggerEvent
  status
  scope
  campaigns {
    id
    code
    name
  }
  statuses
  unresolved
  required
  method
  body
  maxClickAgeSeconds
  includeSubPartners
  maxAttempts
  maxPerSecond
  signed
  warnings
  rejection
}`) as unknown as TypedDocumentString<MonitorCreatePixelMutation, MonitorCreatePixelMutationVariables>;
export const MonitorUpdatePixelDocument = new TypedDocumentString(`
    mutation MonitorUpdatePixel($input: UpdatePixelInput!) {
  updatePixel(input: $input) {
    ... on UpdatePixelPayload {
      secret
      pixel {
        ...PixelLine
      }
    }
    ... on InvalidInputError {
      issues {
        path
        message
      }
    }
    ... on Error {
      message
    }
  }
}
    fragment PixelLine on Pixel {
  id
  url
  triggerEvent
  status
  scope
  campaigns {
    id
    code
    name
  }
  statuses
  unresolved
  required
  method
  body
  maxClickAgeSeconds
  includeSubPartners
  maxAttempts
  maxPerSecond
  signed
  warnings
  rejection
}`) as unknown as TypedDocumentString<MonitorUpdatePixelMutation, MonitorUpdatePixelMutationVariables>;
export const MonitorPausePixelDocument = new TypedDocumentString(`
    mutation MonitorPausePixel($pixelId: ID!) {
  pausePixel(input: {pixelId: $pixelId}) {
    ... on PausePixelPayload {
      pixel {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorPausePixelMutation, MonitorPausePixelMutationVariables>;
export const MonitorResumePixelDocument = new TypedDocumentString(`
    mutation MonitorResumePixel($pixelId: ID!) {
  resumePixel(input: {pixelId: $pixelId}) {
    ... on ResumePixelPayload {
      pixel {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorResumePixelMutation, MonitorResumePixelMutationVariables>;
export const MonitorTestPixelDocument = new TypedDocumentString(`
    mutation MonitorTestPixel($pixelId: ID!, $clickId: String) {
  testPixel(input: {pixelId: $pixelId, clickId: $clickId}) {
    ... on TestPixelPayload {
      postback {
        id
        status
        reason
        lastAttempt {
          durationMs
          finalUrl
          statusCode
          errorKind
          message
          responseBody
        }
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MonitorTestPixelMutation, MonitorTestPixelMutationVariables>;