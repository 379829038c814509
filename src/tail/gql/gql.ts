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
    "\n  subscription TailFired($where: PostbackFilter, $after: String, $since: DateTime) {\n    postbackFired(where: $where, after: $after, since: $since) {\n      cursor\n      gap { from to }\n      postback {\n        id\n        status\n        reason\n        clickId\n        entryUrl\n        url\n        dueAt\n        nextAttemptAt\n        affiliate { affid }\n        campaign { code }\n        pixel { id }\n        event { id type }\n      }\n      attempt { number startedAt durationMs finalUrl statusCode errorKind message }\n    }\n  }\n": typeof types.TailFiredDocument,
    "\n  query TailFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }\n": typeof types.TailFindAffiliateDocument,
    "\n  query TailFindCampaign($code: String!) { campaign(code: $code) { id } }\n": typeof types.TailFindCampaignDocument,
};
const documents: Documents = {
    "\n  subscription TailFired($where: PostbackFilter, $after: String, $since: DateTime) {\n    postbackFired(where: $where, after: $after, since: $since) {\n      cursor\n      gap { from to }\n      postback {\n        id\n        status\n        reason\n        clickId\n        entryUrl\n        url\n        dueAt\n        nextAttemptAt\n        affiliate { affid }\n        campaign { code }\n        pixel { id }\n        event { id type }\n      }\n      attempt { number startedAt durationMs finalUrl statusCode errorKind message }\n    }\n  }\n": types.TailFiredDocument,
    "\n  query TailFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }\n": types.TailFindAffiliateDocument,
    "\n  query TailFindCampaign($code: String!) { campaign(code: $code) { id } }\n": types.TailFindCampaignDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription TailFired($where: PostbackFilter, $after: String, $since: DateTime) {\n    postbackFired(where: $where, after: $after, since: $since) {\n      cursor\n      gap { from to }\n      postback {\n        id\n        status\n        reason\n        clickId\n        entryUrl\n        url\n        dueAt\n        nextAttemptAt\n        affiliate { affid }\n        campaign { code }\n        pixel { id }\n        event { id type }\n      }\n      attempt { number startedAt durationMs finalUrl statusCode errorKind message }\n    }\n  }\n"): typeof import('./graphql.ts').TailFiredDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query TailFindAffiliate($affid: String!) { affiliate(affid: $affid) { id } }\n"): typeof import('./graphql.ts').TailFindAffiliateDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query TailFindCampaign($code: String!) { campaign(code: $code) { id } }\n"): typeof import('./graphql.ts').TailFindCampaignDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
