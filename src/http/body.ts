import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json, reply } from './answers.ts';

/** The largest body of a request (product: Limits). */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** The request's body is larger than MAX_BODY_BYTES. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  constructor() {
    super(`the body is larger than ${MAX_BODY_BYTES} bytes (2 MiB)`);
  }
}

/** The body is no text as it is read here; `status` is that of the answer. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
  readonly status: 400 | 415;
  constructor(status: 400 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** The body ended before it was whole: there is nobody left to answer. */
export class BodyBrokeOffError extends Error {
  override readonly name = 'BodyBrokeOffError';
}

/** Whether the request says itself that its body is too large. */
function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

/** By events: an iterator of the stream costs more than the few kilobytes that it would bring. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  if (announcesTooMuch(request)) throw new BodyTooLargeError();
  // It broke off before anybody listened, as while its key was looked up: nothing more is told of it.
  if (request.destroyed) throw new BodyBrokeOffError('the body broke off');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  function take(chunk: Buffer): void {
    length += chunk.length;
    chunks.push(chunk);
    // Giving up must leave the connection open, or the sender never reads why.
    if (length > MAX_BODY_BYTES) settle(() => reject(new BodyTooLargeError()));
  }
  const end = () => settle(() => resolve(Buffer.concat(chunks)));
  const breakOff = (cause?: unknown) =>
    settle(() => reject(new BodyBrokeOffError('the body broke off', { cause })));
  function settle(how: () => void): void {
    request.off('data', take).off('end', end).off('error', breakOff).off('close', breakOff);
    how();
  }
  request.on('data', take).on('end', end).on('error', breakOff).on('close', breakOff);
  return promise;
}

/**
 * Reads a body of text; throws BodyTooLargeError, BodyBrokeOffError, and
 * UnreadableBodyError when it is compressed or no UTF-8.
 */
export async function readUtf8(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    const message = 'the body must not be compressed: send it without content-encoding';
    throw new UnreadableBodyError(415, message);
  }
  const body = await readBody(request);
  // Read all the same it would be stored with U+FFFD in the place of what was sent.
  if (!isUtf8(body)) throw new UnreadableBodyError(400, 'the body is not valid UTF-8');
  return body;
}

/** A body that takes longer is not waited for. */
const BODY_MS = 30_000;
/** What an upload must bring in each of these spans to be waited for. */
const PROGRESS_BYTES = 64 * 1024;

/**
 * Gives up a request whose body is not there in time; one without a body needs no timer. This is done
 * by request because Node's own `requestTimeout` knows no routes, and an upload may take longer.
 * @param limitMs for tests, which cannot wait that long
 */
export function limitBodyTime(
  request: IncomingMessage,
  response: ServerResponse,
  limitMs = BODY_MS,
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (request.complete || (encoding === undefined && (length === undefined || length === '0'))) {
    return;
  }
  const timer = setTimeout(() => {
    if (response.headersSent) {
      request.destroy();
    } else {
      response.once('finish', () => request.destroy());
      const error = `the body was not there within ${limitMs / 1000} s`;
      reply(response, json(408, { error }, { connection: 'close' }));
    }
  }, limitMs);
  const clear = () => clearTimeout(timer);
  request.once('end', clear).once('close', clear);
}

/**
 * Calls `onStall` once when less than 64 KiB come in within 30 s, until disposed of.
 * @param spanMs for tests, which cannot wait that long
 */
export function watchProgress(
  receivedBytes: () => number,
  onStall: () => void,
  spanMs = BODY_MS,
): Disposable {
  let before = receivedBytes();
  const timer = setInterval(() => {
    const received = receivedBytes();
    if (received - before < PROGRESS_BYTES) {
      clearInterval(timer);
      onStall();
    }
    before = received;
  }, spanMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
