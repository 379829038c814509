import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Sessions } from '../access/sessions.ts';
import { type Caller, type Context, createContext, type Services } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import { endOnFault } from './end-on-fault.ts';
import { eventStreams } from './event-stream.ts';
import { createGate } from './gate.ts';
import { createMaskError } from './mask-error.ts';
import type { PersistedOperations } from './persisted-operations.ts';
import { readBehindWall } from './read-behind-wall.ts';
import { readableRequests } from './readable-requests.ts';
import { shareExecution } from './share-execution.ts';
import { watchStreams } from './watch-streams.ts';

type Options = {
  services: Services;
  sessions: Pick<Sessions, 'open'>;
  environment: 'development' | 'production';
  persisted: Pick<PersistedOperations, 'plugin'>;
};

export type Graphql = ReturnType<typeof createGraphql>;

/** GraphQL over HTTP and SSE, and the envelope that the WebSocket server executes with. */
export function createGraphql({ services, sessions, environment, persisted }: Options) {
  const { log } = services;
  return createYoga<Caller, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    context: (caller) => createContext(services, caller),
    plugins: [
      readableRequests(),
      ...createGate({ environment, rateLimit: services.rateLimit, persisted }),
      readBehindWall(services.wall),
      shareExecution(),
      endOnFault(),
      watchStreams(sessions),
      eventStreams(),
    ],
    landingPage: false,
    // Pages of other origins, GraphiQL and limits of bodies are the server's, for every route alike.
    cors: false,
    graphiql: false,
    batching: false,
    extraParamNames: ['documentId'],
    multipart: false,
    maxRequestBodySize: false,
    maskedErrors: { maskError: createMaskError(log) },
    logging: {
      debug: (...parts) => log.debug(parts.join(' ')),
      info: (...parts) => log.debug(parts.join(' ')),
      warn: (...parts) => log.warn(parts.join(' ')),
      // What a resolver threw is logged where it is masked, without the caller's document; other errors of
      // GraphQL are the caller's own.
      error: (...parts) =>
        parts.some((part) => part instanceof GraphQLError) ? undefined : log.error(parts.join(' ')),
    },
  });
}
