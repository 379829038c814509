import { type Bench, resultsOf } from './support/bench.ts';
import { driveServer, type ServerFigures } from './support/drive-server.ts';
import { startLoad } from './support/load.ts';
import { emptyQuery, seedForLoads } from './support/loads.ts';
import { type Server, servePeer } from './support/serve-peer.ts';
import { startServices } from './support/services.ts';
import { startVolley } from './support/volley.ts';

export const bench: Bench = {
  name: 'yoga',
  summary: 'a query that asks no store, 64 connections: what a GraphQL server costs by itself',
  async run({ quick, progress }) {
    await using services = await startServices();
    await using generator = await startLoad();
    const load = { ...emptyQuery, seconds: quick ? 3 : 20, warmUpSeconds: quick ? 3 : 5 };
    const databaseUrl = await seedForLoads(services);

    async function drive(who: string, starting: Promise<Server>): Promise<ServerFigures> {
      await using server = await starting;
      const it = await driveServer(generator, server, load);
      progress(`${who}: ${Math.round(it.perSecond)}/s, ${Math.round(it.cpuUs)} us CPU`);
      return it;
    }
    const ofPeer = (who: string, what: string) =>
      drive(who, servePeer(what, services, databaseUrl));

    const volley = await drive('Volley', startVolley({ services, databaseUrl, role: 'api' }));
    const yoga = await ofPeer('Yoga', 'yogaNoop');
    const graphqlHttp = await ofPeer('graphql-http', 'graphqlHttpNoop');
    const mercurius = await ofPeer('Mercurius (JIT)', 'mercuriusNoop');

    const result = resultsOf('yoga');
    const versus = (against: string, { perSecond }: ServerFigures, judged = {}) =>
      result(`Volley: beside ${against}`, volley.perSecond, '1/s', {
        ...{ ratio: volley.perSecond / perSecond, against, ...judged },
      });
    const all = (who: string, it: ServerFigures) => [
      result(`${who}: requests`, it.perSecond, '1/s'),
      result(`${who}: answered p50`, it.p50, 'ms'),
      result(`${who}: answered p99`, it.p99, 'ms'),
      result(`${who}: CPU of the server a request`, it.cpuUs, 'us'),
    ];
    return [
      // With keys, limits, costs and logs, which none of the others has.
      versus('Yoga as it comes', yoga, { atLeast: 2 }),
      versus('graphql-http', graphqlHttp),
      versus('Mercurius (JIT)', mercurius),
      ...all('Volley', volley),
      ...all('Yoga as it comes', yoga),
      ...all('graphql-http', graphqlHttp),
      ...all('Mercurius (JIT)', mercurius),
    ];
  },
};
