import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { InvalidKeyError } from '../access/api-keys.ts';
import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { TokenKeysUnavailableError } from '../access/token-keys.ts';
import type { Role, Viewer } from '../access/viewer.ts';
import type { Visit } from '../clicks/record-click.ts';
import type { RouteAnswer } from '../clicks/redirect.ts';
import { ECHO_PATH, isEchoPath } from '../echo/echo-url.ts';
import type { ReceiveEcho } from '../echo/receive-echo.ts';
import type { IngestCall } from '../events/ingest.ts';
import { ADMINS, READERS } from '../graphql/builder.ts';
import { KEY_NEEDED } from '../graphql/caller-error.ts';
import { StartError, toError } from '../platform/failure.ts';
import type { Log } from '../platform/log.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { inRequest } from '../platform/request-scope.ts';
import { json, problem, reply, UNAVAILABLE } from './answers.ts';
import {
  BodyBrokeOffError,
  BodyTooLargeError,
  limitBodyTime,
  readUtf8,
  UnreadableBodyError,
} from './body.ts';
import type { ClientAddress } from './client-address.ts';
import { answerClientErrors, MAX_HEADER_BYTES } from './client-error.ts';
import type { Cors } from './cors.ts';
import { authenticateHeader, bearerKey } from './credentials.ts';
import { answerEcho } from './echo.ts';
import type { GraphqlRoute } from './graphql-route.ts';
import { findFormProblem, MAX_HEADERS, originForm, splitTarget } from './request-form.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';

/** What the API role answers; a worker answers health, readiness and metrics only. */
export type ApiRoutes = {
  authenticateAt: AuthenticateAt;
  graphqlRoute: GraphqlRoute;
  redirect: (visit: Visit) => Promise<RouteAnswer>;
  ingest: (call: IngestCall) => Promise<RouteAnswer>;
  /** Reads an upload of events as it comes in. */
  eventsCsv: (
    request: IncomingMessage,
    rawQuery: string,
    address: string | null,
  ) => Promise<RouteAnswer>;
  /** Writes the report as CSV; throws InvalidInputError before it starts. */
  reportCsv: WriteCsv;
  /** The same of the audit log. */
  auditCsv: WriteCsv;
  /** What arrives at echo receivers. */
  receiveEcho: ReceiveEcho;
};

type WriteCsv = (viewer: Viewer, rawQuery: string, response: ServerResponse) => Promise<void>;

type Options = {
  api: ApiRoutes | null;
  /** Null when ready, else why not. */
  notReady: () => Promise<string | null>;
  /** Null when due work gets done, else what is wrong. */
  ailment: () => string | null;
  metrics: () => Promise<{ contentType: string; body: string }>;
  clientAddress: ClientAddress;
  makeRequestId: () => string;
  cors: Cors;
  /** On every answer that has no better ones. */
  headers: Readonly<Record<string, string>>;
  log: Log;
  /** How long the headers of a request may take; for tests, which cannot wait that long. */
  headersMs?: number;
};

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
  requestId: string,
) => unknown;

/**
 * By method; `any` takes them all. Pages of other origins may ask where `cors` says so: where a key is
 * needed.
 */
type Route = { methods: Record<string, Handler>; any?: Handler; cors?: true };

/** The route whose body may take as long as it goes on coming in. */
const UPLOAD_PATH = '/events.csv';

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
          fail(options.log, response, thrown);
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
  return server;
}

function routesOf({ api, notReady, ailment, metrics, clientAddress }: Options): Map<string, Route> {
  const routes = new Map<string, Route>([
    [
      '/health',
      reading((_request, response) => {
        const reason = ailment();
        const answer = reason
          ? json(503, { status: 'ailing', reason })
          : json(200, { status: 'ok' });
        reply(response, answer);
      }),
    ],
    [
      '/ready',
      reading(async (_request, response) => {
        const reason = await notReady();
        const answer =
          reason === null ? json(200, { ready: true }) : json(503, { ready: false, reason });
        reply(response, answer);
      }),
    ],
    [
      '/metrics',
      reading(async (_request, response) => {
        const { contentType, body } = await metrics();
        reply(response, { status: 200, headers: { 'content-type': contentType }, body });
      }),
    ],
  ]);
  if (!api) return routes;
  routes.set(
    '/',
    reading((_request, response) =>
      reply(response, json(200, { service: 'Volley', graphql: '/graphql' })),
    ),
  );
  // No HEAD here: who only looks at a link is no visitor and reports no event.
  routes.set('/click', {
    methods: {
      GET: async (request, response) => {
        const visit = {
          entryUrl: request.url ?? '/',
          ip: clientAddress(request),
          userAgent: request.headers['user-agent'] ?? null,
          referrer: request.headers.referer ?? null,
          acceptLanguage: request.headers['accept-language'] ?? null,
        };
        reply(response, await api.redirect(visit));
      },
    },
  });
  const ingest: Handler = async (request, response, query) =>
    reply(response, await api.ingest(await ingestCallOf(request, query, clientAddress(request))));
  routes.set('/event', { cors: true, methods: { GET: ingest, POST: ingest } });
  routes.set(UPLOAD_PATH, {
    cors: true,
    methods: {
      POST: async (request, response, query) => {
        try {
          reply(response, await api.eventsCsv(request, query, clientAddress(request)));
        } finally {
          // What still comes in of a refused upload is thrown away, but not for ever.
          request.resume();
          limitBodyTime(request, response);
        }
      },
    },
  });
  routes.set(ECHO_PATH, {
    methods: {},
    any: (request, response) =>
      answerEcho(api.receiveEcho, request, response, clientAddress(request)),
  });
  const csv = serveCsv.bind(null, api.authenticateAt, clientAddress);
  routes.set('/reports/postbacks.csv', {
    cors: true,
    methods: { GET: csv(api.reportCsv, READERS, 'read reports') },
  });
  routes.set('/reports/audit.csv', {
    cors: true,
    methods: { GET: csv(api.auditCsv, ADMINS, 'read the audit log') },
  });
  const graphql: Handler = (request, response, _query, requestId) =>
    api.graphqlRoute(request, response, { requestId, address: clientAddress(request) });
  routes.set('/graphql', { cors: true, methods: { GET: graphql, POST: graphql } });
  return routes;
}

