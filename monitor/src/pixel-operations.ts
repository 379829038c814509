import { graphql } from '../gql/gql.ts';

export const AFFILIATES = graphql(`
  query MonitorAffiliates($where: AffiliateFilter) {
    affiliates(first: 100, where: $where) {
      nodes { id affid name status pixelsNeedApproval permissions }
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

export const UPDATE_AFFILIATE = graphql(`
  mutation MonitorUpdateAffiliate($input: UpdateAffiliateInput!) {
    updateAffiliate(input: $input) {
      ... on UpdateAffiliatePayload { affiliate { id } }
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
    scope
    campaigns { id code name }
    statuses
    unresolved
    required
    method
    body
    maxClickAgeSeconds
    includeSubPartners
    maxAttempts
    maxPerSecond
    signed
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

/** Which campaigns a pixel may be limited to. */
export const CAMPAIGNS = graphql(`
  query MonitorCampaigns($where: CampaignFilter) {
    campaigns(first: 100, where: $where) {
      nodes { id code name }
      pageInfo { hasNextPage }
    }
  }
`);

export const CONVERT = graphql(`
  query MonitorConvert($url: String!, $dialect: TemplateDialect) {
    convertTemplate(url: $url, dialect: $dialect) {
      url
      dialect
      changes { from to note }
      unsupported { token note }
      warnings
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
      body
      contentType
      click { clickId }
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
      ... on CreatePixelPayload { secret pixel { ...PixelLine } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { message }
    }
  }
`);

export const UPDATE_PIXEL = graphql(`
  mutation MonitorUpdatePixel($input: UpdatePixelInput!) {
    updatePixel(input: $input) {
      ... on UpdatePixelPayload { secret pixel { ...PixelLine } }
      ... on InvalidInputError { issues { path message } }
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
  mutation MonitorTestPixel($pixelId: ID!, $clickId: String) {
    testPixel(input: { pixelId: $pixelId, clickId: $clickId }) {
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
