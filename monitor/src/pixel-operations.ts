import { graphql } from '../gql/gql.ts';

export const AFFILIATES = graphql(`
  query MonitorAffiliates($where: AffiliateFilter) {
    affiliates(first: 100, where: $where) {
      nodes { id affid name kind status }
      pageInfo { hasNextPage }
    }
  }
`);

export const CREATE_AFFILIATE = graphql(`
  mutation MonitorCreateAffiliate($input: CreateAffiliateInput!) {
    createAffiliate(input: $input) {
      ... on CreateAffiliatePayload { affiliate { affid } }
      ... on Error { message }
    }
  }
`);

/** What the list and the builder need of a pixel. */
export const PIXEL_LINE = graphql(`
  fragment PixelLine on Pixel {
    id
    url
    triggerEvent
    status
    unresolved
    method
    warnings
    rejection
  }
`);

export const PIXELS = graphql(`
  query MonitorPixels($affid: String!) {
    affiliate(affid: $affid) {
      id
      affid
      name
      pixels(first: 100) { nodes { ...PixelLine } }
    }
  }
`);

/** What the builder offers to put into a template. */
export const PLACEHOLDERS = graphql(`
  query MonitorPlaceholders {
    placeholders { name description sample }
    eventTypes(first: 100) { nodes { code } }
  }
`);

export const PREVIEW = graphql(`
  query MonitorPreview($input: PreviewPostbackInput!) {
    previewPostback(input: $input) {
      finalUrl
      skipReason
      warnings
      issues { path message }
      values { name source raw encoded }
    }
  }
`);

export const CREATE_PIXEL = graphql(`
  mutation MonitorCreatePixel($input: CreatePixelInput!) {
    createPixel(input: $input) {
      ... on CreatePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const UPDATE_PIXEL = graphql(`
  mutation MonitorUpdatePixel($input: UpdatePixelInput!) {
    updatePixel(input: $input) {
      ... on UpdatePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const PAUSE_PIXEL = graphql(`
  mutation MonitorPausePixel($pixelId: ID!) {
    pausePixel(input: { pixelId: $pixelId }) {
      ... on PausePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const RESUME_PIXEL = graphql(`
  mutation MonitorResumePixel($pixelId: ID!) {
    resumePixel(input: { pixelId: $pixelId }) {
      ... on ResumePixelPayload { pixel { id } }
      ... on Error { message }
    }
  }
`);

export const TEST_PIXEL = graphql(`
  mutation MonitorTestPixel($pixelId: ID!) {
    testPixel(input: { pixelId: $pixelId }) {
      ... on TestPixelPayload {
        postback {
          id
          status
          reason
          lastAttempt { durationMs finalUrl statusCode errorKind message responseBody }
        }
      }
      ... on Error { message }
    }
  }
`);
