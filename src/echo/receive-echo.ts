import { payerAt } from '../access/payer.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { answerRateLimited, type RouteAnswer } from '../clicks/redirect.ts';
import type { Ids } from '../platform/ids.ts';
import type { Sql } from '../store/database.ts';
import { findEchoReceiver, insertEchoCall } from '../store/echo.ts';
import { type EchoHeader, MAX_ECHO_URL_PART, recordBody, recordHeaders } from './echo-call.ts';
import type { EchoTarget } from './echo-url.ts';
import { readWantedAnswer } from './wanted-answer.ts';

/** A request that arrived at `/echo/...`, over a socket or from this process itself. */
export type EchoRequest = {
  /** Null when what stands there cannot be a token. */
  target: EchoTarget | null;
  method: string;
  headers: EchoHeader[];
  /** The first bytes of the body: MAX_ECHO_BODY_BYTES, or all. */
  bodyStart: Uint8Array;
  bodyBytes: number;
  /** Where it comes from; null for this process itself. */
  address: string | null;
};

/** What to answer, and after how many milliseconds. */
export type EchoAnswer = RouteAnswer & { delayMs: number };

/** Records a call and says what to answer. Throws what PostgreSQL does. */
export type ReceiveEcho = (request: EchoRequest) => Promise<EchoAnswer>;

type Deps = {
  sql: Sql;
  ids: Pick<Ids, 'row'>;
  rateLimit: Pick<RateLimit, 'take'>;
  /** Tells the live stream that a call was committed. */
  announce: () => void;
};

const NOBODY = '0'.repeat(32);
/** RFC 9110: these have no body. */
const BODILESS = [204, 205, 304];

/** The echo receivers: what arrives at one is recorded and answered as its query wishes. */
export function createReceiveEcho({ sql, ids, rateLimit, announce }: Deps): ReceiveEcho {
  async function receive(request: EchoRequest): Promise<EchoAnswer> {
    const { target, method, address, bodyStart, bodyBytes } = request;
    if (address !== null) rateLimit.take('anonymous', payerAt(address), 1);
    const receiverId = await findEchoReceiver(sql, target?.token ?? NOBODY);
    if (!target || !receiverId) return refusal(404, 'there is no echo receiver here');
    rateLimit.take('echoes', { id: receiverId, callers: 1 }, 1);
    const { path, query } = target;
    if (path.length > MAX_ECHO_URL_PART || query.length > MAX_ECHO_URL_PART) {
      const message = `path and query may have ${MAX_ECHO_URL_PART} characters each; they had ${path.length} and ${query.length}`;
      return refusal(414, message);
    }
    const wanted = readWantedAnswer(query);
    const { headers, cut: headersCut } = recordHeaders(request.headers);
    const status = 'problem' in wanted ? 400 : wanted.status;
    const isRecorded = await insertEchoCall(sql, {
      ...{ id: ids.row(), receiverId, method, path, query, headers, headersCut },
      ...{ body: recordBody(bodyStart, bodyBytes), bodyBytes, address, status },
    });
    if (!isRecorded) return refusal(404, 'there is no echo receiver here');
    announce();
    if ('problem' in wanted) return refusal(400, wanted.problem);
    const body = BODILESS.includes(status) ? '' : '{"received":true}\n';
    return { ...answer(status, body), delayMs: wanted.delayMs };
  }

  return async (request) => {
    try {
      return await receive(request);
    } catch (thrown) {
      if (!(thrown instanceof RateLimitedError)) throw thrown;
      return { ...answerRateLimited(thrown), delayMs: 0 };
    }
  };
}

function refusal(status: number, error: string): EchoAnswer {
  return { ...answer(status, `${JSON.stringify({ error })}\n`), delayMs: 0 };
}

function answer(status: number, body: string): RouteAnswer {
  const headers = {
    ...(body && { 'content-type': 'application/json; charset=utf-8' }),
    'cache-control': 'no-store',
  };
  return { status, headers, body };
}
