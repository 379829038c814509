import type { IncomingMessage, ServerResponse } from 'node:http';
import { isListed, isOwn, type Origins } from './origins.ts';

type Options = {
  /** Whose pages may ask, besides the service's own. */
  origins: Origins;
  publicUrl: string | undefined;
};

/** What pages of other origins may do; see docs/operations.md. */
export type Cors = {
  /** Whether the page that asks may; a request without `Origin` comes from no page. */
  allows(request: IncomingMessage): boolean;
  /** Tells the browser what the page may do and read. */
  tell(request: IncomingMessage, response: ServerResponse, methods: readonly string[]): void;
};

/** What clients of GraphQL send, and what a preflight is made with. */
const REQUEST_HEADERS = [
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'authorization',
  'content-type',
  'last-event-id',
  'traceparent',
  'x-graphql-yoga-csrf',
  'x-request-id',
].join(', ');

/** What a page may read of an answer besides its body. */
const ANSWER_HEADERS = [
  'content-disposition',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
].join(', ');

/** The longest that a browser remembers a preflight (Chromium's limit). */
const PREFLIGHT_SECONDS = 7_200;

/** Decides by origin. Never allows credentials: keys travel in a header, no cookie is ever read. */
export function createCors({ origins, publicUrl }: Options): Cors {
  return {
    allows(request) {
      const { origin } = request.headers;
      if (origin === undefined) return true;
      return isListed(origin, origins) || isOwn(origin, request, publicUrl);
    },
    tell(request, response, methods) {
      const { origin } = request.headers;
      // The answer differs by origin, so a cache must not serve one page what another got.
      if (!origins.any) response.appendHeader('vary', 'origin');
      if (origin === undefined || !isListed(origin, origins)) return;
      response.setHeader('access-control-allow-origin', origins.any ? '*' : origin);
      response.setHeader('access-control-expose-headers', ANSWER_HEADERS);
      if (request.method !== 'OPTIONS') return;
      response.setHeader('access-control-allow-methods', methods.join(', '));
      response.setHeader('access-control-allow-headers', REQUEST_HEADERS);
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    },
  };
}
