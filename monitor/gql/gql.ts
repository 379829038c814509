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
    "\n  fragment EchoLine on EchoCall {\n    id\n    receivedAt\n    method\n    path\n    query\n    status\n    body\n    headers { name value }\n  }\n": typeof types.EchoLineFragmentDoc,
    "\n  query MonitorEchoReceiver($affid: String!) {\n    affiliate(affid: $affid) {\n      echoReceiver {\n        id\n        url\n        calls(first: 20) { nodes { ...EchoLine } }\n      }\n    }\n  }\n": typeof types.MonitorEchoReceiverDocument,
    "\n  mutation MonitorCreateEchoReceiver($affiliateId: ID!) {\n    createEchoReceiver(input: { affiliateId: $affiliateId }) {\n      ... on CreateEchoReceiverPayload { echoReceiver { url } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorCreateEchoReceiverDocument,
    "\n  subscription MonitorEchoReceived($echoReceiverId: ID!) {\n    echoReceived(echoReceiverId: $echoReceiverId) { call { ...EchoLine } }\n  }\n": typeof types.MonitorEchoReceivedDocument,
    "\n  query MonitorViewer {\n    viewer { name role affiliate { affid } }\n  }\n": typeof types.MonitorViewerDocument,
    "\n  fragment PostbackRow on Postback {\n    id\n    status\n    reason\n    test\n    clickId\n    entryUrl\n    url\n    dueAt\n    latency { firstTryMs }\n    affiliate { affid }\n    pixel { id }\n    event { id type }\n  }\n": typeof types.PostbackRowFragmentDoc,
    "\n  fragment AttemptRow on PostbackAttempt {\n    number\n    startedAt\n    durationMs\n    finalUrl\n    statusCode\n    errorKind\n  }\n": typeof types.AttemptRowFragmentDoc,
    "\n  subscription MonitorFired($where: PostbackFilter, $after: String) {\n    postbackFired(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      postback { ...PostbackRow }\n      attempt { ...AttemptRow }\n    }\n  }\n": typeof types.MonitorFiredDocument,
    "\n  query MonitorRecent($where: PostbackFilter, $first: Int!, $after: String) {\n    postbacks(where: $where, first: $first, after: $after) {\n      pageInfo { hasNextPage endCursor }\n      nodes {\n        ...PostbackRow\n        lastAttempt { ...AttemptRow }\n      }\n    }\n  }\n": typeof types.MonitorRecentDocument,
    "\n  query MonitorFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }\n": typeof types.MonitorFindAffiliateDocument,
    "\n  query MonitorFilterChoices {\n    eventTypes(first: 100) { nodes { code } }\n  }\n": typeof types.MonitorFilterChoicesDocument,
    "\n  query MonitorPostback($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on Postback {\n        ...PostbackRow\n        firedAt\n        finishedAt\n        nextAttemptAt\n        latency { receivedMs heldMs doneMs }\n        pixel { id method signed }\n        event { id type status amount currency transactionId integration { name } }\n        destination { origin held heldReason nextProbeAt }\n        values { name source raw encoded }\n        body\n        contentType\n        replayOf { id }\n        attempts(first: 20) {\n          nodes { ...AttemptRow message responseBody superseded }\n        }\n      }\n    }\n  }\n": typeof types.MonitorPostbackDocument,
    "\n  mutation MonitorReplay($input: ReplayPostbackInput!) {\n    replayPostback(input: $input) {\n      ... on ReplayPostbackPayload { postback { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorReplayDocument,
    "\n  mutation MonitorCancel($input: CancelPostbackInput!) {\n    cancelPostback(input: $input) {\n      ... on CancelPostbackPayload { postback { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorCancelDocument,
    "\n  fragment EventDecisions on Event {\n    id\n    type\n    status\n    revision\n    amount\n    currency\n    transactionId\n    clickId\n    receivedAt\n    unattributed\n    decisions {\n      fires\n      reason\n      pixel { id url }\n      postback { id status reason }\n    }\n  }\n": typeof types.EventDecisionsFragmentDoc,
    "\n  query MonitorWhyEvent($id: ID!) {\n    node(id: $id) { __typename ... on Event { ...EventDecisions } }\n  }\n": typeof types.MonitorWhyEventDocument,
    "\n  query MonitorWhyClick($clickId: String!) {\n    events(first: 20, where: { clickId: $clickId }) { nodes { ...EventDecisions } }\n  }\n": typeof types.MonitorWhyClickDocument,
    "\n  query MonitorAffiliates($where: AffiliateFilter) {\n    affiliates(first: 100, where: $where) {\n      nodes { id affid name status pixelsNeedApproval permissions }\n      pageInfo { hasNextPage }\n    }\n  }\n": typeof types.MonitorAffiliatesDocument,
    "\n  mutation MonitorCreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      ... on CreateAffiliatePayload { affiliate { affid } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorCreateAffiliateDocument,
    "\n  mutation MonitorUpdateAffiliate($input: UpdateAffiliateInput!) {\n    updateAffiliate(input: $input) {\n      ... on UpdateAffiliatePayload { affiliate { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorUpdateAffiliateDocument,
    "\n  fragment PixelLine on Pixel {\n    id\n    url\n    triggerEvent\n    status\n    scope\n    campaigns { id code name }\n    statuses\n    unresolved\n    required\n    method\n    body\n    maxClickAgeSeconds\n    includeSubPartners\n    maxAttempts\n    maxPerSecond\n    signed\n    warnings\n    rejection\n  }\n": typeof types.PixelLineFragmentDoc,
    "\n  query MonitorPixels($affid: String!) {\n    affiliate(affid: $affid) {\n      id\n      affid\n      name\n      pixels(first: 100) { nodes { ...PixelLine } }\n    }\n  }\n": typeof types.MonitorPixelsDocument,
    "\n  query MonitorCampaigns($where: CampaignFilter) {\n    campaigns(first: 100, where: $where) {\n      nodes { id code name }\n      pageInfo { hasNextPage }\n    }\n  }\n": typeof types.MonitorCampaignsDocument,
    "\n  query MonitorConvert($url: String!, $dialect: TemplateDialect) {\n    convertTemplate(url: $url, dialect: $dialect) {\n      url\n      dialect\n      changes { from to note }\n      unsupported { token note }\n      warnings\n    }\n  }\n": typeof types.MonitorConvertDocument,
    "\n  query MonitorPlaceholders {\n    placeholders { name description sample }\n    eventTypes(first: 100) { nodes { code } }\n  }\n": typeof types.MonitorPlaceholdersDocument,
    "\n  query MonitorPreview($input: PreviewPostbackInput!) {\n    previewPostback(input: $input) {\n      finalUrl\n      body\n      contentType\n      click { clickId }\n      skipReason\n      warnings\n      issues { path message }\n      values { name source raw encoded }\n    }\n  }\n": typeof types.MonitorPreviewDocument,
    "\n  mutation MonitorCreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      ... on CreatePixelPayload { secret pixel { ...PixelLine } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorCreatePixelDocument,
    "\n  mutation MonitorUpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      ... on UpdatePixelPayload { secret pixel { ...PixelLine } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorUpdatePixelDocument,
    "\n  mutation MonitorPausePixel($pixelId: ID!) {\n    pausePixel(input: { pixelId: $pixelId }) {\n      ... on PausePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorPausePixelDocument,
    "\n  mutation MonitorResumePixel($pixelId: ID!) {\n    resumePixel(input: { pixelId: $pixelId }) {\n      ... on ResumePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorResumePixelDocument,
    "\n  mutation MonitorTestPixel($pixelId: ID!, $clickId: String) {\n    testPixel(input: { pixelId: $pixelId, clickId: $clickId }) {\n      ... on TestPixelPayload {\n        postback {\n          id\n          status\n          reason\n          lastAttempt { durationMs finalUrl statusCode errorKind message responseBody }\n        }\n      }\n      ... on Error { message }\n    }\n  }\n": typeof types.MonitorTestPixelDocument,
};
const documents: Documents = {
    "\n  fragment EchoLine on EchoCall {\n    id\n    receivedAt\n    method\n    path\n    query\n    status\n    body\n    headers { name value }\n  }\n": types.EchoLineFragmentDoc,
    "\n  query MonitorEchoReceiver($affid: String!) {\n    affiliate(affid: $affid) {\n      echoReceiver {\n        id\n        url\n        calls(first: 20) { nodes { ...EchoLine } }\n      }\n    }\n  }\n": types.MonitorEchoReceiverDocument,
    "\n  mutation MonitorCreateEchoReceiver($affiliateId: ID!) {\n    createEchoReceiver(input: { affiliateId: $affiliateId }) {\n      ... on CreateEchoReceiverPayload { echoReceiver { url } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorCreateEchoReceiverDocument,
    "\n  subscription MonitorEchoReceived($echoReceiverId: ID!) {\n    echoReceived(echoReceiverId: $echoReceiverId) { call { ...EchoLine } }\n  }\n": types.MonitorEchoReceivedDocument,
    "\n  query MonitorViewer {\n    viewer { name role affiliate { affid } }\n  }\n": types.MonitorViewerDocument,
    "\n  fragment PostbackRow on Postback {\n    id\n    status\n    reason\n    test\n    clickId\n    entryUrl\n    url\n    dueAt\n    latency { firstTryMs }\n    affiliate { affid }\n    pixel { id }\n    event { id type }\n  }\n": types.PostbackRowFragmentDoc,
    "\n  fragment AttemptRow on PostbackAttempt {\n    number\n    startedAt\n    durationMs\n    finalUrl\n    statusCode\n    errorKind\n  }\n": types.AttemptRowFragmentDoc,
    "\n  subscription MonitorFired($where: PostbackFilter, $after: String) {\n    postbackFired(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      postback { ...PostbackRow }\n      attempt { ...AttemptRow }\n    }\n  }\n": types.MonitorFiredDocument,
    "\n  query MonitorRecent($where: PostbackFilter, $first: Int!, $after: String) {\n    postbacks(where: $where, first: $first, after: $after) {\n      pageInfo { hasNextPage endCursor }\n      nodes {\n        ...PostbackRow\n        lastAttempt { ...AttemptRow }\n      }\n    }\n  }\n": types.MonitorRecentDocument,
    "\n  query MonitorFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }\n": types.MonitorFindAffiliateDocument,
    "\n  query MonitorFilterChoices {\n    eventTypes(first: 100) { nodes { code } }\n  }\n": types.MonitorFilterChoicesDocument,
    "\n  query MonitorPostback($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on Postback {\n        ...PostbackRow\n        firedAt\n        finishedAt\n        nextAttemptAt\n        latency { receivedMs heldMs doneMs }\n        pixel { id method signed }\n        event { id type status amount currency transactionId integration { name } }\n        destination { origin held heldReason nextProbeAt }\n        values { name source raw encoded }\n        body\n        contentType\n        replayOf { id }\n        attempts(first: 20) {\n          nodes { ...AttemptRow message responseBody superseded }\n        }\n      }\n    }\n  }\n": types.MonitorPostbackDocument,
    "\n  mutation MonitorReplay($input: ReplayPostbackInput!) {\n    replayPostback(input: $input) {\n      ... on ReplayPostbackPayload { postback { id } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorReplayDocument,
    "\n  mutation MonitorCancel($input: CancelPostbackInput!) {\n    cancelPostback(input: $input) {\n      ... on CancelPostbackPayload { postback { id } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorCancelDocument,
    "\n  fragment EventDecisions on Event {\n    id\n    type\n    status\n    revision\n    amount\n    currency\n    transactionId\n    clickId\n    receivedAt\n    unattributed\n    decisions {\n      fires\n      reason\n      pixel { id url }\n      postback { id status reason }\n    }\n  }\n": types.EventDecisionsFragmentDoc,
    "\n  query MonitorWhyEvent($id: ID!) {\n    node(id: $id) { __typename ... on Event { ...EventDecisions } }\n  }\n": types.MonitorWhyEventDocument,
    "\n  query MonitorWhyClick($clickId: String!) {\n    events(first: 20, where: { clickId: $clickId }) { nodes { ...EventDecisions } }\n  }\n": types.MonitorWhyClickDocument,
    "\n  query MonitorAffiliates($where: AffiliateFilter) {\n    affiliates(first: 100, where: $where) {\n      nodes { id affid name status pixelsNeedApproval permissions }\n      pageInfo { hasNextPage }\n    }\n  }\n": types.MonitorAffiliatesDocument,
    "\n  mutation MonitorCreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      ... on CreateAffiliatePayload { affiliate { affid } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorCreateAffiliateDocument,
    "\n  mutation MonitorUpdateAffiliate($input: UpdateAffiliateInput!) {\n    updateAffiliate(input: $input) {\n      ... on UpdateAffiliatePayload { affiliate { id } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorUpdateAffiliateDocument,
    "\n  fragment PixelLine on Pixel {\n    id\n    url\n    triggerEvent\n    status\n    scope\n    campaigns { id code name }\n    statuses\n    unresolved\n    required\n    method\n    body\n    maxClickAgeSeconds\n    includeSubPartners\n    maxAttempts\n    maxPerSecond\n    signed\n    warnings\n    rejection\n  }\n": types.PixelLineFragmentDoc,
    "\n  query MonitorPixels($affid: String!) {\n    affiliate(affid: $affid) {\n      id\n      affid\n      name\n      pixels(first: 100) { nodes { ...PixelLine } }\n    }\n  }\n": types.MonitorPixelsDocument,
    "\n  query MonitorCampaigns($where: CampaignFilter) {\n    campaigns(first: 100, where: $where) {\n      nodes { id code name }\n      pageInfo { hasNextPage }\n    }\n  }\n": types.MonitorCampaignsDocument,
    "\n  query MonitorConvert($url: String!, $dialect: TemplateDialect) {\n    convertTemplate(url: $url, dialect: $dialect) {\n      url\n      dialect\n      changes { from to note }\n      unsupported { token note }\n      warnings\n    }\n  }\n": types.MonitorConvertDocument,
    "\n  query MonitorPlaceholders {\n    placeholders { name description sample }\n    eventTypes(first: 100) { nodes { code } }\n  }\n": types.MonitorPlaceholdersDocument,
    "\n  query MonitorPreview($input: PreviewPostbackInput!) {\n    previewPostback(input: $input) {\n      finalUrl\n      body\n      contentType\n      click { clickId }\n      skipReason\n      warnings\n      issues { path message }\n      values { name source raw encoded }\n    }\n  }\n": types.MonitorPreviewDocument,
    "\n  mutation MonitorCreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      ... on CreatePixelPayload { secret pixel { ...PixelLine } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorCreatePixelDocument,
    "\n  mutation MonitorUpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      ... on UpdatePixelPayload { secret pixel { ...PixelLine } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorUpdatePixelDocument,
    "\n  mutation MonitorPausePixel($pixelId: ID!) {\n    pausePixel(input: { pixelId: $pixelId }) {\n      ... on PausePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorPausePixelDocument,
    "\n  mutation MonitorResumePixel($pixelId: ID!) {\n    resumePixel(input: { pixelId: $pixelId }) {\n      ... on ResumePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": types.MonitorResumePixelDocument,
    "\n  mutation MonitorTestPixel($pixelId: ID!, $clickId: String) {\n    testPixel(input: { pixelId: $pixelId, clickId: $clickId }) {\n      ... on TestPixelPayload {\n        postback {\n          id\n          status\n          reason\n          lastAttempt { durationMs finalUrl statusCode errorKind message responseBody }\n        }\n      }\n      ... on Error { message }\n    }\n  }\n": types.MonitorTestPixelDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment EchoLine on EchoCall {\n    id\n    receivedAt\n    method\n    path\n    query\n    status\n    body\n    headers { name value }\n  }\n"): typeof import('./graphql.ts').EchoLineFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorEchoReceiver($affid: String!) {\n    affiliate(affid: $affid) {\n      echoReceiver {\n        id\n        url\n        calls(first: 20) { nodes { ...EchoLine } }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorEchoReceiverDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorCreateEchoReceiver($affiliateId: ID!) {\n    createEchoReceiver(input: { affiliateId: $affiliateId }) {\n      ... on CreateEchoReceiverPayload { echoReceiver { url } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorCreateEchoReceiverDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription MonitorEchoReceived($echoReceiverId: ID!) {\n    echoReceived(echoReceiverId: $echoReceiverId) { call { ...EchoLine } }\n  }\n"): typeof import('./graphql.ts').MonitorEchoReceivedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorViewer {\n    viewer { name role affiliate { affid } }\n  }\n"): typeof import('./graphql.ts').MonitorViewerDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment PostbackRow on Postback {\n    id\n    status\n    reason\n    test\n    clickId\n    entryUrl\n    url\n    dueAt\n    latency { firstTryMs }\n    affiliate { affid }\n    pixel { id }\n    event { id type }\n  }\n"): typeof import('./graphql.ts').PostbackRowFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment AttemptRow on PostbackAttempt {\n    number\n    startedAt\n    durationMs\n    finalUrl\n    statusCode\n    errorKind\n  }\n"): typeof import('./graphql.ts').AttemptRowFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription MonitorFired($where: PostbackFilter, $after: String) {\n    postbackFired(where: $where, after: $after) {\n      cursor\n      gap { from to }\n      postback { ...PostbackRow }\n      attempt { ...AttemptRow }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorFiredDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorRecent($where: PostbackFilter, $first: Int!, $after: String) {\n    postbacks(where: $where, first: $first, after: $after) {\n      pageInfo { hasNextPage endCursor }\n      nodes {\n        ...PostbackRow\n        lastAttempt { ...AttemptRow }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorRecentDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }\n"): typeof import('./graphql.ts').MonitorFindAffiliateDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorFilterChoices {\n    eventTypes(first: 100) { nodes { code } }\n  }\n"): typeof import('./graphql.ts').MonitorFilterChoicesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorPostback($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on Postback {\n        ...PostbackRow\n        firedAt\n        finishedAt\n        nextAttemptAt\n        latency { receivedMs heldMs doneMs }\n        pixel { id method signed }\n        event { id type status amount currency transactionId integration { name } }\n        destination { origin held heldReason nextProbeAt }\n        values { name source raw encoded }\n        body\n        contentType\n        replayOf { id }\n        attempts(first: 20) {\n          nodes { ...AttemptRow message responseBody superseded }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorPostbackDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorReplay($input: ReplayPostbackInput!) {\n    replayPostback(input: $input) {\n      ... on ReplayPostbackPayload { postback { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorReplayDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorCancel($input: CancelPostbackInput!) {\n    cancelPostback(input: $input) {\n      ... on CancelPostbackPayload { postback { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorCancelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment EventDecisions on Event {\n    id\n    type\n    status\n    revision\n    amount\n    currency\n    transactionId\n    clickId\n    receivedAt\n    unattributed\n    decisions {\n      fires\n      reason\n      pixel { id url }\n      postback { id status reason }\n    }\n  }\n"): typeof import('./graphql.ts').EventDecisionsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorWhyEvent($id: ID!) {\n    node(id: $id) { __typename ... on Event { ...EventDecisions } }\n  }\n"): typeof import('./graphql.ts').MonitorWhyEventDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorWhyClick($clickId: String!) {\n    events(first: 20, where: { clickId: $clickId }) { nodes { ...EventDecisions } }\n  }\n"): typeof import('./graphql.ts').MonitorWhyClickDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorAffiliates($where: AffiliateFilter) {\n    affiliates(first: 100, where: $where) {\n      nodes { id affid name status pixelsNeedApproval permissions }\n      pageInfo { hasNextPage }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorAffiliatesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorCreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      ... on CreateAffiliatePayload { affiliate { affid } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorCreateAffiliateDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorUpdateAffiliate($input: UpdateAffiliateInput!) {\n    updateAffiliate(input: $input) {\n      ... on UpdateAffiliatePayload { affiliate { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorUpdateAffiliateDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment PixelLine on Pixel {\n    id\n    url\n    triggerEvent\n    status\n    scope\n    campaigns { id code name }\n    statuses\n    unresolved\n    required\n    method\n    body\n    maxClickAgeSeconds\n    includeSubPartners\n    maxAttempts\n    maxPerSecond\n    signed\n    warnings\n    rejection\n  }\n"): typeof import('./graphql.ts').PixelLineFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorPixels($affid: String!) {\n    affiliate(affid: $affid) {\n      id\n      affid\n      name\n      pixels(first: 100) { nodes { ...PixelLine } }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorPixelsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorCampaigns($where: CampaignFilter) {\n    campaigns(first: 100, where: $where) {\n      nodes { id code name }\n      pageInfo { hasNextPage }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorCampaignsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorConvert($url: String!, $dialect: TemplateDialect) {\n    convertTemplate(url: $url, dialect: $dialect) {\n      url\n      dialect\n      changes { from to note }\n      unsupported { token note }\n      warnings\n    }\n  }\n"): typeof import('./graphql.ts').MonitorConvertDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorPlaceholders {\n    placeholders { name description sample }\n    eventTypes(first: 100) { nodes { code } }\n  }\n"): typeof import('./graphql.ts').MonitorPlaceholdersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MonitorPreview($input: PreviewPostbackInput!) {\n    previewPostback(input: $input) {\n      finalUrl\n      body\n      contentType\n      click { clickId }\n      skipReason\n      warnings\n      issues { path message }\n      values { name source raw encoded }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorPreviewDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorCreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      ... on CreatePixelPayload { secret pixel { ...PixelLine } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorCreatePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorUpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      ... on UpdatePixelPayload { secret pixel { ...PixelLine } }\n      ... on InvalidInputError { issues { path message } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorUpdatePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorPausePixel($pixelId: ID!) {\n    pausePixel(input: { pixelId: $pixelId }) {\n      ... on PausePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorPausePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorResumePixel($pixelId: ID!) {\n    resumePixel(input: { pixelId: $pixelId }) {\n      ... on ResumePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorResumePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MonitorTestPixel($pixelId: ID!, $clickId: String) {\n    testPixel(input: { pixelId: $pixelId, clickId: $clickId }) {\n      ... on TestPixelPayload {\n        postback {\n          id\n          status\n          reason\n          lastAttempt { durationMs finalUrl statusCode errorKind message responseBody }\n        }\n      }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').MonitorTestPixelDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
