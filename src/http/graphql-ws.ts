import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { isAsyncIterable } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import type { Session, Sessions } from '../access/sessions.ts';
import type { Viewer } from '../access/viewer.ts';
import { callerError } from '../graphql/caller-error.ts';
import type { Caller } from '../graphql/context.ts';
import { toError } from '../platform/failure.ts';
import { inRequest, streamInRequest } from '../platform/request-scope.ts';
import { endSocket } from './answers.ts';
import type { ClientAddress } from './client-address.ts';
import type { Cors } from './cors.ts';
import { authenticateHeader } from './credentials.ts';
import type { Graphql } from './graphql-http.ts';
import { nextFrames } from './next-frames.ts';
import type { PersistedOperations } from './persisted-operations.ts';
import { prepareOperation, type Root, withoutHttp } from './prepare-operation.ts';
import { originForm, splitTarget } from './request-form.ts';
import {
  closeSoon,
  cutReasons,
  cutUnread,
  endStream,
  forgiveLateFrames,
  refusalOf,
  refuseServersMessages,
} from './socket-ends.ts';

type Options = {
  server: Server;
  graphql: Graphql;
  persisted: Pick<PersistedOperations, 'withDocument'>;
  authenticateAt: AuthenticateAt;
  cors: Pick<Cors, 'allows'>;
  sessions: Pick<Sessions, 'open'>;
  clientAddress: ClientAddress;
  /** Makes the id of an operation. */
  makeRequestId: () => string;
};

/** The largest message of a client (product: Limits). */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** Operations under way on one socket, subscriptions included. */
const MAX_OPERATIONS = 50;
/** A socket whose first message takes longer is closed with 4408 (the protocol's own default). */
const INIT_MS = 3_000;

/** What is known of a socket once it is acknowledged. */
type Extra = { viewer: Viewer; session: Session };

/**
 * GraphQL over WebSocket (graphql-transport-ws) on `/graphql`, through the same envelope as HTTP.
 * Disposing closes every socket with 1001.
 */
export function serveGraphqlWs(options: Options): AsyncDisposable {
  const { server, graphql, authenticateAt, sessions, cors, clientAddress, makeRequestId } = options;
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
      forgiveLateFrames(client);
      refuseServersMessages(client);
      cutReasons(client);
      sockets.emit('connection', client, request);
      // A frame over the limit or broken framing ends this socket only, which ws does by itself: the
      // listener that graphql-ws adds would print every sender's mistake as a fault of the service.
      client.removeAllListeners('error').on('error', () => {});
      cutUnread(client);
    });
  };
  server.on('upgrade', upgrade);

  const serving = useServer<Record<string, unknown>, Extra>(
    {
      isProd: true,
      connectionInitWaitTimeout: INIT_MS,
      execute: (args) => run('execute', args) as never,
      subscribe: (args) => run('subscribe', args) as never,
      async onConnect(context) {
        const { authorization, Authorization } = context.connectionParams ?? {};
        const { socket, request } = context.extra;
        const address = clientAddress(request);
        try {
          const viewer = await authenticateHeader(
            authenticateAt,
            authorization ?? Authorization,
            address,
          );
          // It left while its key was looked up: nobody would end the session.
          if (socket.readyState !== socket.OPEN) return false;
          const session = sessions.open(viewer, address, ({ why, message }) => {
            // An idle client is sent away as if it had left: others may come back, which it need not.
            closeSoon(socket, why === 'IDLE' ? 1000 : 4403, message);
            // Until the client has answered they would go on for nobody.
            for (const stream of Object.values(context.subscriptions)) void endStream(stream);
          });
          socket.once('close', () => session[Symbol.dispose]());
          Object.assign(context.extra, { viewer, session });
          return true;
        } catch (thrown) {
          const [code, reason] = refusalOf(thrown);
          if (code === 4500) graphql.logger.error(toError(thrown));
          closeSoon(socket, code, reason);
          return false;
        }
      },
      async onSubscribe(context, id, params) {
        const { socket, request, viewer, session } = context.extra as Required<
          typeof context.extra
        >;
        session.touch();
        // The closing handshake may take a while, and until then clients can send.
        if (session.ending) return [callerError('UNAUTHENTICATED', `${session.ending.message}.`)];
        const count = Object.keys(context.subscriptions).length;
        if (count > MAX_OPERATIONS) {
          const message = `This socket has ${count - 1} operations under way, ${MAX_OPERATIONS} at most are allowed.`;
          return [callerError('TOO_MANY_STREAMS', message)];
        }
        const requestId = makeRequestId();
        const caller: Caller = {
          ...{ viewer, session, requestId, address: clientAddress(request) },
          deliver: nextFrames(socket, request.socket, id),
        };
        const asked = { ...caller, req: request };
        return inRequest(requestId, () => prepareOperation(options, asked, params));
      },
      onError: (_context, _id, _params, errors) => errors.map(withoutHttp),
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
