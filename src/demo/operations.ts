import { graphql } from './gql/gql.ts';

/** The demo's operations, typed by codegen. */
export const FIND_SCENARIO = graphql(`
  query DemoFindScenario($affid: String!, $campaign: String!) {
    affiliate(affid: $affid) {
      id
      pixels(first: 100) { nodes { id url status triggerEvent } }
      trackingLinks(first: 100) { nodes { entryUrl campaign { code } } }
    }
    campaign(code: $campaign) { id }
  }
`);

export const FIND_INTEGRATION = graphql(`
  query DemoFindIntegration($id: ID!) {
    node(id: $id) { ... on Integration { id delaySeconds } }
  }
`);

export const CREATE_AFFILIATE = graphql(`
  mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {
    createAffiliate(input: $input) {
      __typename
      ... on CreateAffiliatePayload { affiliate { id } }
      ... on Error { message }
    }
  }
`);

export const CREATE_OFFER = graphql(`
  mutation DemoCreateOffer($input: CreateOfferInput!) {
    createOffer(input: $input) {
      __typename
      ... on CreateOfferPayload { offer { id } }
      ... on Error { message }
    }
  }
`);

export const CREATE_CAMPAIGN = graphql(`
  mutation DemoCreateCampaign($input: CreateCampaignInput!) {
    createCampaign(input: $input) {
      __typename
      ... on CreateCampaignPayload { campaign { id } }
      ... on Error { message }
    }
  }
`);

export const CREATE_INTEGRATION = graphql(`
  mutation DemoCreateIntegration($input: CreateIntegrationInput!) {
    createIntegration(input: $input) {
      __typename
      ... on CreateIntegrationPayload { integration { id } }
      ... on Error { message }
    }
  }
`);

export const CREATE_TRACKING_LINK = graphql(`
  mutation DemoCreateTrackingLink($input: CreateTrackingLinkInput!) {
    createTrackingLink(input: $input) {
      __typename
      ... on CreateTrackingLinkPayload { trackingLink { entryUrl } }
      ... on Error { message }
    }
  }
`);

export const CREATE_PIXEL = graphql(`
  mutation DemoCreatePixel($input: CreatePixelInput!) {
    createPixel(input: $input) {
      __typename
      ... on CreatePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const UPDATE_PIXEL = graphql(`
  mutation DemoUpdatePixel($input: UpdatePixelInput!) {
    updatePixel(input: $input) {
      __typename
      ... on UpdatePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const RESUME_PIXEL = graphql(`
  mutation DemoResumePixel($input: ResumePixelInput!) {
    resumePixel(input: $input) {
      __typename
      ... on ResumePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const RECORD_EVENT = graphql(`
  mutation DemoRecordEvent($input: RecordEventInput!) {
    recordEvent(input: $input) {
      __typename
      ... on RecordEventPayload {
        event { receivedAt unattributed }
        postbacks { id status reason dueAt pixel { id } }
      }
      ... on Error { message }
    }
  }
`);

export const POSTBACKS = graphql(`
  query DemoPostbacks($clickId: String!, $pixelId: ID!) {
    postbacks(where: { clickId: $clickId, pixelIds: [$pixelId] }) {
      nodes { id status reason clickId entryUrl url finalUrl }
    }
  }
`);

export const POSTBACK_FIRED = graphql(`
  subscription DemoPostbackFired {
    postbackFired {
      postback { id status reason clickId finalUrl }
      attempt { number statusCode errorKind finalUrl }
    }
  }
`);
