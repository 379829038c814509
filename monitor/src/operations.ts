import { graphql } from '../gql/gql.ts';

/** Who signs in. */
export const VIEWER = graphql(`
  query MonitorViewer {
    viewer { name role affiliate { affid } }
  }
`);

/** What a row of the table shows of a postback. */
export const POSTBACK_ROW = graphql(`
  fragment PostbackRow on Postback {
    id
    status
    reason
    test
    clickId
    entryUrl
    url
    dueAt
    latency { firstTryMs }
    affiliate { affid }
    pixel { id }
    event { id type }
  }
`);

/** What it shows of an attempt. */
export const ATTEMPT_ROW = graphql(`
  fragment AttemptRow on PostbackAttempt {
    number
    startedAt
    durationMs
    finalUrl
    statusCode
    errorKind
  }
`);

export const FIRED = graphql(`
  subscription MonitorFired($where: PostbackFilter, $after: String) {
    postbackFired(where: $where, after: $after) {
      cursor
      gap { from to }
      postback { ...PostbackRow }
      attempt { ...AttemptRow }
    }
  }
`);

export const RECENT = graphql(`
  query MonitorRecent($where: PostbackFilter, $first: Int!, $after: String) {
    postbacks(where: $where, first: $first, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        ...PostbackRow
        lastAttempt { ...AttemptRow }
      }
    }
  }
`);

export const FIND_AFFILIATE = graphql(`
  query MonitorFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }
`);

/** What the filters offer. */
export const FILTER_CHOICES = graphql(`
  query MonitorFilterChoices {
    eventTypes(first: 100) { nodes { code } }
  }
`);
