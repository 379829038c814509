import type { IncomingMessage } from 'node:http';

/** The largest body of a request (product: Limits). */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** The request's body is larger than MAX_BODY_BYTES. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  constructor() {
    super(`the body is larger than ${MAX_BODY_BYTES} bytes (2 MiB)`);
  }
}

/** Whether the request says itself that its body is too large. */
export function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

/** Reads a body that does not say its length, or that is needed whole; throws BodyTooLargeError. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (announcesTooMuch(request)) throw new BodyTooLargeError();
  const chunks: Buffer[] = [];
  let length = 0;
  // Giving up must leave the connection open, or the sender never reads why.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
