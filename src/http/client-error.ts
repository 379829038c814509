import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * What the request line and the headers of a request may take together: the longest entry URL (160 KiB)
 * and 20 KiB beside it. Node's own 16 KiB would refuse a click that is within every limit of a click.
 */
export const MAX_HEADER_BYTES = 180 * 1024;

/** A sender whose last bytes are thrown away is hung up on after this: sooner, and it loses the answer. */
const LINGER_MS = 2_000;

/**
 * Answers readably what Node cannot read as a request, where its own answer has no body: headers that
 * are too large or too slow, and what is no HTTP. The connection ends with it.
 */
export function answerClientErrors(server: Server): void {
  const answering = new WeakSet<Duplex>();
  server.on('request', ({ socket }, response) => {
    answering.add(socket);
    response.once('close', () => answering.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Told already, and this is the rest that comes in; or an answer is under way, not to be broken into.
    if (socket.writableEnded) return;
    if (!socket.writable || answering.has(socket)) return void socket.destroy();
    socket.end(answerTo(error));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

function answerTo({ code }: NodeJS.ErrnoException): string {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message =
      `the request line and the headers have more than ${MAX_HEADER_BYTES} bytes (180 KiB) together; ` +
      'a longer text belongs into the body of a POST';
    return answer('431 Request Header Fields Too Large', message);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return answer(
      '408 Request Timeout',
      'the request line and the headers took too long to come in',
    );
  }
  return answer('400 Bad Request', 'this is no HTTP/1.1 request');
}

function answer(status: string, error: string): string {
  const body = `${JSON.stringify({ error })}\n`;
  return [
    `HTTP/1.1 ${status}`,
    'content-type: application/json; charset=utf-8',
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
