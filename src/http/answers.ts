import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RouteAnswer } from '../clicks/redirect.ts';
import { currentRequestId } from '../platform/request-scope.ts';
import { ANSWER_HEADERS } from './security-headers.ts';

/** A sender whose last bytes are thrown away is hung up on after this: sooner, and it loses the answer. */
const LINGER_MS = 2_000;

/** A fault that passes, over whatever transport: HTTP status 503 where there is one. */
export const UNAVAILABLE = { code: 'UNAVAILABLE', message: 'Volley cannot answer this now.' };

/** A JSON answer, one line. */
export function json(
  status: number,
  body: object,
  headers: Record<string, string> = {},
): RouteAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: `${JSON.stringify(body)}\n`,
  };
}

/**
 * A refusal or a fault, readable as plain JSON and as a GraphQL answer: both kinds of client look at it.
 * @param facts further extensions
 */
export function problem(
  status: number,
  message: string,
  code: string,
  headers: Record<string, string> = {},
  facts: object = {},
): RouteAnswer {
  const shown = status < 500 ? facts : { ...facts, requestId: currentRequestId() };
  const extensions = { code, ...shown };
  return json(status, { error: message, errors: [{ message, extensions }] }, headers);
}

/** Sends an answer; headers that were set on the response before stay, unless it has its own. */
export function reply(response: ServerResponse, { status, headers, body }: RouteAnswer): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers });
  response.end(body);
}

/** Answers a connection that has no response of Node's, and ends it. */
export function endSocket(socket: Duplex, status: number, error: string): void {
  const { headers, body } = json(status, { error });
  const lines = Object.entries({
    ...ANSWER_HEADERS,
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
