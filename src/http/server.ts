import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ECHO_PATH, isEchoPath } from '../echo/echo-url.ts';
import type { Log } from '../platform/log.ts';
import { inRequest } from '../platform/request-scope.ts';
import { json, problem, reply } from './answers.ts';
import { limitBodyTime } from './body.ts';
import { answerClientErrors, MAX_HEADER_BYTES } from './client-error.ts';
import type { Cors } from './cors.ts';
import { endUnread } from './end-unread.ts';
import { answerFailure } from './failure-answer.ts';
import { findFormProblem, MAX_HEADERS, originForm, splitTarget } from './request-form.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';
import { type RouteOptions, routesOf, UPLOAD_PATH } from './routes.ts';

type Options = RouteOptions & {
  makeRequestId: () => string;
  cors: Cors;
  /** On every answer that has no better ones. */
  headers: Readonly<Record<string, string>>;
  log: Log;
  /** How long the headers of a request may take; for tests, which cannot wait that long. */
  headersMs?: number;
};

/** Longer than proxies keep a connection that they do not use: else they send into one that closes. */
const KEEP_ALIVE_MS = 65_000;

/** The one HTTP server: a table of routes, and readable answers for everything else. */
export function createHttpServer(options: Options): Server {
  const routes = routesOf(options);
  const { headersMs = 10_000, headers } = options;
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node looks for slow senders every 30 s by itself: a limit of 10 s would be one of 40.
    connectionsCheckingInterval: headersMs / 5,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Told in words by `findFormProblem`.
    requireHostHeader: false,
    // Any other offer, such as HTTP/2, is declined by answering as if it were not made.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
      headers.upgrade?.toLowerCase() === 'websocket',
  };
  const server = createServer(limits, (request, response) => {
    const requestId = requestIdOf(request, options.makeRequestId);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    inRequest(requestId, () => serve(request, response, requestId));
  });

  function serve(request: IncomingMessage, response: ServerResponse, requestId: string): void {
    const malformed = findFormProblem(request);
    request.url = originForm(request.url ?? '/');
    const [path, query] = splitTarget(request.url);
    const route = malformed ? undefined : routes.get(isEchoPath(path) ? ECHO_PATH : path);
    const handler = route?.any ?? route?.methods[request.method ?? ''];
    if (path !== UPLOAD_PATH || !handler) limitBodyTime(request, response);
    if (malformed) {
      const { status, error } = malformed;
      reply(response, json(status, { error }, { connection: 'close' }));
    } else if (!route) {
      reply(response, json(404, { error: `there is nothing at ${path.slice(0, 200)}` }));
    } else {
      const methods = Object.keys(route.methods);
      if (route.cors) options.cors.tell(request, response, methods);
      if (handler) {
        Promise.try(handler, request, response, query, requestId).catch((thrown: unknown) => {
          answerFailure(options.log, response, thrown);
        });
      } else if (route.cors && request.method === 'OPTIONS') {
        reply(response, { status: 204, headers: { allow: methods.join(', ') }, body: '' });
      } else {
        response.setHeader('allow', methods.join(', '));
        reply(response, problem(405, `${request.method} is not possible here`, 'BAD_REQUEST'));
      }
    }
  }
  // A client that drips its headers is not waited for (Node's default is 60 s), nor one that drips its
  // body: see `limitBodyTime`, which an upload is excepted from.
  server.headersTimeout = headersMs;
  server.requestTimeout = 0;
  server.maxHeadersCount = MAX_HEADERS + 1;
  // Refused like every other malformed request, where Node has 417 and no word.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  answerClientErrors(server);
  endUnread(server, { onEnd: (address) => options.log.info({ address }, 'http.unread') });
  return server;
}
