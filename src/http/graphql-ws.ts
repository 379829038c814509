import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { isAsyncIterable } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { type Authenticate, InvalidKeyError } from '../access/api-keys.ts';
import { ANONYMOUS, type Viewer } from '../access/viewer.ts';
import type { Caller } from '../graphql/context.ts';
import { toError } from '../platform/failure.ts';
import { inRequest, streamInRequest } from '../platform/request-scope.ts';
import { endSocket } from './answers.ts';
import type { ClientAddress } from './client-address.ts';
import type { Cors } from './cors.ts';
import { authenticateHeader } from './credentials.ts';
import type { Graphql } from './graphql-http.ts';
import { originForm, splitTarget } from './request-form.ts';

type Options = {
  server: Server;
  graphql: Graphql;
  authenticate: Authenticate;
  cors: Pick<Cors, 'allows'>;
  clientAddress: ClientAddress;
  /** Makes the id of an operation. */
  makeRequestId: () => string;
};

/** The largest message of a client (product: Limits). */
const MAX_MESSAGE_BYTES = 256 * 1024;

type Root = {
  requestId: string;
  execute: (args: ExecutionArgs) => unknown;
  subscribe: (args: ExecutionArgs) => unknown;
};

/**
 * GraphQL over WebSocket (graphql-transport-ws) on `/graphql`, through the same envelope as HTTP.
 * Disposing closes every socket with 1001.
 */
export function serveGraphqlWs({
  server,
  graphql,
  authenticate,
  cors,
  clientAddress,
  makeRequestId,
}: Options): AsyncDisposable {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node takes its own listener off an upgraded socket: without one a reset would end the process.
    socket.on('error', () => socket.destroy());
    const [path] = splitTarget(originForm(request.url ?? '/'));
    if (path !== '/graphql') {
      endSocket(socket, 404, `there is no WebSocket at ${path.slice(0, 200)}`);
      return;
    }
    if (!cors.allows(request)) {
      endSocket(socket, 403, 'pages of this origin may not connect: see VOLLEY_CORS_ORIGINS');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      sockets.emit('connection', client, request);
      // A frame over the limit or broken framing ends this socket only, which ws does by itself: the
      // listener that graphql-ws adds would print every sender's mistake as a fault of the service.
      client.removeAllListeners('error').on('error', () => {});
    });
  };
  server.on('upgrade', upgrade);

  const serving = useServer<Record<string, unknown>, { viewer: Viewer }>(
    {
      isProd: true,
      execute: (args) => run('execute', args) as never,
      subscribe: (args) => run('subscribe', args) as never,
      async onConnect(context) {
        const { authorization, Authorization } = context.connectionParams ?? {};
        try {
          context.extra.viewer = await authenticateHeader(
            authenticate,
            authorization ?? Authorization,
          );
          return true;
        } catch (thrown) {
          // False closes with 4403; a database that does not answer is another matter.
          if (!(thrown instanceof InvalidKeyError)) {
            graphql.logger.error(toError(thrown));
            context.extra.socket.close(4500, 'Volley cannot answer this now.');
          }
          return false;
        }
      },
      async onSubscribe(context, _id, params) {
        const { request, viewer = ANONYMOUS } = context.extra;
        const requestId = makeRequestId();
        const caller: Caller = { viewer, requestId, address: clientAddress(request) };
        const { schema, execute, subscribe, contextFactory, parse, validate } =
          graphql.getEnveloped({ ...caller, req: request, params });
        const document = attempt(() => parse(params.query));
        if (document.errors) return document.errors;
        const errors = validate(schema, document.value);
        if (errors.length > 0) return errors as GraphQLError[];
        return {
          schema,
          operationName: params.operationName,
          document: document.value,
          variableValues: params.variables,
          contextValue: await contextFactory(),
          rootValue: { requestId, execute, subscribe } satisfies Root,
        };
      },
    },
    sockets,
  );

  return {
    async [Symbol.asyncDispose]() {
      server.off('upgrade', upgrade);
      await serving.dispose();
    },
  };
}

/** Executes in the scope of the operation, messages of a stream included. */
async function run(what: 'execute' | 'subscribe', args: ExecutionArgs): Promise<unknown> {
  const { requestId, ...root } = args.rootValue as Root;
  const result = await inRequest(requestId, () => root[what](args));
  return isAsyncIterable(result) ? streamInRequest(requestId, result) : result;
}

/** A document that cannot be parsed is the sender's fault: an `error` message, and the socket lives. */
function attempt<Value>(
  parse: () => Value,
): { value: Value; errors: null } | { value: null; errors: GraphQLError[] } {
  try {
    return { value: parse(), errors: null };
  } catch (thrown) {
    return { value: null, errors: [thrown as GraphQLError] };
  }
}
