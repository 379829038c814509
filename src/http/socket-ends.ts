import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { InvalidKeyError } from '../access/api-keys.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { TooManySessionsError } from '../access/session-counts.ts';
import { TokenKeysUnavailableError } from '../access/token-keys.ts';
import { UNAVAILABLE } from './answers.ts';

/** Answers to a client that goes on asking without reading them: beyond this its socket is cut. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** A client that does not answer the closing handshake for this long is cut. */
const CLOSE_MS = 3_000;
/** What a close frame has room for. */
const MAX_REASON_BYTES = 123;

/** The close code and reason for a socket that is not acknowledged. */
export function refusalOf(thrown: unknown): [code: number, reason: string] {
  if (thrown instanceof InvalidKeyError) return [4403, thrown.message];
  // "Try again later": clients of the protocol come back by themselves, which after 4429 they never do.
  if (thrown instanceof TooManySessionsError || thrown instanceof RateLimitedError) {
    return [1013, thrown.message];
  }
  if (thrown instanceof TokenKeysUnavailableError) return [4500, thrown.message];
  return [4500, UNAVAILABLE.message];
}

/** Closes a socket, and cuts it when the client does not take part. */
export function closeSoon(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  const cut = setTimeout(() => socket.terminate(), CLOSE_MS);
  socket.once('close', () => clearTimeout(cut));
}

/**
 * Cuts reasons to what fits: the library tells what a client sent, and would take one that is too long for a fault of
 * ours.
 */
export function cutReasons(client: WebSocket): void {
  const close = client.close.bind(client);
  client.close = (code, reason = '') => {
    let text = String(reason).slice(0, MAX_REASON_BYTES).toWellFormed();
    while (Buffer.byteLength(text) > MAX_REASON_BYTES) text = text.slice(0, -1).toWellFormed();
    close(code, text);
  };
}

/** Ends the stream of an operation; one that fails to end is nobody's concern any more. */
export async function endStream(stream: AsyncIterable<unknown> | null): Promise<void> {
  const { return: end } = (stream ?? {}) as Partial<AsyncIterator<unknown>>;
  await end?.call(stream).catch(() => {});
}

/** Ends a client that asks on and on and reads no answer, which would be kept for it without end. */
export function cutUnread(client: WebSocket): void {
  client.on('message', () => {
    if (client.bufferedAmount > MAX_UNREAD_BYTES) client.terminate();
  });
}

/**
 * What cannot be sent because its socket breaks is no fault: the socket closes, and that is told. The
 * library would print each such frame as an error of the service.
 */
export function forgiveLateFrames(client: WebSocket): void {
  const send = client.send.bind(client) as (data: unknown, sent: () => void) => void;
  client.send = (data: unknown, ...rest: unknown[]) => {
    const sent = rest.at(-1);
    send(data, () => typeof sent === 'function' && sent());
  };
}

/** Types of messages that only servers send. */
const SERVERS = /"type"\s*:\s*"(next|error|connection_ack)"/;

/**
 * Ends a client that sends what is for servers to send. The library would tell it that the fault is ours, and
 * print each such message as one. To be called before anybody listens to the client.
 */
export function refuseServersMessages(client: WebSocket): void {
  const listen = client.on.bind(client) as (event: string, listener: Listener) => WebSocket;
  const screened = (listener: Listener) =>
    function screen(this: WebSocket, data: unknown) {
      const type = typeOfServers(String(data));
      if (type === null) listener.call(this, data);
      else client.close(CloseCode.BadRequest, `messages of type "${type}" are for servers to send`);
    };
  client.on = ((event: string, listener: Listener) =>
    listen(event, event === 'message' ? screened(listener) : listener)) as typeof client.on;
}

type Listener = (this: WebSocket, ...args: unknown[]) => unknown;

/** The type of a message if it is one of those; only what looks like one is read twice. */
function typeOfServers(text: string): string | null {
  if (!SERVERS.test(text)) return null;
  try {
    const { type } = JSON.parse(text) as { type?: unknown };
    return typeof type === 'string' && SERVERS.test(JSON.stringify({ type })) ? type : null;
  } catch {
    return null;
  }
}
