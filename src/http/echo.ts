import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EchoHeader, MAX_ECHO_BODY_BYTES } from '../echo/echo-call.ts';
import { readEchoPath } from '../echo/echo-url.ts';
import type { ReceiveEcho } from '../echo/receive-echo.ts';
import { reply } from './answers.ts';
import { BodyBrokeOffError, BodyTooLargeError, MAX_BODY_BYTES } from './body.ts';
import { splitTarget } from './request-form.ts';

/**
 * Answers any request at or below `/echo/<token>`, whatever its method and media type. A page of another
 * origin may send one and cannot read the answer, which tells nothing anyway. Throws BodyTooLargeError
 * and BodyBrokeOffError.
 */
export async function answerEcho(
  receive: ReceiveEcho,
  request: IncomingMessage,
  response: ServerResponse,
  address: string | null,
): Promise<void> {
  const { bodyStart, bodyBytes } = await readStart(request);
  const { delayMs, ...answer } = await receive({
    target: readEchoPath(...splitTarget(request.url ?? '/')),
    method: request.method ?? 'GET',
    headers: headersOf(request.rawHeaders),
    ...{ bodyStart, bodyBytes, address },
  });
  if (delayMs > 0) {
    // Who hangs up meanwhile is not waited for.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await sleep(delayMs, undefined, { signal: gone.signal }).catch(() => {});
    if (gone.signal.aborted) return;
  }
  reply(response, answer);
}

/** The first bytes of a body and the length of all of it, which is read to its end. */
async function readStart(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let bodyBytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const part = chunk.subarray(0, MAX_ECHO_BODY_BYTES - kept);
      if (part.length > 0) chunks.push(part);
      kept += part.length;
      bodyBytes += chunk.length;
      if (bodyBytes > MAX_BODY_BYTES) throw new BodyTooLargeError();
    }
  } catch (thrown) {
    if (thrown instanceof BodyTooLargeError) throw thrown;
    throw new BodyBrokeOffError('the body broke off', { cause: thrown });
  }
  return { bodyStart: Buffer.concat(chunks), bodyBytes };
}

function headersOf(raw: string[]): EchoHeader[] {
  const headers: EchoHeader[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    headers.push({ name: raw[at] ?? '', value: raw[at + 1] ?? '' });
  }
  return headers;
}
