import { graphql } from '../gql/gql.ts';

/** The operations tests share, typed by codegen from the committed schema. */
export const CREATE_AFFILIATE = graphql(`
  mutation CreateAffiliate($input: CreateAffiliateInput!) {
    createAffiliate(input: $input) {
      __typename
      ... on CreateAffiliatePayload { affiliate { id affid kind parent { id } } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const CREATE_OFFER = graphql(`
  mutation CreateOffer($input: CreateOfferInput!) {
    createOffer(input: $input) {
      __typename
      ... on CreateOfferPayload { offer { id code } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const CREATE_CAMPAIGN = graphql(`
  mutation CreateCampaign($input: CreateCampaignInput!) {
    createCampaign(input: $input) {
      __typename
      ... on CreateCampaignPayload { campaign { id code landingUrl } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const CREATE_INTEGRATION = graphql(`
  mutation CreateIntegration($input: CreateIntegrationInput!) {
    createIntegration(input: $input) {
      __typename
      ... on CreateIntegrationPayload { integration { id name delaySeconds } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const CREATE_TRACKING_LINK = graphql(`
  mutation CreateTrackingLink($input: CreateTrackingLinkInput!) {
    createTrackingLink(input: $input) {
      __typename
      ... on CreateTrackingLinkPayload { trackingLink { id entryUrl parameters { name value } } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const CREATE_PIXEL = graphql(`
  mutation CreatePixel($input: CreatePixelInput!) {
    createPixel(input: $input) {
      __typename
      ... on CreatePixelPayload {
        pixel { id url status version triggerEvent scope statuses unresolved warnings exampleUrl campaigns { code } }
      }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const UPDATE_PIXEL = graphql(`
  mutation UpdatePixel($input: UpdatePixelInput!) {
    updatePixel(input: $input) {
      __typename
      ... on UpdatePixelPayload { pixel { id url status version campaigns { code } } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const PAUSE_PIXEL = graphql(`
  mutation PausePixel($input: PausePixelInput!) {
    pausePixel(input: $input) {
      __typename
      ... on PausePixelPayload { pixel { id status } }
      ... on Error { message }
    }
  }
`);

export const RECORD_CLICK = graphql(`
  mutation RecordClick($input: RecordClickInput!) {
    recordClick(input: $input) {
      __typename
      ... on RecordClickPayload {
        click { id clickId entryUrl parameters { name value } warnings affiliate { affid } campaign { code } }
      }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const RECORD_EVENT = graphql(`
  mutation RecordEvent($input: RecordEventInput!) {
    recordEvent(input: $input) {
      __typename
      ... on RecordEventPayload {
        duplicate
        event { id type status revision amount currency transactionId clickId unattributed }
        postbacks { id status reason dueAt url }
      }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const RECORD_EVENTS = graphql(`
  mutation RecordEvents($input: RecordEventsInput!) {
    recordEvents(input: $input) {
      __typename
      ... on RecordEventsPayload {
        results {
          __typename
          ... on RecordEventPayload { duplicate event { id revision transactionId } postbacks { id } }
          ... on InvalidInputError { issues { path message } }
          ... on Error { message }
        }
      }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const POSTBACKS = graphql(`
  query Postbacks($first: Int, $after: String, $where: PostbackFilter, $orderBy: PostbackOrder) {
    postbacks(first: $first, after: $after, where: $where, orderBy: $orderBy) {
      nodes {
        id status reason clickId entryUrl url finalUrl unresolved dueAt firedAt nextAttemptAt test
        affiliate { affid }
        campaign { code }
        values { name source raw encoded }
        lastAttempt { number statusCode errorKind message responseBody superseded finalUrl durationMs }
        attempts(first: 20) { nodes { number statusCode errorKind superseded } }
        replayOf { id }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const POSTBACK_FIRED = graphql(`
  subscription PostbackFired($where: PostbackFilter, $after: String, $since: DateTime) {
    postbackFired(where: $where, after: $after, since: $since) {
      cursor
      gap { from to }
      postback { id status clickId entryUrl url finalUrl affiliate { affid } }
      attempt { number statusCode errorKind finalUrl }
    }
  }
`);

export const FIRED_WITH_PARENT = graphql(`
  subscription FiredWithParent {
    postbackFired { postback { affiliate { affid parent { affid } } } }
  }
`);

export const FIRED_RENDERED = graphql(`
  subscription FiredRendered($where: PostbackFilter) {
    postbackFired(where: $where) { cursor postback { id unresolved } attempt { finalUrl } }
  }
`);

export const FIRED_IF = graphql(`
  subscription FiredIf($where: PostbackFilter, $withAttempt: Boolean!) {
    postbackFired(where: $where) { postback { id } attempt @include(if: $withAttempt) { statusCode } }
  }
`);

export const EVENT_RECORDED = graphql(`
  subscription EventRecorded($where: EventFilter, $after: String) {
    eventRecorded(where: $where, after: $after) {
      cursor
      gap { from to }
      event { id type status revision transactionId clickId unattributed click { affiliate { affid } } }
    }
  }
`);

export const CLICK_RECORDED = graphql(`
  subscription ClickRecorded($where: ClickFilter, $after: String) {
    clickRecorded(where: $where, after: $after) {
      cursor
      gap { from to }
      click { id clickId affclickid isBot affiliate { affid } }
    }
  }
`);

export const POSTBACK_STATS_CHANGED = graphql(`
  subscription PostbackStatsChanged($where: PostbackFilter) {
    postbackStatsChanged(where: $where) {
      total
      byStatus { status count }
      byStatusCode { statusCode count }
    }
  }
`);

export const REPLAY_POSTBACK = graphql(`
  mutation ReplayPostback($input: ReplayPostbackInput!) {
    replayPostback(input: $input) {
      __typename
      ... on ReplayPostbackPayload { postback { id status url replayOf { id } } }
      ... on Error { message }
    }
  }
`);

export const CANCEL_POSTBACK = graphql(`
  mutation CancelPostback($input: CancelPostbackInput!) {
    cancelPostback(input: $input) {
      __typename
      ... on CancelPostbackPayload { postback { id status reason } }
      ... on Error { message }
    }
  }
`);

export const TEST_PIXEL = graphql(`
  mutation TestPixel($input: TestPixelInput!) {
    testPixel(input: $input) {
      __typename
      ... on TestPixelPayload {
        postback { id status test finalUrl lastAttempt { statusCode responseBody finalUrl } }
      }
      ... on Error { message }
    }
  }
`);

export const CREATE_API_KEY = graphql(`
  mutation CreateApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      __typename
      ... on CreateApiKeyPayload { apiKey { id name role lastFour isValid } secret }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const CREATE_ECHO_RECEIVER = graphql(`
  mutation CreateEchoReceiver($input: CreateEchoReceiverInput!) {
    createEchoReceiver(input: $input) {
      __typename
      ... on CreateEchoReceiverPayload { echoReceiver { id url createdAt affiliate { affid } } }
      ... on Error { message }
    }
  }
`);

export const DELETE_ECHO_RECEIVER = graphql(`
  mutation DeleteEchoReceiver($input: DeleteEchoReceiverInput!) {
    deleteEchoReceiver(input: $input) {
      __typename
      ... on DeleteEchoReceiverPayload { affiliate { affid echoReceiver { id } } }
      ... on Error { message }
    }
  }
`);

export const ECHO_CALLS = graphql(`
  query EchoCalls($id: ID!, $first: Int, $after: String) {
    node(id: $id) {
      ... on EchoReceiver {
        calls(first: $first, after: $after) {
          nodes {
            id method path query headers { name value } headersCut body bodyBytes bodyCut address status receivedAt
          }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`);

export const ECHO_RECEIVED = graphql(`
  subscription EchoReceived($echoReceiverId: ID!, $after: String) {
    echoReceived(echoReceiverId: $echoReceiverId, after: $after) {
      cursor
      gap { from to }
      call { id method path query body status }
    }
  }
`);
