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

/** A parameter of an entry URL. */
export type ParameterInput = {
  /** 1 to 64 characters of `[A-Za-z0-9_.-]`. */
  name: string;
  /** At most 1,024 characters; a macro of a traffic source such as `{gclid}` stays as typed. */
  value: string;
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

/** Which pixel. */
export type ResumePixelInput = {
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

export type DemoFindScenarioQueryVariables = Exact<{
  affid: string;
  campaign: string;
}>;


export type DemoFindScenarioQuery = { affiliate: { id: string, pixels: { nodes: Array<{ id: string, url: string, status: PixelStatus, triggerEvent: string }> }, trackingLinks: { nodes: Array<{ entryUrl: string, campaign: { code: string } }> } } | null, campaign: { id: string } | null };

export type DemoFindIntegrationQueryVariables = Exact<{
  id: string | number;
}>;


export type DemoFindIntegrationQuery = { node:
    | { id: string, delaySeconds: number }
    | Record<PropertyKey, never>
   | null };

export type DemoCreateAffiliateMutationVariables = Exact<{
  input: CreateAffiliateInput;
}>;


export type DemoCreateAffiliateMutation = { createAffiliate:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateAffiliatePayload', affiliate: { id: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DemoCreateOfferMutationVariables = Exact<{
  input: CreateOfferInput;
}>;


export type DemoCreateOfferMutation = { createOffer:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateOfferPayload', offer: { id: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DemoCreateCampaignMutationVariables = Exact<{
  input: CreateCampaignInput;
}>;


export type DemoCreateCampaignMutation = { createCampaign:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateCampaignPayload', campaign: { id: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DemoCreateIntegrationMutationVariables = Exact<{
  input: CreateIntegrationInput;
}>;


export type DemoCreateIntegrationMutation = { createIntegration:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateIntegrationPayload', integration: { id: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DemoCreateTrackingLinkMutationVariables = Exact<{
  input: CreateTrackingLinkInput;
}>;


export type DemoCreateTrackingLinkMutation = { createTrackingLink:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateTrackingLinkPayload', trackingLink: { entryUrl: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DemoCreatePixelMutationVariables = Exact<{
  input: CreatePixelInput;
}>;


export type DemoCreatePixelMutation = { createPixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreatePixelPayload', pixel: { id: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export type DemoUpdatePixelMutationVariables = Exact<{
  input: UpdatePixelInput;
}>;


export type DemoUpdatePixelMutation = { updatePixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'UpdatePixelPayload', pixel: { id: string } }
   };

export type DemoResumePixelMutationVariables = Exact<{
  input: ResumePixelInput;
}>;


export type DemoResumePixelMutation = { resumePixel:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'ResumePixelPayload', pixel: { id: string } }
   };

export type DemoRecordEventMutationVariables = Exact<{
  input: RecordEventInput;
}>;


export type DemoRecordEventMutation = { recordEvent:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RecordEventPayload', event: { receivedAt: string, unattributed: UnattributedReason | null }, postbacks: Array<{ id: string, status: PostbackStatus, reason: string | null, dueAt: string, pixel: { id: string } }> }
   };

export type DemoPostbacksQueryVariables = Exact<{
  clickId: string;
  pixelId: string | number;
}>;


export type DemoPostbacksQuery = { postbacks: { nodes: Array<{ id: string, status: PostbackStatus, reason: string | null, clickId: string | null, entryUrl: string | null, url: string, finalUrl: string | null }> } };

export type DemoPostbackFiredSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type DemoPostbackFiredSubscription = { postbackFired: { postback: { id: string, status: PostbackStatus, reason: string | null, clickId: string | null, finalUrl: string | null } | null, attempt: { number: number, statusCode: number | null, errorKind: string | null, finalUrl: string } | null } };

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

export const DemoFindScenarioDocument = new TypedDocumentString(`
    query DemoFindScenario($affid: String!, $campaign: String!) {
  affiliate(affid: $affid) {
    id
    pixels(first: 100) {
      nodes {
        id
        url
        status
        triggerEvent
      }
    }
    trackingLinks(first: 100) {
      nodes {
        entryUrl
        campaign {
          code
        }
      }
    }
  }
  campaign(code: $campaign) {
    id
  }
}
    `) as unknown as TypedDocumentString<DemoFindScenarioQuery, DemoFindScenarioQueryVariables>;
