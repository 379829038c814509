import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import type { RouteAnswer } from '../clicks/redirect.ts';
import type { Caller } from '../graphql/context.ts';
import { problem, reply } from './answers.ts';
import { readUtf8 } from './body.ts';
import { authenticateHeader } from './credentials.ts';
import { FORGEABLE, isForgeable } from './csrf.ts';
import type { Graphql } from './graphql-http.ts';
import { answerPlainRequest, readPlainRequest } from './plain-request.ts';

type Deps = {
  authenticateAt: AuthenticateAt;
  graphql: Graphql;
  /** The page for browsers; null where there is none. */
  graphiql: (() => Promise<RouteAnswer>) | null;
};

/** What an answer can be, for the `accept` of a request; said before a mutation is made. */
const ANSWER_TYPES = [
  'application/graphql-response+json',
  'application/json',
  'text/event-stream',
  'multipart/mixed',
];

export type GraphqlRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Omit<Caller, 'viewer'>,
) => Promise<void>;

/**
 * Answers `GET` and `POST /graphql`. Throws BodyTooLargeError, UnreadableBodyError, InvalidKeyError and
 * RateLimitedError before anything is executed.
 */
export function createGraphqlRoute({ authenticateAt, graphql, graphiql }: Deps): GraphqlRoute {
  return async (request, response, caller) => {
    const { method, headers, url } = request;
    if (graphiql && method === 'GET' && headers.accept?.includes('text/html')) {
      reply(response, await graphiql());
      return;
    }
    if (headers.accept && !headers.accept.split(',').some(isAnswerType)) {
      const error = `nothing here can be answered as ${headers.accept.slice(0, 200)}`;
      reply(response, problem(406, error, 'BAD_REQUEST'));
      return;
    }
    if (isForgeable(request)) {
      reply(response, problem(403, FORGEABLE, 'CSRF_PREVENTED'));
      return;
    }
    const viewer = await authenticateHeader(authenticateAt, headers.authorization, caller.address);
    // Joined it would be no cursor, and is refused as one.
    const lastEventId = headers['last-event-id']?.toString();
    const asked = { ...caller, viewer, lastEventId };
    const body = method === 'POST' ? await readUtf8(request) : null;
    const plain = body && readPlainRequest(request, body);
    if (plain) {
      reply(response, await answerPlainRequest(graphql, plain, asked));
      return;
    }
    // Yoga makes its URL of what `raw` holds: without the host that the client named, which may be
    // no host at all.
    const raw = Object.assign(Readable.from(body ? [body] : []), { url });
    await graphql(Object.assign(Object.create(request), { raw }), response, asked);
  };
}

function isAnswerType(range: string): boolean {
  const wanted = (range.split(';')[0] ?? '').trim().toLowerCase();
  if (wanted === '*/*') return true;
  const [type, subtype] = wanted.split('/');
  return ANSWER_TYPES.some((it) => it === wanted || (subtype === '*' && it.startsWith(`${type}/`)));
}
