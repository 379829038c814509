import type { IncomingMessage } from 'node:http';

/** The header a request id comes in and goes out with. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** Long enough to be told apart, short enough for a log line, and nothing that a log would have to escape. */
const SANE = /^[A-Za-z0-9._-]{8,128}$/;

/** The id that a proxy or client gave the request, when it is a sane one, else a new one. */
export function requestIdOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  make: () => string,
): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && SANE.test(given) ? given : make();
}