export const DemoFindIntegrationDocument = new TypedDocumentString(`
    query DemoFindIntegration($id: ID!) {
  node(id: $id) {
    ... on Integration {
      id
      delaySeconds
    }
  }
}
    `) as unknown as TypedDocumentString<DemoFindIntegrationQuery, DemoFindIntegrationQueryVariables>;
export const DemoCreateAffiliateDocument = new TypedDocumentString(`
    mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {
  createAffiliate(input: $input) {
    __typename
    ... on CreateAffiliatePayload {
      affiliate {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreateAffiliateMutation, DemoCreateAffiliateMutationVariables>;
export const DemoCreateOfferDocument = new TypedDocumentString(`
    mutation DemoCreateOffer($input: CreateOfferInput!) {
  createOffer(input: $input) {
    __typename
    ... on CreateOfferPayload {
      offer {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreateOfferMutation, DemoCreateOfferMutationVariables>;
export const DemoCreateCampaignDocument = new TypedDocumentString(`
    mutation DemoCreateCampaign($input: CreateCampaignInput!) {
  createCampaign(input: $input) {
    __typename
    ... on CreateCampaignPayload {
      campaign {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreateCampaignMutation, DemoCreateCampaignMutationVariables>;
export const DemoCreateIntegrationDocument = new TypedDocumentString(`
    mutation DemoCreateIntegration($input: CreateIntegrationInput!) {
  createIntegration(input: $input) {
    __typename
    ... on CreateIntegrationPayload {
      integration {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreateIntegrationMutation, DemoCreateIntegrationMutationVariables>;
export const DemoCreateTrackingLinkDocument = new TypedDocumentString(`
    mutation DemoCreateTrackingLink($input: CreateTrackingLinkInput!) {
  createTrackingLink(input: $input) {
    __typename
    ... on CreateTrackingLinkPayload {
      trackingLink {
        entryUrl
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreateTrackingLinkMutation, DemoCreateTrackingLinkMutationVariables>;
export const DemoCreatePixelDocument = new TypedDocumentString(`
    mutation DemoCreatePixel($input: CreatePixelInput!) {
  createPixel(input: $input) {
    __typename
    ... on CreatePixelPayload {
      pixel {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreatePixelMutation, DemoCreatePixelMutationVariables>;
export const DemoUpdatePixelDocument = new TypedDocumentString(`
    mutation DemoUpdatePixel($input: UpdatePixelInput!) {
  updatePixel(input: $input) {
    __typename
    ... on UpdatePixelPayload {
      pixel {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoUpdatePixelMutation, DemoUpdatePixelMutationVariables>;
export const DemoResumePixelDocument = new TypedDocumentString(`
    mutation DemoResumePixel($input: ResumePixelInput!) {
  resumePixel(input: $input) {
    __typename
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
    `) as unknown as TypedDocumentString<DemoResumePixelMutation, DemoResumePixelMutationVariables>;
export const DemoRecordEventDocument = new TypedDocumentString(`
    mutation DemoRecordEvent($input: RecordEventInput!) {
  recordEvent(input: $input) {
    __typename
    ... on RecordEventPayload {
      event {
        receivedAt
        unattributed
      }
      postbacks {
        id
        status
        reason
        dueAt
        pixel {
          id
        }
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoRecordEventMutation, DemoRecordEventMutationVariables>;
export const DemoPostbacksDocument = new TypedDocumentString(`
    query DemoPostbacks($clickId: String!, $pixelId: ID!) {
  postbacks(where: {clickId: $clickId, pixelIds: [$pixelId]}) {
    nodes {
      id
      status
      reason
      clickId
      entryUrl
      url
      finalUrl
    }
  }
}
    `) as unknown as TypedDocumentString<DemoPostbacksQuery, DemoPostbacksQueryVariables>;
export const DemoPostbackFiredDocument = new TypedDocumentString(`
    subscription DemoPostbackFired {
  postbackFired {
    postback {
      id
      status
      reason
      clickId
      finalUrl
    }
    attempt {
      number
      statusCode
      errorKind
      finalUrl
    }
  }
}
    `) as unknown as TypedDocumentString<DemoPostbackFiredSubscription, DemoPostbackFiredSubscriptionVariables>;