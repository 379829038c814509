// Serves one of the ways to take reports or clicks, in a process of its own; answers its port.
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { createHandler } from 'graphql-http/lib/use/http';
import { createSchema, createYoga } from 'graphql-yoga';
import mercurius from 'mercurius';
import { serveCalls } from '../support/serve-calls.ts';
import { recordNothing, typeDefs, viewer } from './record-event.mjs';

function resolversOf(recordEvent) {
  return {
    Query: { viewer: () => viewer },
    Mutation: { recordEvent: (_root, { input }) => recordEvent(input) },
    RecordEventResult: { __resolveType: ({ __typename }) => __typename },
  };
}

async function naive(options) {
  const { openNaiveRecorder } = await import('./record-naively.mjs');
  return openNaiveRecorder(options);
}

function serveYoga(recordEvent) {
  const schema = createSchema({ typeDefs, resolvers: resolversOf(recordEvent) });
  return listen(createServer(createYoga({ schema, logging: false })));
}

function serveGraphqlHttp(recordEvent) {
  const schema = createSchema({ typeDefs, resolvers: resolversOf(recordEvent) });
  return listen(createServer(createHandler({ schema })));
}

/** @param settings of the plugin: what it does without, and with its compiler. */
async function serveMercurius(recordEvent, settings = {}) {
  const app = Fastify();
  const { RecordEventResult: union, ...resolvers } = resolversOf(recordEvent);
  await app.register(mercurius, {
    schema: typeDefs,
    resolvers: { ...resolvers, RecordEventResult: { resolveType: union.__resolveType } },
    ...settings,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server.address().port;
}

function listen(server) {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(server.address().port)),
  );
}

serveCalls({
  yogaNoop: () => serveYoga(recordNothing),
  yogaNaive: async (options) => serveYoga(await naive(options)),
  mercuriusNoop: () => serveMercurius(recordNothing, { jit: 1 }),
  mercuriusNaive: async (options) => serveMercurius(await naive(options), { jit: 1 }),
  graphqlHttpNoop: () => serveGraphqlHttp(recordNothing),
  clickNoop: () =>
    listen(
      createServer((_request, response) => {
        response.writeHead(302, { location: 'https://brand.example/', 'content-length': 0 }).end();
      }),
    ),
  async clickNaive(options) {
    const { openNaiveClicks } = await import('./record-naively.mjs');
    const recordClick = openNaiveClicks(options);
    const app = Fastify();
    app.get('/click', async (request, reply) => {
      reply.redirect(await recordClick(request.query, request.url));
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server.address().port;
  },
});
