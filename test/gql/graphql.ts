/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

/** Which postback to stop. */
export type CancelPostbackInput = {
  postbackId: string | number;
};

/** Which clicks; conditions are combined with and, lists mean any of. */
export type ClickFilter = {
  /** The affiliate's own click id, to the letter. */
  affclickid?: string | null | undefined;
  affiliateIds?: Array<string | number> | null | undefined;
  campaignIds?: Array<string | number> | null | undefined;
  /** Our click id. */
  clickId?: string | null | undefined;
  /** Visited at or after. */
  from?: string | null | undefined;
  /** Only bots, or none; default both. */
  isBot?: boolean | null | undefined;
  /** Visited before. */
  to?: string | null | undefined;
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

/** A new key. */
export type CreateApiKeyInput = {
  /** For AFFILIATE keys: whose. */
  affiliateId?: string | number | null | undefined;
  /** Default: never. */
  expiresAt?: string | null | undefined;
  /** For INTEGRATION keys: whose. */
  integrationId?: string | number | null | undefined;
  /** What it is for, 1 to 100 characters; no other valid key of this role and owner has it. */
  name: string;
  /** Whether the key may run persisted operations only, over every transport. Default: false. */
  persistedOnly?: boolean | null | undefined;
  /** What it may do. */
  role: Role;
};

/** A new campaign of an offer. */
export type CreateCampaignInput = {
  /** Public code, `[A-Za-z0-9._-]{1,64}`. */
  code: string;
  /** Where visitors go; `{clickid}` becomes our click id, else it is appended as `clickid`. */
  landingUrl: string;
  /** 1 to 200 characters. */
  name: string;
  offerId: string | number;
};

/** Whose calls are to be seen. */
export type CreateEchoReceiverInput = {
  affiliateId: string | number;
};

/** A new source of events. */
export type CreateIntegrationInput = {
  /** Seconds its postbacks are held back, 5 to 300; default 5. */
  delaySeconds?: number | null | undefined;
  /** 1 to 200 characters, unique. */
  name: string;
};

/** A new offer. */
export type CreateOfferInput = {
  /** Public code, `[A-Za-z0-9._-]{1,64}`. */
  code: string;
  /** 1 to 200 characters. */
  name: string;
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

/** A new tracking link. */
export type CreateTrackingLinkInput = {
  affiliateId: string | number;
  campaignId: string | number;
  /** What the affiliate adds, at most 50; `clickid` is reserved for our click id. */
  parameters?: Array<ParameterInput> | null | undefined;
};

/** Which echo receiver to delete. */
export type DeleteEchoReceiverInput = {
  echoReceiverId: string | number;
};

/** Which events; conditions are combined with and, lists mean any of. */
export type EventFilter = {
  /** Of the click. */
  affiliateIds?: Array<string | number> | null | undefined;
  /** As reported. */
  clickId?: string | null | undefined;
  /** Received at or after. */
  from?: string | null | undefined;
  integrationIds?: Array<string | number> | null | undefined;
  status?: Array<EventStatus> | null | undefined;
  /** Received before. */
  to?: string | null | undefined;
  /** The partner's id of the conversion. */
  transactionId?: string | null | undefined;
  /** Codes of event types. */
  types?: Array<string> | null | undefined;
  /** Only those without a click, or only those with one. */
  unattributed?: boolean | null | undefined;
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

/** Method of the outgoing call. */
export type HttpMethod =
  | 'GET'
  | 'POST';

/** Direction of an order. */
export type OrderDirection =
  | 'ASC'
  | 'DESC';

/** A parameter of an entry URL. */
export type ParameterInput = {
  /** 1 to 64 characters of `[A-Za-z0-9_.-]`. */
  name: string;
  /** At most 1,024 characters; a macro of a traffic source such as `{gclid}` stays as typed. */
  value: string;
};

/** Which pixel. */
export type PausePixelInput = {
  pixelId: string | number;
};

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

/** Order of postbacks; the id breaks ties. */
export type PostbackOrder = {
  /** DESC for the latest first. */
  direction: OrderDirection;
  /** By what. */
  field: PostbackOrderField;
};

/** What postbacks are ordered by. May grow. */
export type PostbackOrderField =
  /** When they were decided. */
  | 'CREATED_AT'
  /** When their first attempt is due. */
  | 'DUE_AT';

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

/** A visit of an entry URL that was seen elsewhere. */
export type RecordClickInput = {
  /** What languages the browser prefers, as in its header; at most 1,024 characters. */
  acceptLanguage?: string | null | undefined;
  /** Absolute or from `/click?` on, exactly as visited. */
  entryUrl: string;
  /** The visitor's IPv4 or IPv6 address. */
  ip?: string | null | undefined;
  /** The page the visitor came from, at most 2,048 characters. */
  referrer?: string | null | undefined;
  /** The visitor's browser, at most 1,024 characters; without it nobody is a bot. */
  userAgent?: string | null | undefined;
};

/** One report of a conversion. */
export type RecordEventInput = {
  /** Decimal string, at most 20 digits before and 10 after the point. */
  amount?: string | null | undefined;
  /** Our click id, `{clickid}`; an unknown one is stored and told in `unattributed`. */
  clickId: string;
  /** ISO 4217 code. */
  currency?: string | null | undefined;
  /** The partner's id of the customer, at most 255 characters. */
  customerId?: string | null | undefined;
  /** Default: the key's integration, else the built-in one. An INTEGRATION key may name only its own. */
  integrationId?: string | number | null | undefined;
  /** Default: now. */
  occurredAt?: string | null | undefined;
  /** Commission of the affiliate, as `amount`. It makes no new revision of a report that differs in nothing else. */
  payout?: string | null | undefined;
  /** ISO 4217 code; needed beside `payout`. */
  payoutCurrency?: string | null | undefined;
  /** Default APPROVED. */
  status?: EventStatus | null | undefined;
  /** The partner's id of the conversion: reports of the same one are told apart by it. */
  transactionId?: string | null | undefined;
  /** Code of an event type, matched exactly. */
  type: string;
};

/** Several reports at once. */
export type RecordEventsInput = {
  /** 1 to 500 reports. */
  events: Array<RecordEventInput>;
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

/** Which pixel to fire, and with which click. */
export type TestPixelInput = {
  /** Our click id; without one the catalogue of samples is used. */
  clickId?: string | null | undefined;
  pixelId: string | number;
};

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

export type CreateAffiliateMutationVariables = Exact<{
  input: CreateAffiliateInput;
}>;


export type CreateAffiliateMutation = { createAffiliate:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateAffiliatePayload', affiliate: { id: string, affid: string, kind: AffiliateKind, parent: { id: string } | null } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type CreateOfferMutationVariables = Exact<{
  input: CreateOfferInput;
}>;


export type CreateOfferMutation = { createOffer:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateOfferPayload', offer: { id: string, code: string } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type CreateCampaignMutationVariables = Exact<{
  input: CreateCampaignInput;
}>;


export type CreateCampaignMutation = { createCampaign:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateCampaignPayload', campaign: { id: string, code: string, landingUrl: string } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type CreateIntegrationMutationVariables = Exact<{
  input: CreateIntegrationInput;
}>;


export type CreateIntegrationMutation = { createIntegration:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateIntegrationPayload', integration: { id: string, name: string, delaySeconds: number } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type CreateTrackingLinkMutationVariables = Exact<{
  input: CreateTrackingLinkInput;
}>;


export type CreateTrackingLinkMutation = { createTrackingLink:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateTrackingLinkPayload', trackingLink: { id: string, entryUrl: string, parameters: Array<{ name: string, value: string }> } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type CreatePixelMutationVariables = Exact<{
  input: CreatePixelInput;
}>;


export type CreatePixelMutation = { createPixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreatePixelPayload', pixel: { id: string, url: string, status: PixelStatus, version: number, triggerEvent: string, scope: PixelScope, statuses: Array<EventStatus>, unresolved: UnresolvedPolicy, warnings: Array<string>, exampleUrl: string, campaigns: Array<{ code: string }> } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type UpdatePixelMutationVariables = Exact<{
  input: UpdatePixelInput;
}>;


export type UpdatePixelMutation = { updatePixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'UpdatePixelPayload', pixel: { id: string, url: string, status: PixelStatus, version: number, campaigns: Array<{ code: string }> } }
   };

export type PausePixelMutationVariables = Exact<{
  input: PausePixelInput;
}>;


export type PausePixelMutation = { pausePixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'PausePixelPayload', pixel: { id: string, status: PixelStatus } }
   };

export type RecordClickMutationVariables = Exact<{
  input: RecordClickInput;
}>;


export type RecordClickMutation = { recordClick:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RecordClickPayload', click: { id: string, clickId: string, entryUrl: string, warnings: Array<string>, parameters: Array<{ name: string, value: string }>, affiliate: { affid: string }, campaign: { code: string } } }
   };

export type RecordEventMutationVariables = Exact<{
  input: RecordEventInput;
}>;


export type RecordEventMutation = { recordEvent:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RecordEventPayload', duplicate: boolean, event: { id: string, type: string, status: EventStatus, revision: number, amount: string | null, currency: string | null, transactionId: string | null, clickId: string | null, unattributed: UnattributedReason | null }, postbacks: Array<{ id: string, status: PostbackStatus, reason: string | null, dueAt: string, url: string }> }
   };

export type RecordEventsMutationVariables = Exact<{
  input: RecordEventsInput;
}>;


export type RecordEventsMutation = { recordEvents:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RecordEventsPayload', results: Array<
        | { __typename: 'ConflictError', message: string }
        | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
        | { __typename: 'NotFoundError', message: string }
        | { __typename: 'RecordEventPayload', duplicate: boolean, event: { id: string, revision: number, transactionId: string | null }, postbacks: Array<{ id: string }> }
      > }
   };

export type PostbacksQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  where?: PostbackFilter | null | undefined;
  orderBy?: PostbackOrder | null | undefined;
}>;


