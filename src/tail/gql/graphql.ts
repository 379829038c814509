/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type TailFiredSubscriptionVariables = Exact<{
  where?: PostbackFilter | null | undefined;
  after?: string | null | undefined;
  since?: string | null | undefined;
}>;


export type TailFiredSubscription = { postbackFired: { cursor: string, gap: { from: string, to: string } | null, postback: { id: string, status: PostbackStatus, reason: string | null, clickId: string | null, entryUrl: string | null, url: string, dueAt: string, nextAttemptAt: string | null, affiliate: { affid: string }, campaign: { code: string } | null, pixel: { id: string }, event: { id: string, type: string } } | null, attempt: { number: number, startedAt: string, durationMs: number, finalUrl: string, statusCode: number | null, errorKind: string | null, message: string | null } | null } };

export type TailFindAffiliateQueryVariables = Exact<{
  affid: string;
}>;


export type TailFindAffiliateQuery = { affiliate: { id: string } | null };

export type TailFindCampaignQueryVariables = Exact<{
  code: string;
}>;


export type TailFindCampaignQuery = { campaign: { id: string } | null };

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

export const TailFiredDocument = new TypedDocumentString(`
    subscription TailFired($where: PostbackFilter, $after: String, $since: DateTime) {
  postbackFired(where: $where, after: $after, since: $since) {
    cursor
    gap {
      from
      to
    }
    postback {
      id
      status
      reason
      clickId
      entryUrl
      url
      dueAt
      nextAttemptAt
      affiliate {
        affid
      }
      campaign {
        code
      }
      pixel {
        id
      }
      event {
        id
        type
      }
    }
    attempt {
      number
      startedAt
      durationMs
      finalUrl
      statusCode
      errorKind
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TailFiredSubscription, TailFiredSubscriptionVariables>;
export const TailFindAffiliateDocument = new TypedDocumentString(`
    query TailFindAffiliate($affid: String!) {
  affiliate(affid: $affid) {
    id
  }
}
    `) as unknown as TypedDocumentString<TailFindAffiliateQuery, TailFindAffiliateQueryVariables>;
export const TailFindCampaignDocument = new TypedDocumentString(`
    query TailFindCampaign($code: String!) {
  campaign(code: $code) {
    id
  }
}
    `) as unknown as TypedDocumentString<TailFindCampaignQuery, TailFindCampaignQueryVariables>;