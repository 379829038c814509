import { graphql } from './gql/gql.ts';

/** The demo's operations, typed by codegen. */
export const CREATE_AFFILIATE = graphql(`
  mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {
    createAffiliate(input: $input) {
      __typename
      ... on CreateAffiliatePayload { affiliate { id } }
      ... on Error { message }
    }
  }
`);
