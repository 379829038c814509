import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga } from 'graphql-yoga';
import type { Sessions } from '../access/sessions.ts';
import type { Caller, Services } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import { endOnFault } from './end-on-fault.ts';
import { createGate } from './gate.ts';
import { EXAMPLES } from './graphiql-examples.ts';
import { createMaskError } from './mask-error.ts';
import { watchStreams } from './watch-streams.ts';

type Options = {
  services: Services;
  sessions: Pick<Sessions, 'open'>;
  environment: 'development' | 'production';
};

export type Graphql = ReturnType<typeof createGraphql>;

/** GraphQL over HTTP and SSE, and the envelope that the WebSocket server executes with. */
export function createGraphql({ services, sessions, environment }: Options) {
  const { log } = services;
  return createYoga<Caller, Services>({
    schema,
    graphqlEndpoint: '/graphql',
    context: services,
    plugins: [createGate({ environment }), endOnFault(), watchStreams(sessions)],
    landingPage: false,
    // Any page may ask: keys travel in a header that browsers never send by themselves.
    cors: { origin: '*', credentials: false },
    batching: false,
    graphiql: environment === 'development' && {
      title: 'Volley',
      defaultQuery: EXAMPLES,
      headers: '{\n  "authorization": "Bearer <your key>"\n}',
      subscriptionsProtocol: 'WS',
    },
    renderGraphiQL,
    maskedErrors: { maskError: createMaskError(log) },
    logging: {
      debug: (...parts) => log.debug(parts.join(' ')),
      info: (...parts) => log.debug(parts.join(' ')),
      warn: (...parts) => log.warn(parts.join(' ')),
      // What a resolver threw is logged where it is masked, without the caller's document.
      error: (...parts) =>
        parts.some((part) => part?.locations) ? undefined : log.error(parts.join(' ')),
    },
  });
}