/** A route that only reads may be asked for its headers alone. */
function reading(handler: Handler): Route {
  return { methods: { GET: handler, HEAD: handler } };
}

function serveCsv(
  authenticateAt: AuthenticateAt,
  clientAddress: ClientAddress,
  write: WriteCsv,
  roles: Role[],
  what: string,
): Handler {
  return async (request, response, query) => {
    const { authorization } = request.headers;
    const viewer = await authenticateHeader(authenticateAt, authorization, clientAddress(request));
    if (viewer.role === 'ANONYMOUS') return reply(response, json(401, { error: KEY_NEEDED }));
    if (!roles.includes(viewer.role)) {
      return reply(response, json(403, { error: `a key of role ${viewer.role} may not ${what}` }));
    }
    await write(viewer, query, response);
  };
}

async function ingestCallOf(
  request: IncomingMessage,
  rawQuery: string,
  address: string | null,
): Promise<IngestCall> {
  const hasBody = request.method === 'POST';
  return {
    rawQuery,
    address,
    bearer: request.headers.authorization && (bearerKey(request.headers.authorization) ?? ''),
    contentType: request.headers['content-type'] ?? '',
    body: hasBody ? (await readUtf8(request)).toString('utf8') : '',
  };
}

function fail(log: Log, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    // Who has gone away is told nothing; whoever still waits must not take half an answer for a whole.
    if (!response.destroyed) log.error({ err: toError(thrown) }, 'http.fault');
    response.destroy();
  } else if (thrown instanceof BodyTooLargeError) {
    // What still comes in is thrown away: a connection that is cut off loses the answer with it.
    response.req.resume();
    reply(response, problem(413, thrown.message, 'BODY_TOO_LARGE'));
  } else if (thrown instanceof BodyBrokeOffError) {
    response.destroy();
  } else if (thrown instanceof UnreadableBodyError) {
    response.req.resume();
    reply(response, problem(thrown.status, thrown.message, 'BAD_REQUEST'));
  } else if (thrown instanceof InvalidInputError) {
    reply(response, json(400, { error: thrown.message, issues: thrown.issues }));
  } else if (thrown instanceof InvalidKeyError) {
    response.setHeader('www-authenticate', 'Bearer');
    reply(response, problem(401, thrown.message, 'UNAUTHENTICATED'));
  } else if (thrown instanceof RateLimitedError) {
    const { message, retryAfterSeconds } = thrown;
    const headers = { 'retry-after': String(retryAfterSeconds) };
    reply(response, problem(429, message, 'RATE_LIMITED', headers, { retryAfterSeconds }));
  } else if (thrown instanceof TokenKeysUnavailableError) {
    reply(response, problem(503, thrown.message, UNAVAILABLE.code));
  } else {
    log.error({ err: toError(thrown) }, 'http.fault');
    reply(response, problem(503, UNAVAILABLE.message, UNAVAILABLE.code));
  }
}

/** Listens; a taken port or an address that is not this machine's is one clear sentence. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (thrown) {
    throw new StartError(explainListen(thrown as NodeJS.ErrnoException, port, host), {
      cause: thrown,
    });
  }
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

function explainListen(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another process: stop it, or set PORT to a free one.`;
  }
  if (error.code === 'EACCES') {
    return `Port ${port} may not be opened by this user: set PORT to one above 1023.`;
  }
  return `Nothing can listen on ${host}:${port} (${error.message}): set HOST and PORT.`;
}
