import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { endSocket } from './answers.ts';

/**
 * What the request line and the headers of a request may take together: the longest entry URL (160 KiB)
 * and 20 KiB beside it. Node's own 16 KiB would refuse a click that is within every limit of a click.
 */
export const MAX_HEADER_BYTES = 180 * 1024;

/**
 * Answers readably what Node cannot read as a request, where its own answer has no body: headers that
 * are too large or too slow, and what is no HTTP. The connection ends with it.
 */
export function answerClientErrors(server: Server): void {
  const unanswered = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', ({ socket }, response) => {
    const responses = unanswered.get(socket) ?? new Set();
    unanswered.set(socket, responses.add(response));
    response.once('close', () => responses.delete(response));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Told already, and this is the rest that comes in; or an answer is under way, not to be broken into.
    if (socket.writableEnded) return;
    const [first, ...further] = unanswered.get(socket) ?? [];
    const isBroken = !socket.writable || first?.headersSent || further.length > 0;
    if (isBroken) return void socket.destroy();
    endSocket(socket, ...answerTo(error));
  });
}

function answerTo({ code }: NodeJS.ErrnoException): [status: number, error: string] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message =
      `the request line and the headers have more than ${MAX_HEADER_BYTES} bytes (180 KiB) together; ` +
      'a longer text belongs into the body of a POST';
    return [431, message];
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return [408, 'the request line and the headers took too long to come in'];
  }
  return [400, 'this is no HTTP/1.1 request'];
}