export type PostbacksQuery = { postbacks: { nodes: Array<{ id: string, status: PostbackStatus, reason: string | null, clickId: string | null, entryUrl: string | null, url: string, finalUrl: string | null, unresolved: Array<string>, dueAt: string, firedAt: string | null, nextAttemptAt: string | null, test: boolean, affiliate: { affid: string }, campaign: { code: string } | null, values: Array<{ name: string, source: PlaceholderSource | null, raw: string | null, encoded: string }>, lastAttempt: { number: number, statusCode: number | null, errorKind: string | null, message: string | null, responseBody: string | null, superseded: boolean, finalUrl: string, durationMs: number } | null, attempts: { nodes: Array<{ number: number, statusCode: number | null, errorKind: string | null, superseded: boolean }> }, replayOf: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PostbackFiredSubscriptionVariables = Exact<{
  where?: PostbackFilter | null | undefined;
  after?: string | null | undefined;
  since?: string | null | undefined;
}>;


export type PostbackFiredSubscription = { postbackFired: { cursor: string, gap: { from: string, to: string } | null, postback: { id: string, status: PostbackStatus, clickId: string | null, entryUrl: string | null, url: string, finalUrl: string | null, affiliate: { affid: string } } | null, attempt: { number: number, statusCode: number | null, errorKind: string | null, finalUrl: string } | null } };

export type FiredWithParentSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type FiredWithParentSubscription = { postbackFired: { postback: { affiliate: { affid: string, parent: { affid: string } | null } } | null } };

export type FiredRenderedSubscriptionVariables = Exact<{
  where?: PostbackFilter | null | undefined;
}>;


export type FiredRenderedSubscription = { postbackFired: { cursor: string, postback: { id: string, unresolved: Array<string> } | null, attempt: { finalUrl: string } | null } };

export type FiredIfSubscriptionVariables = Exact<{
  where?: PostbackFilter | null | undefined;
  withAttempt: boolean;
}>;


export type FiredIfSubscription = { postbackFired: { postback: { id: string } | null, attempt?: { statusCode: number | null } | null } };

export type EventRecordedSubscriptionVariables = Exact<{
  where?: EventFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type EventRecordedSubscription = { eventRecorded: { cursor: string, gap: { from: string, to: string } | null, event: { id: string, type: string, status: EventStatus, revision: number, transactionId: string | null, clickId: string | null, unattributed: UnattributedReason | null, click: { affiliate: { affid: string } } | null } | null } };

export type ClickRecordedSubscriptionVariables = Exact<{
  where?: ClickFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type ClickRecordedSubscription = { clickRecorded: { cursor: string, gap: { from: string, to: string } | null, click: { id: string, clickId: string, affclickid: string | null, isBot: boolean, affiliate: { affid: string } } | null } };

export type PostbackStatsChangedSubscriptionVariables = Exact<{
  where?: PostbackFilter | null | undefined;
}>;


export type PostbackStatsChangedSubscription = { postbackStatsChanged: { total: number, byStatus: Array<{ status: PostbackStatus, count: number }>, byStatusCode: Array<{ statusCode: StatusCodeClass, count: number }> } };

export type ReplayPostbackMutationVariables = Exact<{
  input: ReplayPostbackInput;
}>;


export type ReplayPostbackMutation = { replayPostback:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'ReplayPostbackPayload', postback: { id: string, status: PostbackStatus, url: string, replayOf: { id: string } | null } }
   };

export type CancelPostbackMutationVariables = Exact<{
  input: CancelPostbackInput;
}>;


export type CancelPostbackMutation = { cancelPostback:
    | { __typename: 'CancelPostbackPayload', postback: { id: string, status: PostbackStatus, reason: string | null } }
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type TestPixelMutationVariables = Exact<{
  input: TestPixelInput;
}>;


export type TestPixelMutation = { testPixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'TestPixelPayload', postback: { id: string, status: PostbackStatus, test: boolean, finalUrl: string | null, lastAttempt: { statusCode: number | null, responseBody: string | null, finalUrl: string } | null } }
   };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateApiKeyPayload', secret: string, apiKey: { id: string, name: string, role: Role, lastFour: string, isValid: boolean } }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
   };

export type CreateEchoReceiverMutationVariables = Exact<{
  input: CreateEchoReceiverInput;
}>;


export type CreateEchoReceiverMutation = { createEchoReceiver:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateEchoReceiverPayload', echoReceiver: { id: string, url: string, createdAt: string, affiliate: { affid: string } } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DeleteEchoReceiverMutationVariables = Exact<{
  input: DeleteEchoReceiverInput;
}>;


export type DeleteEchoReceiverMutation = { deleteEchoReceiver:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'DeleteEchoReceiverPayload', affiliate: { affid: string, echoReceiver: { id: string } | null } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type EchoCallsQueryVariables = Exact<{
  id: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type EchoCallsQuery = { node:
    | { calls: { nodes: Array<{ id: string, method: string, path: string, query: string, headersCut: boolean, body: string | null, bodyBytes: number, bodyCut: boolean, address: string | null, status: number, receivedAt: string, headers: Array<{ name: string, value: string }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | Record<PropertyKey, never>
   | null };

export type EchoReceivedSubscriptionVariables = Exact<{
  echoReceiverId: string | number;
  after?: string | null | undefined;
}>;


export type EchoReceivedSubscription = { echoReceived: { cursor: string, gap: { from: string, to: string } | null, call: { id: string, method: string, path: string, query: string, body: string | null, status: number } | null } };

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

export const CreateAffiliateDocument = new TypedDocumentString(`
    mutation CreateAffiliate($input: CreateAffiliateInput!) {
  createAffiliate(input: $input) {
    __typename
    ... on CreateAffiliatePayload {
      affiliate {
        id
        affid
        kind
        parent {
          id
        }
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
    `) as unknown as TypedDocumentString<CreateAffiliateMutation, CreateAffiliateMutationVariables>;
export const CreateOfferDocument = new TypedDocumentString(`
    mutation CreateOffer($input: CreateOfferInput!) {
  createOffer(input: $input) {
    __typename
    ... on CreateOfferPayload {
      offer {
        id
        code
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
    `) as unknown as TypedDocumentString<CreateOfferMutation, CreateOfferMutationVariables>;
export const CreateCampaignDocument = new TypedDocumentString(`
    mutation CreateCampaign($input: CreateCampaignInput!) {
  createCampaign(input: $input) {
    __typename
    ... on CreateCampaignPayload {
      campaign {
        id
        code
        landingUrl
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
    `) as unknown as TypedDocumentString<CreateCampaignMutation, CreateCampaignMutationVariables>;
export const CreateIntegrationDocument = new TypedDocumentString(`
    mutation CreateIntegration($input: CreateIntegrationInput!) {
  createIntegration(input: $input) {
    __typename
    ... on CreateIntegrationPayload {
      integration {
        id
        name
        delaySeconds
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
    `) as unknown as TypedDocumentString<CreateIntegrationMutation, CreateIntegrationMutationVariables>;
export const CreateTrackingLinkDocument = new TypedDocumentString(`
    mutation CreateTrackingLink($input: CreateTrackingLinkInput!) {
  createTrackingLink(input: $input) {
    __typename
    ... on CreateTrackingLinkPayload {
      trackingLink {
        id
        entryUrl
        parameters {
          name
          value
        }
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
    `) as unknown as TypedDocumentString<CreateTrackingLinkMutation, CreateTrackingLinkMutationVariables>;
export const CreatePixelDocument = new TypedDocumentString(`
    mutation CreatePixel($input: CreatePixelInput!) {
  createPixel(input: $input) {
    __typename
    ... on CreatePixelPayload {
      pixel {
        id
        url
        status
        version
        triggerEvent
        scope
        statuses
        unresolved
        warnings
        exampleUrl
        campaigns {
          code
        }
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
    `) as unknown as TypedDocumentString<CreatePixelMutation, CreatePixelMutationVariables>;
export const UpdatePixelDocument = new TypedDocumentString(`
    mutation UpdatePixel($input: UpdatePixelInput!) {
  updatePixel(input: $input) {
    __typename
    ... on UpdatePixelPayload {
      pixel {
        id
        url
        status
        version
        campaigns {
          code
        }
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
    `) as unknown as TypedDocumentString<UpdatePixelMutation, UpdatePixelMutationVariables>;
export const PausePixelDocument = new TypedDocumentString(`
    mutation PausePixel($input: PausePixelInput!) {
  pausePixel(input: $input) {
    __typename
    ... on PausePixelPayload {
      pixel {
        id
        status
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PausePixelMutation, PausePixelMutationVariables>;
export const RecordClickDocument = new TypedDocumentString(`
    mutation RecordClick($input: RecordClickInput!) {
  recordClick(input: $input) {
    __typename
    ... on RecordClickPayload {
      click {
        id
        clickId
        entryUrl
        parameters {
          name
          value
        }
        warnings
        affiliate {
          affid
        }
        campaign {
          code
        }
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
    `) as unknown as TypedDocumentString<RecordClickMutation, RecordClickMutationVariables>;
export const RecordEventDocument = new TypedDocumentString(`
    mutation RecordEvent($input: RecordEventInput!) {
  recordEvent(input: $input) {
    __typename
    ... on RecordEventPayload {
      duplicate
      event {
        id
        type
        status
        revision
        amount
        currency
        transactionId
        clickId
        unattributed
      }
      postbacks {
        id
        status
        reason
        dueAt
        url
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
    `) as unknown as TypedDocumentString<RecordEventMutation, RecordEventMutationVariables>;
export const RecordEventsDocument = new TypedDocumentString(`
    mutation RecordEvents($input: RecordEventsInput!) {
  recordEvents(input: $input) {
    __typename
    ... on RecordEventsPayload {
      results {
        __typename
        ... on RecordEventPayload {
          duplicate
          event {
            id
            revision
            transactionId
          }
          postbacks {
            id
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
    `) as unknown as TypedDocumentString<RecordEventsMutation, RecordEventsMutationVariables>;
export const PostbacksDocument = new TypedDocumentString(`
    query Postbacks($first: Int, $after: String, $where: PostbackFilter, $orderBy: PostbackOrder) {
  postbacks(first: $first, after: $after, where: $where, orderBy: $orderBy) {
    nodes {
      id
      status
      reason
      clickId
      entryUrl
      url
      finalUrl
      unresolved
      dueAt
      firedAt
      nextAttemptAt
      test
      affiliate {
        affid
      }
      campaign {
        code
      }
      values {
        name
        source
        raw
        encoded
      }
      lastAttempt {
        number
        statusCode
        errorKind
        message
        responseBody
        superseded
        finalUrl
        durationMs
      }
      attempts(first: 20) {
        nodes {
          number
          statusCode
          errorKind
          superseded
        }
      }
      replayOf {
        id
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<PostbacksQuery, PostbacksQueryVariables>;
export const PostbackFiredDocument = new TypedDocumentString(`
    subscription PostbackFired($where: PostbackFilter, $after: String, $since: DateTime) {
  postbackFired(where: $where, after: $after, since: $since) {
    cursor
    gap {
      from
      to
    }
    postback {
      id
      status
      clickId
      entryUrl
      url
      finalUrl
      affiliate {
        affid
      }
    }
    attempt {
      number
      statusCode
      errorKind
      finalUrl
    }
  }
}
    `) as unknown as TypedDocumentString<PostbackFiredSubscription, PostbackFiredSubscriptionVariables>;
export const FiredWithParentDocument = new TypedDocumentString(`
    subscription FiredWithParent {
  postbackFired {
    postback {
      affiliate {
        affid
        parent {
          affid
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FiredWithParentSubscription, FiredWithParentSubscriptionVariables>;
export const FiredRenderedDocument = new TypedDocumentString(`
    subscription FiredRendered($where: PostbackFilter) {
  postbackFired(where: $where) {
    cursor
    postback {
      id
      unresolved
    }
    attempt {
      finalUrl
    }
  }
}
    `) as unknown as TypedDocumentString<FiredRenderedSubscription, FiredRenderedSubscriptionVariables>;
export const FiredIfDocument = new TypedDocumentString(`
    subscription FiredIf($where: PostbackFilter, $withAttempt: Boolean!) {
  postbackFired(where: $where) {
    postback {
      id
    }
    attempt @include(if: $withAttempt) {
      statusCode
    }
  }
}
    `) as unknown as TypedDocumentString<FiredIfSubscription, FiredIfSubscriptionVariables>;
export const EventRecordedDocument = new TypedDocumentString(`
    subscription EventRecorded($where: EventFilter, $after: String) {
  eventRecorded(where: $where, after: $after) {
    cursor
    gap {
      from
      to
    }
    event {
      id
      type
      status
      revision
      transactionId
      clickId
      unattributed
      click {
        affiliate {
          affid
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EventRecordedSubscription, EventRecordedSubscriptionVariables>;
export const ClickRecordedDocument = new TypedDocumentString(`
    subscription ClickRecorded($where: ClickFilter, $after: String) {
  clickRecorded(where: $where, after: $after) {
    cursor
    gap {
      from
      to
    }
    click {
      id
      clickId
      affclickid
      isBot
      affiliate {
        affid
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ClickRecordedSubscription, ClickRecordedSubscriptionVariables>;
export const PostbackStatsChangedDocument = new TypedDocumentString(`
    subscription PostbackStatsChanged($where: PostbackFilter) {
  postbackStatsChanged(where: $where) {
    total
    byStatus {
      status
      count
    }
    byStatusCode {
      statusCode
      count
    }
  }
}
    `) as unknown as TypedDocumentString<PostbackStatsChangedSubscription, PostbackStatsChangedSubscriptionVariables>;
export const ReplayPostbackDocument = new TypedDocumentString(`
    mutation ReplayPostback($input: ReplayPostbackInput!) {
  replayPostback(input: $input) {
    __typename
    ... on ReplayPostbackPayload {
      postback {
        id
        status
        url
        replayOf {
          id
        }
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ReplayPostbackMutation, ReplayPostbackMutationVariables>;
export const CancelPostbackDocument = new TypedDocumentString(`
    mutation CancelPostback($input: CancelPostbackInput!) {
  cancelPostback(input: $input) {
    __typename
    ... on CancelPostbackPayload {
      postback {
        id
        status
        reason
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelPostbackMutation, CancelPostbackMutationVariables>;
export const TestPixelDocument = new TypedDocumentString(`
    mutation TestPixel($input: TestPixelInput!) {
  testPixel(input: $input) {
    __typename
    ... on TestPixelPayload {
      postback {
        id
        status
        test
        finalUrl
        lastAttempt {
          statusCode
          responseBody
          finalUrl
        }
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TestPixelMutation, TestPixelMutationVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    __typename
    ... on CreateApiKeyPayload {
      apiKey {
        id
        name
        role
        lastFour
        isValid
      }
      secret
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
    `) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const CreateEchoReceiverDocument = new TypedDocumentString(`
    mutation CreateEchoReceiver($input: CreateEchoReceiverInput!) {
  createEchoReceiver(input: $input) {
    __typename
    ... on CreateEchoReceiverPayload {
      echoReceiver {
        id
        url
        createdAt
        affiliate {
          affid
        }
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateEchoReceiverMutation, CreateEchoReceiverMutationVariables>;
export const DeleteEchoReceiverDocument = new TypedDocumentString(`
    mutation DeleteEchoReceiver($input: DeleteEchoReceiverInput!) {
  deleteEchoReceiver(input: $input) {
    __typename
    ... on DeleteEchoReceiverPayload {
      affiliate {
        affid
        echoReceiver {
          id
        }
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteEchoReceiverMutation, DeleteEchoReceiverMutationVariables>;
export const EchoCallsDocument = new TypedDocumentString(`
    query EchoCalls($id: ID!, $first: Int, $after: String) {
  node(id: $id) {
    ... on EchoReceiver {
      calls(first: $first, after: $after) {
        nodes {
          id
          method
          path
          query
          headers {
            name
            value
          }
          headersCut
          body
          bodyBytes
          bodyCut
          address
          status
          receivedAt
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EchoCallsQuery, EchoCallsQueryVariables>;
export const EchoReceivedDocument = new TypedDocumentString(`
    subscription EchoReceived($echoReceiverId: ID!, $after: String) {
  echoReceived(echoReceiverId: $echoReceiverId, after: $after) {
    cursor
    gap {
      from
      to
    }
    call {
      id
      method
      path
      query
      body
      status
    }
  }
}
    `) as unknown as TypedDocumentString<EchoReceivedSubscription, EchoReceivedSubscriptionVariables>;