import { GraphQLError } from 'graphql';
import { createGraphQLError, type Plugin } from 'graphql-yoga';
import { toError } from '../platform/failure.ts';

const BODY_TYPES = 'application/json, application/graphql or application/x-www-form-urlencoded';

/**
 * Tells a caller in words what is wrong with a request that holds no operation. Yoga alone answers 415
 * without a word, and takes malformed `variables` of a query string for a fault of the service.
 */
export function readableRequests(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (!requestParser) {
        const type = request.headers.get('content-type')?.slice(0, 200) ?? 'none';
        throw refusal(415, `the content-type of the body must be ${BODY_TYPES}; it was ${type}`);
      }
      setRequestParser(async (parsed) => {
        try {
          return await requestParser(parsed);
        } catch (thrown) {
          if (thrown instanceof GraphQLError) throw thrown;
          throw refusal(400, `variables and extensions must be JSON: ${toError(thrown).message}`);
        }
      });
    },
    onResponse({ response }) {
      // Yoga's streams say no-cache, which lets a cache keep them.
      response.headers.set('cache-control', 'no-store');
    },
  };
}

function refusal(status: number, message: string): GraphQLError {
  return createGraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}
