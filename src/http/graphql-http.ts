import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError } from 'graphql';
import { createYoga, maskError } from 'graphql-yoga';
import type { Viewer } from '../access/viewer.ts';
import type { Context, Services } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import { toError } from '../platform/failure.ts';
import { createGate } from './gate.ts';
import { EXAMPLES } from './graphiql-examples.ts';

type Options = { services: Services; environment: 'development' | 'production' };

/** What a transport hands over: who asks. */
export type ServerContext = { viewer: Viewer };

export type Graphql = ReturnType<typeof createGraphql>;

/** GraphQL over HTTP and SSE, and the envelope that the WebSocket server executes with. */
export function createGraphql({ services, environment }: Options) {
  const { log } = services;
  return createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    context: ({ viewer }) => ({ ...services, viewer }),
    plugins: [createGate({ environment })],
    landingPage: false,
    batching: false,
    graphiql: environment === 'development' && {
      title: 'Volley',
      defaultQuery: EXAMPLES,
      headers: '{\n  "authorization": "Bearer <your key>"\n}',
      subscriptionsProtocol: 'WS',
    },
    renderGraphiQL,
    maskedErrors: {
      maskError(thrown, message, isDev) {
        if (!isExpected(thrown)) log.error({ err: toError(unwrap(thrown)) }, 'graphql.fault');
        return maskError(thrown, message, isDev);
      },
      isDev: false,
    },
    logging: {
      debug: (...parts) => log.debug(parts.join(' ')),
      info: (...parts) => log.debug(parts.join(' ')),
      warn: (...parts) => log.warn(parts.join(' ')),
      error: (...parts) => log.error(parts.join(' ')),
    },
  });
}

/** An error that was made for the caller carries no cause of its own. */
function isExpected(thrown: unknown): boolean {
  return thrown instanceof GraphQLError && isCallersError(thrown.originalError);
}

function isCallersError(cause: unknown): boolean {
  return cause === undefined || cause === null || cause instanceof GraphQLError;
}

function unwrap(thrown: unknown): unknown {
  return thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown;
}
