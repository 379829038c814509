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

/** Everything the drawer shows of one postback. */
export const POSTBACK = graphql(`
  query MonitorPostback($id: ID!) {
    node(id: $id) {
      __typename
      ... on Postback {
        ...PostbackRow
        firedAt
        finishedAt
        nextAttemptAt
        latency { receivedMs heldMs doneMs }
        pixel { id method signed }
        event { id type status amount currency transactionId integration { name } }
        destination { origin held heldReason nextProbeAt }
        values { name source raw encoded }
        body
        contentType
        replayOf { id }
        attempts(first: 20) {
          nodes { ...AttemptRow message responseBody superseded }
        }
      }
    }
  }
`);

export const REPLAY = graphql(`
  mutation MonitorReplay($input: ReplayPostbackInput!) {
    replayPostback(input: $input) {
      ... on ReplayPostbackPayload { postback { id } }
      ... on Error { message }
    }
  }
`);

export const CANCEL = graphql(`
  mutation MonitorCancel($input: CancelPostbackInput!) {
    cancelPostback(input: $input) {
      ... on CancelPostbackPayload { postback { id } }
      ... on Error { message }
    }
  }
`);

/** What every pixel decided about an event. */
export const EVENT_DECISIONS = graphql(`
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
      pixel { id url }
      postback { id status reason }
    }
  }
`);

export const WHY_EVENT = graphql(`
  query MonitorWhyEvent($id: ID!) {
    node(id: $id) { __typename ... on Event { ...EventDecisions } }
  }
`);

export const WHY_CLICK = graphql(`
  query MonitorWhyClick($clickId: String!) {
    events(first: 20, where: { clickId: $clickId }) { nodes { ...EventDecisions } }
  }
`);
