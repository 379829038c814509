import { graphql } from '../gql/gql.ts';

/** What arrived at an echo receiver. */
export const ECHO_LINE = graphql(`
  fragment EchoLine on EchoCall {
    id
    receivedAt
    method
    path
    query
    status
    body
    headers { name value }
  }
`);

export const ECHO_RECEIVER = graphql(`
  query MonitorEchoReceiver($affid: String!) {
    affiliate(affid: $affid) {
      echoReceiver {
        id
        url
        calls(first: 20) { nodes { ...EchoLine } }
      }
    }
  }
`);

export const CREATE_ECHO_RECEIVER = graphql(`
  mutation MonitorCreateEchoReceiver($affiliateId: ID!) {
    createEchoReceiver(input: { affiliateId: $affiliateId }) {
      ... on CreateEchoReceiverPayload { echoReceiver { url } }
      ... on Error { message }
    }
  }
`);

export const ECHO_RECEIVED = graphql(`
  subscription MonitorEchoReceived($echoReceiverId: ID!) {
    echoReceived(echoReceiverId: $echoReceiverId) { call { ...EchoLine } }
  }
`);
