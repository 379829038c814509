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
    "\n  query DemoFindScenario($affid: String!, $campaign: String!) {\n    affiliate(affid: $affid) {\n      id\n      pixels(first: 100) { nodes { id url status triggerEvent } }\n      trackingLinks(first: 100) { nodes { entryUrl campaign { code } } }\n    }\n    campaign(code: $campaign) { id }\n  }\n": typeof types.DemoFindScenarioDocument,
    "\n  query DemoFindIntegration($id: ID!) {\n    node(id: $id) { ... on Integration { id delaySeconds } }\n  }\n": typeof types.DemoFindIntegrationDocument,
    "\n  mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      __typename\n      ... on CreateAffiliatePayload { affiliate { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoCreateAffiliateDocument,
    "\n  mutation DemoCreateOffer($input: CreateOfferInput!) {\n    createOffer(input: $input) {\n      __typename\n      ... on CreateOfferPayload { offer { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoCreateOfferDocument,
    "\n  mutation DemoCreateCampaign($input: CreateCampaignInput!) {\n    createCampaign(input: $input) {\n      __typename\n      ... on CreateCampaignPayload { campaign { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoCreateCampaignDocument,
    "\n  mutation DemoCreateIntegration($input: CreateIntegrationInput!) {\n    createIntegration(input: $input) {\n      __typename\n      ... on CreateIntegrationPayload { integration { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoCreateIntegrationDocument,
    "\n  mutation DemoCreateTrackingLink($input: CreateTrackingLinkInput!) {\n    createTrackingLink(input: $input) {\n      __typename\n      ... on CreateTrackingLinkPayload { trackingLink { entryUrl } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoCreateTrackingLinkDocument,
    "\n  mutation DemoCreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      __typename\n      ... on CreatePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoCreatePixelDocument,
    "\n  mutation DemoUpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      __typename\n      ... on UpdatePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoUpdatePixelDocument,
    "\n  mutation DemoResumePixel($input: ResumePixelInput!) {\n    resumePixel(input: $input) {\n      __typename\n      ... on ResumePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoResumePixelDocument,
    "\n  mutation DemoRecordEvent($input: RecordEventInput!) {\n    recordEvent(input: $input) {\n      __typename\n      ... on RecordEventPayload {\n        event { receivedAt unattributed }\n        postbacks { id status reason dueAt pixel { id } }\n      }\n      ... on Error { message }\n    }\n  }\n": typeof types.DemoRecordEventDocument,
    "\n  query DemoPostbacks($clickId: String!, $pixelId: ID!) {\n    postbacks(where: { clickId: $clickId, pixelIds: [$pixelId] }) {\n      nodes { id status reason clickId entryUrl url finalUrl }\n    }\n  }\n": typeof types.DemoPostbacksDocument,
    "\n  subscription DemoPostbackFired {\n    postbackFired {\n      postback { id status reason clickId finalUrl }\n      attempt { number statusCode errorKind finalUrl }\n    }\n  }\n": typeof types.DemoPostbackFiredDocument,
};
const documents: Documents = {
    "\n  query DemoFindScenario($affid: String!, $campaign: String!) {\n    affiliate(affid: $affid) {\n      id\n      pixels(first: 100) { nodes { id url status triggerEvent } }\n      trackingLinks(first: 100) { nodes { entryUrl campaign { code } } }\n    }\n    campaign(code: $campaign) { id }\n  }\n": types.DemoFindScenarioDocument,
    "\n  query DemoFindIntegration($id: ID!) {\n    node(id: $id) { ... on Integration { id delaySeconds } }\n  }\n": types.DemoFindIntegrationDocument,
    "\n  mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      __typename\n      ... on CreateAffiliatePayload { affiliate { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoCreateAffiliateDocument,
    "\n  mutation DemoCreateOffer($input: CreateOfferInput!) {\n    createOffer(input: $input) {\n      __typename\n      ... on CreateOfferPayload { offer { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoCreateOfferDocument,
    "\n  mutation DemoCreateCampaign($input: CreateCampaignInput!) {\n    createCampaign(input: $input) {\n      __typename\n      ... on CreateCampaignPayload { campaign { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoCreateCampaignDocument,
    "\n  mutation DemoCreateIntegration($input: CreateIntegrationInput!) {\n    createIntegration(input: $input) {\n      __typename\n      ... on CreateIntegrationPayload { integration { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoCreateIntegrationDocument,
    "\n  mutation DemoCreateTrackingLink($input: CreateTrackingLinkInput!) {\n    createTrackingLink(input: $input) {\n      __typename\n      ... on CreateTrackingLinkPayload { trackingLink { entryUrl } }\n      ... on Error { message }\n    }\n  }\n": types.DemoCreateTrackingLinkDocument,
    "\n  mutation DemoCreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      __typename\n      ... on CreatePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoCreatePixelDocument,
    "\n  mutation DemoUpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      __typename\n      ... on UpdatePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoUpdatePixelDocument,
    "\n  mutation DemoResumePixel($input: ResumePixelInput!) {\n    resumePixel(input: $input) {\n      __typename\n      ... on ResumePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n": types.DemoResumePixelDocument,
    "\n  mutation DemoRecordEvent($input: RecordEventInput!) {\n    recordEvent(input: $input) {\n      __typename\n      ... on RecordEventPayload {\n        event { receivedAt unattributed }\n        postbacks { id status reason dueAt pixel { id } }\n      }\n      ... on Error { message }\n    }\n  }\n": types.DemoRecordEventDocument,
    "\n  query DemoPostbacks($clickId: String!, $pixelId: ID!) {\n    postbacks(where: { clickId: $clickId, pixelIds: [$pixelId] }) {\n      nodes { id status reason clickId entryUrl url finalUrl }\n    }\n  }\n": types.DemoPostbacksDocument,
    "\n  subscription DemoPostbackFired {\n    postbackFired {\n      postback { id status reason clickId finalUrl }\n      attempt { number statusCode errorKind finalUrl }\n    }\n  }\n": types.DemoPostbackFiredDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DemoFindScenario($affid: String!, $campaign: String!) {\n    affiliate(affid: $affid) {\n      id\n      pixels(first: 100) { nodes { id url status triggerEvent } }\n      trackingLinks(first: 100) { nodes { entryUrl campaign { code } } }\n    }\n    campaign(code: $campaign) { id }\n  }\n"): typeof import('./graphql.ts').DemoFindScenarioDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DemoFindIntegration($id: ID!) {\n    node(id: $id) { ... on Integration { id delaySeconds } }\n  }\n"): typeof import('./graphql.ts').DemoFindIntegrationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {\n    createAffiliate(input: $input) {\n      __typename\n      ... on CreateAffiliatePayload { affiliate { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoCreateAffiliateDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoCreateOffer($input: CreateOfferInput!) {\n    createOffer(input: $input) {\n      __typename\n      ... on CreateOfferPayload { offer { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoCreateOfferDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoCreateCampaign($input: CreateCampaignInput!) {\n    createCampaign(input: $input) {\n      __typename\n      ... on CreateCampaignPayload { campaign { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoCreateCampaignDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoCreateIntegration($input: CreateIntegrationInput!) {\n    createIntegration(input: $input) {\n      __typename\n      ... on CreateIntegrationPayload { integration { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoCreateIntegrationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoCreateTrackingLink($input: CreateTrackingLinkInput!) {\n    createTrackingLink(input: $input) {\n      __typename\n      ... on CreateTrackingLinkPayload { trackingLink { entryUrl } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoCreateTrackingLinkDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoCreatePixel($input: CreatePixelInput!) {\n    createPixel(input: $input) {\n      __typename\n      ... on CreatePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoCreatePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoUpdatePixel($input: UpdatePixelInput!) {\n    updatePixel(input: $input) {\n      __typename\n      ... on UpdatePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoUpdatePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoResumePixel($input: ResumePixelInput!) {\n    resumePixel(input: $input) {\n      __typename\n      ... on ResumePixelPayload { pixel { id } }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoResumePixelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DemoRecordEvent($input: RecordEventInput!) {\n    recordEvent(input: $input) {\n      __typename\n      ... on RecordEventPayload {\n        event { receivedAt unattributed }\n        postbacks { id status reason dueAt pixel { id } }\n      }\n      ... on Error { message }\n    }\n  }\n"): typeof import('./graphql.ts').DemoRecordEventDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DemoPostbacks($clickId: String!, $pixelId: ID!) {\n    postbacks(where: { clickId: $clickId, pixelIds: [$pixelId] }) {\n      nodes { id status reason clickId entryUrl url finalUrl }\n    }\n  }\n"): typeof import('./graphql.ts').DemoPostbacksDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription DemoPostbackFired {\n    postbackFired {\n      postback { id status reason clickId finalUrl }\n      attempt { number statusCode errorKind finalUrl }\n    }\n  }\n"): typeof import('./graphql.ts').DemoPostbackFiredDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
