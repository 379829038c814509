import { graphql } from './gql/gql.ts';

/** The tail's operations, typed by codegen. */
export const FIRED = graphql(`
  subscription TailFired($where: PostbackFilter, $after: String, $since: DateTime) {
    postbackFired(where: $where, after: $after, since: $since) {
      cursor
      gap { from to }
      postback {
        id
        status
        reason
        clickId
        entryUrl
        url
        dueAt
        nextAttemptAt
        affiliate { affid }
        campaign { code }
        pixel { id }
        event { id type }
      }
      attempt { number startedAt durationMs finalUrl statusCode errorKind message }
    }
  }
`);

export const FIND_AFFILIATE = graphql(`
  query TailFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }
`);

export const FIND_CAMPAIGN = graphql(`
  query TailFindCampaign($code: String!) { campaign(code: $code) { id } }
`);
