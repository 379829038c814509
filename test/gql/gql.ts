/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  mutation CreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      __typename\n      ... on CreateAffiliatePayload { affiliate { id affid kind parent { id } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateAffiliateDocument,
    "\n  mutation CreateOffer($input: CreateOfferInput!) {\n    createOffer(input: $input) {\n      __typename\n      ... on CreateOfferPayload { offer { id code } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateOfferDocument,
    "\n  mutation CreateCampaign($input: CreateCampaignInput!) {\n    createCampaign(input: $input) {\n      __typename\n      ... on CreateCampaignPayload { campaign { id code landingUrl } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateCampaignDocument,
    "\n  mutation CreateIntegration($input: CreateIntegrationInput!) {\n    createIntegration(input: $input) {\n      __typename\n      ... on CreateIntegrationPayload { integration { id name delaySeconds } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateIntegrationDocument,
    "\n  mutation CreateTrackingLink($input: CreateTrackingLinkInput!) {\n    createTrackingLink(input: $input) {\n      __typename\n      ... on CreateTrackingLinkPayload { trackingLink { id entryUrl parameters { name value } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateTrackingLinkDocument,
    "\n  mutation CreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      __typename\n      ... on CreatePixelPayload {\n        pixel { id url status version triggerEvent scope statuses unresolved warnings exampleUrl campaigns { code } }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreatePixelDocument,
    "\n  mutation UpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      __typename\n      ... on UpdatePixelPayload { pixel { id url status version campaigns { code } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.UpdatePixelDocument,
    "\n  mutation PausePixel($input: PausePixelInput!) {\n    pausePixel(input: $input) {\n      __typename\n      ... on PausePixelPayload { pixel { id status } }\n      ... on Error { message }\n    }\n  }\n": typeof types.PausePixelDocument,
    "\n  mutation RecordClick($input: RecordClickInput!) {\n    recordClick(input: $input) {\n      __typename\n      ... on RecordClickPayload {\n        click { id clickId entryUrl parameters { name value } warnings affiliate { affid } campaign { code } }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.RecordClickDocument,
    "\n  mutation RecordEvent($input: RecordEventInput!) {\n    recordEvent(input: $input) {\n      __typename\n      ... on RecordEventPayload {\n        duplicate\n        event { id type status revision amount currency transactionId clickId unattributed }\n        postbacks { id status reason dueAt url }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.RecordEventDocument,
    "\n  mutation RecordEvents($input: RecordEventsInput!) {\n    recordEvents(input: $input) {\n      __typename\n      ... on RecordEventsPayload {\n        results {\n          __typename\n          ... on RecordEventPayload { duplicate event { id revision transactionId } postbacks { id } }\n          ... on InvalidInputError { issues { path message } }\n          ... on Error { message }\n        }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.RecordEventsDocument,
    "\n  query Postbacks($first: Int, $after: String, $where: PostbackFilter, $orderBy: PostbackOrder) {\n    postbacks(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n      nodes {\n        id status reason clickId entryUrl url finalUrl unresolved dueAt firedAt nextAttemptAt test\n        affiliate { affid }\n        campaign { code }\n        values { name source raw encoded }\n        lastAttempt { number statusCode errorKind message responseBody superseded finalUrl durationMs }\n        attempts(first: 20) { nodes { number statusCode errorKind superseded } }\n        replayOf { id }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PostbacksDocument,
    "\n  subscription PostbackFired($where: PostbackFilter, $after: String, $since: DateTime) {\n    postbackFired(where: $where, after: $after, since: $since) {\n      cursor\n      gap { from to }\n      postback { id status clickId entryUrl url finalUrl affiliate { affid } }\n      attempt { number statusCode errorKind finalUrl }\n    }\n  }\n": typeof types.PostbackFiredDocument,
    "\n  subscription FiredWithParent {\n    postbackFired { postback { affiliate { affid parent { affid } } } }\n  }\n": typeof types.FiredWithParentDocument,
    "\n  subscription FiredRendered($where: PostbackFilter) {\n    postbackFired(where: $where) { cursor postback { id unresolved } attempt { finalUrl } }\n  }\n": typeof types.FiredRenderedDocument,
    "\n  subscription FiredIf($where: PostbackFilter, $withAttempt: Boolean!) {\n    postbackFired(where: $where) { postback { id } attempt @include(if: $withAttempt) { statusCode } }\n  }\n": typeof types.FiredIfDocument,
    "\n  subscription EventRecorded($where: EventFilter, $after: String) {\n    eventRecorded(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      event { id type status revision transactionId clickId unattributed click { affiliate { affid } } }\n    }\n  }\n": typeof types.EventRecordedDocument,
    "\n  subscription ClickRecorded($where: ClickFilter, $after: String) {\n    clickRecorded(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      click { id clickId affclickid isBot affiliate { affid } }\n    }\n  }\n": typeof types.ClickRecordedDocument,
    "\n  subscription PostbackStatsChanged($where: PostbackFilter) {\n    postbackStatsChanged(where: $where) {\n      total\n      byStatus { status count }\n      byStatusCode { statusCode count }\n    }\n  }\n": typeof types.PostbackStatsChangedDocument,
    "\n  mutation ReplayPostback($input: ReplayPostbackInput!) {\n    replayPostback(input: $input) {\n      __typename\n      ... on ReplayPostbackPayload { postback { id status url replayOf { id } } }\n      ... on Error { message }\n    }\n  }\n": typeof types.ReplayPostbackDocument,
    "\n  mutation CancelPostback($input: CancelPostbackInput!) {\n    cancelPostback(input: $input) {\n      __typename\n      ... on CancelPostbackPayload { postback { id status reason } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CancelPostbackDocument,
    "\n  mutation TestPixel($input: TestPixelInput!) {\n    testPixel(input: $input) {\n      __typename\n      ... on TestPixelPayload {\n        postback { id status test finalUrl lastAttempt { statusCode responseBody finalUrl } }\n      }\n      ... on Error { message }\n    }\n  }\n": typeof types.TestPixelDocument,
    "\n  mutation CreateApiKey($input: CreateApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreateApiKeyPayload { apiKey { id name role lastFour isValid } secret }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateApiKeyDocument,
    "\n  mutation CreateEchoReceiver($input: CreateEchoReceiverInput!) {\n    createEchoReceiver(input: $input) {\n      __typename\n      ... on CreateEchoReceiverPayload { echoReceiver { id url createdAt affiliate { affid } } }\n      ... on Error { message }\n    }\n  }\n": typeof types.CreateEchoReceiverDocument,
    "\n  mutation DeleteEchoReceiver($input: DeleteEchoReceiverInput!) {\n    deleteEchoReceiver(input: $input) {\n      __typename\n      ... on DeleteEchoReceiverPayload { affiliate { affid echoReceiver { id } } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DeleteEchoReceiverDocument,
    "\n  query EchoCalls($id: ID!, $first: Int, $after: String) {\n    node(id: $id) {\n      ... on EchoReceiver {\n        calls(first: $first, after: $after) {\n          nodes {\n            id method path query headers { name value } headersCut body bodyBytes bodyCut address status receivedAt\n          }\n          pageInfo { hasNextPage endCursor }\n        }\n      }\n    }\n  }\n": typeof types.EchoCallsDocument,
    "\n  subscription EchoReceived($echoReceiverId: ID!, $after: String) {\n    echoReceived(echoReceiverId: $echoReceiverId, after: $after) {\n      cursor\n      gap { from to }\n      call { id method path query body status }\n    }\n  }\n": typeof types.EchoReceivedDocument,
};
const documents: Documents = {
    "\n  mutation CreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      __typename\n      ... on CreateAffiliatePayload { affiliate { id affid kind parent { id } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreateAffiliateDocument,
    "\n  mutation CreateOffer($input: CreateOfferInput!) {\n    createOffer(input: $input) {\n      __typename\n      ... on CreateOfferPayload { offer { id code } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreateOfferDocument,
    "\n  mutation CreateCampaign($input: CreateCampaignInput!) {\n    createCampaign(input: $input) {\n      __typename\n      ... on CreateCampaignPayload { campaign { id code landingUrl } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreateCampaignDocument,
    "\n  mutation CreateIntegration($input: CreateIntegrationInput!) {\n    createIntegration(input: $input) {\n      __typename\n      ... on CreateIntegrationPayload { integration { id name delaySeconds } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreateIntegrationDocument,
    "\n  mutation CreateTrackingLink($input: CreateTrackingLinkInput!) {\n    createTrackingLink(input: $input) {\n      __typename\n      ... on CreateTrackingLinkPayload { trackingLink { id entryUrl parameters { name value } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreateTrackingLinkDocument,
    "\n  mutation CreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      __typename\n      ... on CreatePixelPayload {\n        pixel { id url status version triggerEvent scope statuses unresolved warnings exampleUrl campaigns { code } }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreatePixelDocument,
    "\n  mutation UpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      __typename\n      ... on UpdatePixelPayload { pixel { id url status version campaigns { code } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.UpdatePixelDocument,
    "\n  mutation PausePixel($input: PausePixelInput!) {\n    pausePixel(input: $input) {\n      __typename\n      ... on PausePixelPayload { pixel { id status } }\n      ... on Error { message }\n    }\n  }\n": types.PausePixelDocument,
    "\n  mutation RecordClick($input: RecordClickInput!) {\n    recordClick(input: $input) {\n      __typename\n      ... on RecordClickPayload {\n        click { id clickId entryUrl parameters { name value } warnings affiliate { affid } campaign { code } }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.RecordClickDocument,
    "\n  mutation RecordEvent($input: RecordEventInput!) {\n    recordEvent(input: $input) {\n      __typename\n      ... on RecordEventPayload {\n        duplicate\n        event { id type status revision amount currency transactionId clickId unattributed }\n        postbacks { id status reason dueAt url }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.RecordEventDocument,
    "\n  mutation RecordEvents($input: RecordEventsInput!) {\n    recordEvents(input: $input) {\n      __typename\n      ... on RecordEventsPayload {\n        results {\n          __typename\n          ... on RecordEventPayload { duplicate event { id revision transactionId } postbacks { id } }\n          ... on InvalidInputError { issues { path message } }\n          ... on Error { message }\n        }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.RecordEventsDocument,
    "\n  query Postbacks($first: Int, $after: String, $where: PostbackFilter, $orderBy: PostbackOrder) {\n    postbacks(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n      nodes {\n        id status reason clickId entryUrl url finalUrl unresolved dueAt firedAt nextAttemptAt test\n        affiliate { affid }\n        campaign { code }\n        values { name source raw encoded }\n        lastAttempt { number statusCode errorKind message responseBody superseded finalUrl durationMs }\n        attempts(first: 20) { nodes { number statusCode errorKind superseded } }\n        replayOf { id }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PostbacksDocument,
    "\n  subscription PostbackFired($where: PostbackFilter, $after: String, $since: DateTime) {\n    postbackFired(where: $where, after: $after, since: $since) {\n      cursor\n      gap { from to }\n      postback { id status clickId entryUrl url finalUrl affiliate { affid } }\n      attempt { number statusCode errorKind finalUrl }\n    }\n  }\n": types.PostbackFiredDocument,
    "\n  subscription FiredWithParent {\n    postbackFired { postback { affiliate { affid parent { affid } } } }\n  }\n": types.FiredWithParentDocument,
    "\n  subscription FiredRendered($where: PostbackFilter) {\n    postbackFired(where: $where) { cursor postback { id unresolved } attempt { finalUrl } }\n  }\n": types.FiredRenderedDocument,
    "\n  subscription FiredIf($where: PostbackFilter, $withAttempt: Boolean!) {\n    postbackFired(where: $where) { postback { id } attempt @include(if: $withAttempt) { statusCode } }\n  }\n": types.FiredIfDocument,
    "\n  subscription EventRecorded($where: EventFilter, $after: String) {\n    eventRecorded(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      event { id type status revision transactionId clickId unattributed click { affiliate { affid } } }\n    }\n  }\n": types.EventRecordedDocument,
    "\n  subscription ClickRecorded($where: ClickFilter, $after: String) {\n    clickRecorded(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      click { id clickId affclickid isBot affiliate { affid } }\n    }\n  }\n": types.ClickRecordedDocument,
    "\n  subscription PostbackStatsChanged($where: PostbackFilter) {\n    postbackStatsChanged(where: $where) {\n      total\n      byStatus { status count }\n      byStatusCode { statusCode count }\n    }\n  }\n": types.PostbackStatsChangedDocument,
    "\n  mutation ReplayPostback($input: ReplayPostbackInput!) {\n    replayPostback(input: $input) {\n      __typename\n      ... on ReplayPostbackPayload { postback { id status url replayOf { id } } }\n      ... on Error { message }\n    }\n  }\n": types.ReplayPostbackDocument,
    "\n  mutation CancelPostback($input: CancelPostbackInput!) {\n    cancelPostback(input: $input) {\n      __typename\n      ... on CancelPostbackPayload { postback { id status reason } }\n      ... on Error { message }\n    }\n  }\n": types.CancelPostbackDocument,
    "\n  mutation TestPixel($input: TestPixelInput!) {\n    testPixel(input: $input) {\n      __typename\n      ... on TestPixelPayload {\n        postback { id status test finalUrl lastAttempt { statusCode responseBody finalUrl } }\n      }\n      ... on Error { message }\n    }\n  }\n": types.TestPixelDocument,
    "\n  mutation CreateApiKey($input: CreateApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreateApiKeyPayload { apiKey { id name role lastFour isValid } secret }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.CreateApiKeyDocument,
    "\n  mutation CreateEchoReceiver($input: CreateEchoReceiverInput!) {\n    createEchoReceiver(input: $input) {\n      __typename\n      ... on CreateEchoReceiverPayload { echoReceiver { id url createdAt affiliate { affid } } }\n      ... on Error { message }\n    }\n  }\n": types.CreateEchoReceiverDocument,
    "\n  mutation DeleteEchoReceiver($input: DeleteEchoReceiverInput!) {\n    deleteEchoReceiver(input: $input) {\n      __typename\n      ... on DeleteEchoReceiverPayload { affiliate { affid echoReceiver { id } } }\n      ... on Error { message }\n    }\n  }\n": types.DeleteEchoReceiverDocument,
    "\n  query EchoCalls($id: ID!, $first: Int, $after: String) {\n    node(id: $id) {\n      ... on EchoReceiver {\n        calls(first: $first, after: $after) {\n          nodes {\n            id method path query headers { name value } headersCut body bodyBytes bodyCut address status receivedAt\n          }\n          pageInfo { hasNextPage endCursor }\n        }\n      }\n    }\n  }\n": types.EchoCallsDocument,
    "\n  subscription EchoReceived($echoReceiverId: ID!, $after: String) {\n    echoReceived(echoReceiverId: $echoReceiverId, after: $after) {\n      cursor\n      gap { from to }\n      call { id method path query body status }\n    }\n  }\n": types.EchoReceivedDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      __typename\n      ... on CreateAffiliatePayload { affiliate { id affid kind parent { id } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateAffiliateDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateOffer($input: CreateOfferInput!) {\n    createOffer(input: $input) {\n      __typename\n      ... on CreateOfferPayload { offer { id code } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateOfferDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateCampaign($input: CreateCampaignInput!) {\n    createCampaign(input: $input) {\n      __typename\n      ... on CreateCampaignPayload { campaign { id code landingUrl } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateCampaignDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateIntegration($input: CreateIntegrationInput!) {\n    createIntegration(input: $input) {\n      __typename\n      ... on CreateIntegrationPayload { integration { id name delaySeconds } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateIntegrationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateTrackingLink($input: CreateTrackingLinkInput!) {\n    createTrackingLink(input: $input) {\n      __typename\n      ... on CreateTrackingLinkPayload { trackingLink { id entryUrl parameters { name value } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateTrackingLinkDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      __typename\n      ... on CreatePixelPayload {\n        pixel { id url status version triggerEvent scope statuses unresolved warnings exampleUrl campaigns { code } }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreatePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      __typename\n      ... on UpdatePixelPayload { pixel { id url status version campaigns { code } } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').UpdatePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PausePixel($input: PausePixelInput!) {\n    pausePixel(input: $input) {\n      __typename\n      ... on PausePixelPayload { pixel { id status } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').PausePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordClick($input: RecordClickInput!) {\n    recordClick(input: $input) {\n      __typename\n      ... on RecordClickPayload {\n        click { id clickId entryUrl parameters { name value } warnings affiliate { affid } campaign { code } }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').RecordClickDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordEvent($input: RecordEventInput!) {\n    recordEvent(input: $input) {\n      __typename\n      ... on RecordEventPayload {\n        duplicate\n        event { id type status revision amount currency transactionId clickId unattributed }\n        postbacks { id status reason dueAt url }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').RecordEventDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordEvents($input: RecordEventsInput!) {\n    recordEvents(input: $input) {\n      __typename\n      ... on RecordEventsPayload {\n        results {\n          __typename\n          ... on RecordEventPayload { duplicate event { id revision transactionId } postbacks { id } }\n          ... on InvalidInputError { issues { path message } }\n          ... on Error { message }\n        }\n      }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').RecordEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Postbacks($first: Int, $after: String, $where: PostbackFilter, $orderBy: PostbackOrder) {\n    postbacks(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n      nodes {\n        id status reason clickId entryUrl url finalUrl unresolved dueAt firedAt nextAttemptAt test\n        affiliate { affid }\n        campaign { code }\n        values { name source raw encoded }\n        lastAttempt { number statusCode errorKind message responseBody superseded finalUrl durationMs }\n        attempts(first: 20) { nodes { number statusCode errorKind superseded } }\n        replayOf { id }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.ts').PostbacksDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PostbackFired($where: PostbackFilter, $after: String, $since: DateTime) {\n    postbackFired(where: $where, after: $after, since: $since) {\n      cursor\n      gap { from to }\n      postback { id status clickId entryUrl url finalUrl affiliate { affid } }\n      attempt { number statusCode errorKind finalUrl }\n    }\n  }\n"): typeof import('./graphql.ts').PostbackFiredDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FiredWithParent {\n    postbackFired { postback { affiliate { affid parent { affid } } } }\n  }\n"): typeof import('./graphql.ts').FiredWithParentDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FiredRendered($where: PostbackFilter) {\n    postbackFired(where: $where) { cursor postback { id unresolved } attempt { finalUrl } }\n  }\n"): typeof import('./graphql.ts').FiredRenderedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FiredIf($where: PostbackFilter, $withAttempt: Boolean!) {\n    postbackFired(where: $where) { postback { id } attempt @include(if: $withAttempt) { statusCode } }\n  }\n"): typeof import('./graphql.ts').FiredIfDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription EventRecorded($where: EventFilter, $after: String) {\n    eventRecorded(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      event { id type status revision transactionId clickId unattributed click { affiliate { affid } } }\n    }\n  }\n"): typeof import('./graphql.ts').EventRecordedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ClickRecorded($where: ClickFilter, $after: String) {\n    clickRecorded(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      click { id clickId affclickid isBot affiliate { affid } }\n    }\n  }\n"): typeof import('./graphql.ts').ClickRecordedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PostbackStatsChanged($where: PostbackFilter) {\n    postbackStatsChanged(where: $where) {\n      total\n      byStatus { status count }\n      byStatusCode { statusCode count }\n    }\n  }\n"): typeof import('./graphql.ts').PostbackStatsChangedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ReplayPostback($input: ReplayPostbackInput!) {\n    replayPostback(input: $input) {\n      __typename\n      ... on ReplayPostbackPayload { postback { id status url replayOf { id } } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').ReplayPostbackDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelPostback($input: CancelPostbackInput!) {\n    cancelPostback(input: $input) {\n      __typename\n      ... on CancelPostbackPayload { postback { id status reason } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CancelPostbackDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation TestPixel($input: TestPixelInput!) {\n    testPixel(input: $input) {\n      __typename\n      ... on TestPixelPayload {\n        postback { id status test finalUrl lastAttempt { statusCode responseBody finalUrl } }\n      }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').TestPixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateApiKey($input: CreateApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreateApiKeyPayload { apiKey { id name role lastFour isValid } secret }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateApiKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateEchoReceiver($input: CreateEchoReceiverInput!) {\n    createEchoReceiver(input: $input) {\n      __typename\n      ... on CreateEchoReceiverPayload { echoReceiver { id url createdAt affiliate { affid } } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').CreateEchoReceiverDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteEchoReceiver($input: DeleteEchoReceiverInput!) {\n    deleteEchoReceiver(input: $input) {\n      __typename\n      ... on DeleteEchoReceiverPayload { affiliate { affid echoReceiver { id } } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DeleteEchoReceiverDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query EchoCalls($id: ID!, $first: Int, $after: String) {\n    node(id: $id) {\n      ... on EchoReceiver {\n        calls(first: $first, after: $after) {\n          nodes {\n            id method path query headers { name value } headersCut body bodyBytes bodyCut address status receivedAt\n          }\n          pageInfo { hasNextPage endCursor }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').EchoCallsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription EchoReceived($echoReceiverId: ID!, $after: String) {\n    echoReceived(echoReceiverId: $echoReceiverId, after: $after) {\n      cursor\n      gap { from to }\n      call { id method path query body status }\n    }\n  }\n"): typeof import('./graphql.ts').EchoReceivedDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
