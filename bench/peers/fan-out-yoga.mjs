// Yoga and graphql-ws as their documentation puts them together: a pub/sub of the process, a filter per viewer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga, filter, pipe } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { serveCalls } from '../support/serve-calls.ts';

const pubSub = createPubSub();
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `
      type Fired { cursor: String!, id: ID!, status: String!, finalUrl: String, statusCode: Int, durationMs: Int!, startedAt: String! }
      type Query { ok: Boolean }
      type Subscription { fired(affiliate: Int): Fired! }`,
    resolvers: {
      Subscription: {
        fired: {
          subscribe: (_root, { affiliate }) =>
            pipe(
              pubSub.subscribe('fired'),
              filter((it) => affiliate == null || it.affiliate === affiliate),
            ),
          resolve: ({ fired }) => fired,
        },
      },
    },
  }),
});

serveCalls({
  async listen() {
    const server = createServer(yoga);
    const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
    useServer(
      {
        execute: (args) => args.rootValue.execute(args),
        subscribe: (args) => args.rootValue.subscribe(args),
        onSubscribe: async (ctx, _id, params) => {
          const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped(
            {
              ...ctx,
              req: ctx.extra.request,
              socket: ctx.extra.socket,
              params,
            },
          );
          const args = {
            schema,
            operationName: params.operationName,
            document: parse(params.query),
            variableValues: params.variables,
            contextValue: await contextFactory(),
            rootValue: { execute, subscribe },
          };
          const errors = validate(args.schema, args.document);
          return errors.length ? errors : args;
        },
      },
      sockets,
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: server.address().port, protocol: 'graphql-transport-ws' };
  },
  publish: (affiliate, fired) => pubSub.publish('fired', { affiliate, fired }),
});
