import type { GraphQLError } from 'graphql';
import { createGraphQLError } from 'graphql-yoga';

/** What a caller did wrong when it is no data: told at top level, with the status of an answer. */
export type CallerErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'LENGTH_LIMIT'
  | 'TOKEN_LIMIT'
  | 'ALIAS_LIMIT'
  | 'DIRECTIVE_LIMIT'
  | 'COMPLEXITY_LIMIT'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'PERSISTED_QUERY_REQUIRED'
  | 'TOO_MANY_STREAMS'
  | 'RATE_LIMITED';

/** What anonymous callers are told, whatever they asked for. */
export const KEY_NEEDED = 'An API key is needed: send "Authorization: Bearer <key>".';

/**
 * A top-level error that is not masked: the caller caused it and can act on the code.
 * @param facts further extensions
 * @param http of the answer, where there is one
 */
export function callerError(
  code: CallerErrorCode,
  message: string,
  facts: object = {},
  http: { status: number; headers?: Record<string, string> } = { status: 200 },
): GraphQLError {
  return createGraphQLError(message, { extensions: { code, ...facts, http } });
}
