import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import type { Role, Viewer } from '../access/viewer.ts';
import type { Visit } from '../clicks/record-click.ts';
import type { RouteAnswer } from '../clicks/redirect.ts';
import { ECHO_PATH } from '../echo/echo-url.ts';
import type { ReceiveEcho } from '../echo/receive-echo.ts';
import type { IngestCall } from '../events/ingest.ts';
import { ADMINS, READERS } from '../graphql/builder.ts';
import { KEY_NEEDED } from '../graphql/caller-error.ts';
import { json, reply } from './answers.ts';
import { limitBodyTime, readUtf8 } from './body.ts';
import type { ClientAddress } from './client-address.ts';
import { authenticateHeader, bearerKey } from './credentials.ts';
import { answerEcho } from './echo.ts';
import type { GraphqlRoute } from './graphql-route.ts';

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
  /** The files of the monitor page, by exact path. */
  monitor: ReadonlyMap<string, (request: IncomingMessage, response: ServerResponse) => void>;
};

type WriteCsv = (viewer: Viewer, rawQuery: string, response: ServerResponse) => Promise<void>;

/** What the routes of every role need to know. */
export type RouteOptions = {
  api: ApiRoutes | null;
  /** Null when ready, else why not. */
  notReady: () => Promise<string | null>;
  /** Null when due work gets done, else what is wrong. */
  ailment: () => string | null;
  metrics: () => Promise<{ contentType: string; body: string }>;
  clientAddress: ClientAddress;
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
export const UPLOAD_PATH = '/events.csv';

/** The table of what is answered where, by exact path. */
export function routesOf({
  api,
  notReady,
  ailment,
  metrics,
  clientAddress,
}: RouteOptions): Map<string, Route> {
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
  for (const [path, serve] of api.monitor) routes.set(path, reading(serve));
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
