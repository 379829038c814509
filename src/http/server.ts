import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type Authenticate, InvalidKeyError } from '../access/api-keys.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Visit } from '../clicks/record-click.ts';
import type { RouteAnswer } from '../clicks/redirect.ts';
import type { IngestCall } from '../events/ingest.ts';
import { KEY_NEEDED } from '../graphql/caller-error.ts';
import { StartError, toError } from '../platform/failure.ts';
import type { Log } from '../platform/log.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { announcesTooMuch, BodyTooLargeError, limitBodyTime, readBody } from './body.ts';
import { authenticateHeader, bearerKey } from './credentials.ts';
import type { Graphql } from './graphql-http.ts';

/** What the API role answers; a worker answers health, readiness and metrics only. */
export type ApiRoutes = {
  authenticate: Authenticate;
  graphql: Graphql;
  redirect: (visit: Visit) => Promise<RouteAnswer>;
  ingest: (call: IngestCall) => Promise<RouteAnswer>;
  /** Reads an upload of events as it comes in. */
  eventsCsv: (request: IncomingMessage, rawQuery: string) => Promise<RouteAnswer>;
  /** Writes the report as CSV; throws InvalidInputError before it starts. */
  reportCsv: (viewer: Viewer, rawQuery: string, response: ServerResponse) => Promise<void>;
};

type Options = {
  api: ApiRoutes | null;
  /** Null when ready, else why not. */
  notReady: () => Promise<string | null>;
  /** Null when due work gets done, else what is wrong. */
  ailment: () => string | null;
  metrics: () => Promise<{ contentType: string; body: string }>;
  log: Log;
};

type Handler = (request: IncomingMessage, response: ServerResponse, query: string) => unknown;

/** The route whose body may take as long as it goes on coming in. */
const UPLOAD_PATH = '/events.csv';

/** The one HTTP server: a table of routes, and readable answers for everything else. */
export function createHttpServer(options: Options): Server {
  const routes = routesOf(options);
  const server = createServer((request, response) => {
    const [path = '/', query = ''] = splitUrl(request.url ?? '/');
    const methods = routes.get(path);
    const handler = methods?.[request.method ?? ''] ?? methods?.['*'];
    if (path !== UPLOAD_PATH || !handler) limitBodyTime(request, response);
    if (!methods) return reply(response, json(404, { error: `there is nothing at ${path}` }));
    if (!handler) {
      response.setHeader('allow', Object.keys(methods).join(', '));
      return reply(response, json(405, { error: `${request.method} is not possible here` }));
    }
    Promise.try(handler, request, response, query).catch((thrown: unknown) => {
      fail(options.log, response, thrown);
    });
  });
  // A client that drips its headers is not waited for (Node's default is 60 s), nor one that drips its
  // body: see `limitBodyTime`, which an upload is excepted from.
  server.headersTimeout = 10_000;
  server.requestTimeout = 0;
  return server;
}

function routesOf({
  api,
  notReady,
  ailment,
  metrics,
}: Options): Map<string, Record<string, Handler>> {
  const routes = new Map<string, Record<string, Handler>>([
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
    GET: async (request, response) => reply(response, await api.redirect(visitOf(request))),
  });
  const ingest: Handler = async (request, response, query) =>
    reply(response, await api.ingest(await ingestCallOf(request, query)));
  routes.set('/event', { GET: ingest, POST: ingest });
  routes.set(UPLOAD_PATH, {
    POST: async (request, response, query) => {
      try {
        reply(response, await api.eventsCsv(request, query));
      } finally {
        // What still comes in of a refused upload is thrown away, but not for ever.
        request.resume();
        limitBodyTime(request, response);
      }
    },
  });
  routes.set('/reports/postbacks.csv', {
    GET: (request, response, query) => serveReport(api, request, response, query),
  });
  routes.set('/graphql', { '*': (request, response) => serveGraphql(api, request, response) });
  return routes;
}

/** A route that only reads may be asked for its headers alone. */
function reading(handler: Handler): Record<string, Handler> {
  return { GET: handler, HEAD: handler };
}

async function serveGraphql(
  { authenticate, graphql }: ApiRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (announcesTooMuch(request)) throw new BodyTooLargeError();
  const viewer = await authenticateHeader(authenticate, request.headers.authorization);
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const incoming = isChunked
    ? Object.assign(Object.create(request), { raw: Readable.from([await readBody(request)]) })
    : request;
  await graphql(incoming, response, { viewer });
}

async function serveReport(
  { authenticate, reportCsv }: ApiRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
): Promise<void> {
  const viewer = await authenticateHeader(authenticate, request.headers.authorization);
  if (viewer.role === 'ANONYMOUS') return reply(response, json(401, { error: KEY_NEEDED }));
  if (viewer.role === 'INTEGRATION') {
    return reply(response, json(403, { error: 'a key of role INTEGRATION may not read reports' }));
  }
  await reportCsv(viewer, query, response);
}

function visitOf(request: IncomingMessage): Visit {
  return {
    entryUrl: request.url ?? '/',
    ip: request.socket.remoteAddress ?? null,
    userAgent: request.headers['user-agent'] ?? null,
    referrer: request.headers.referer ?? null,
    acceptLanguage: request.headers['accept-language'] ?? null,
  };
}

async function ingestCallOf(request: IncomingMessage, rawQuery: string): Promise<IngestCall> {
  const hasBody = request.method === 'POST';
  return {
    rawQuery,
    bearer: request.headers.authorization && (bearerKey(request.headers.authorization) ?? ''),
    contentType: request.headers['content-type'] ?? '',
    body: hasBody ? (await readBody(request)).toString('utf8') : '',
  };
}

function fail(log: Log, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (thrown instanceof BodyTooLargeError) {
    // What still comes in is thrown away: a connection that is cut off loses the answer with it.
    response.req.resume();
    reply(response, graphqlProblem(413, thrown.message, 'BODY_TOO_LARGE'));
  } else if (thrown instanceof InvalidInputError) {
    reply(response, json(400, { error: thrown.message, issues: thrown.issues }));
  } else if (thrown instanceof InvalidKeyError) {
    response.setHeader('www-authenticate', 'Bearer');
    reply(response, graphqlProblem(401, thrown.message, 'UNAUTHENTICATED'));
  } else {
    log.error({ err: toError(thrown) }, 'http.fault');
    reply(response, graphqlProblem(503, 'Volley cannot answer this now.', 'UNAVAILABLE'));
  }
}

/** Readable as plain JSON and as a GraphQL answer: both kinds of client look at it. */
function graphqlProblem(status: number, message: string, code: string): RouteAnswer {
  return json(status, { error: message, errors: [{ message, extensions: { code } }] });
}

function json(status: number, body: object): RouteAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: `${JSON.stringify(body)}\n`,
  };
}

function reply(response: ServerResponse, { status, headers, body }: RouteAnswer): void {
  response.writeHead(status, { 'x-content-type-options': 'nosniff', ...headers });
  response.end(body);
}

function splitUrl(url: string): [path: string, query: string] {
  const question = url.indexOf('?');
  return question < 0 ? [url, ''] : [url.slice(0, question), url.slice(question + 1)];
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
