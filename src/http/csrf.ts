import type { IncomingMessage } from 'node:http';

/** Any of these in a request of another origin's page makes its browser ask first (a CORS preflight). */
export const PREFLIGHT_HEADERS = [
  'authorization',
  'apollo-require-preflight',
  'x-graphql-yoga-csrf',
] as const;

/** What a form of any page can send, and a script without a preflight (Fetch, CORS-safelisted). */
const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/**
 * Whether any page on the web could have made a browser send this request, without the service being
 * asked first: a GET, or a POST as a form would send it, without a header that forces a preflight.
 * Such a request can carry no key, so what it may do is little; it is refused all the same, because
 * what a browser has beside the key (an address inside the operator's network) is not to be lent.
 */
export function isForgeable({
  method,
  headers,
}: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  if (PREFLIGHT_HEADERS.some((name) => headers[name] !== undefined)) return false;
  if (method !== 'POST') return true;
  const mediaType = mediaTypeOf(headers['content-type']);
  return mediaType === '' || SIMPLE_TYPES.includes(mediaType);
}

/** The media type of a `content-type`, in lower case and without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(/[;,]/)[0] ?? '').trim().toLowerCase();
}

/** What whoever is refused can do. */
export const FORGEABLE =
  'any web page could have sent this request: POST it with content-type: application/json, ' +
  `or add one of the headers ${PREFLIGHT_HEADERS.join(', ')}`;
