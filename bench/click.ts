import { type Bench, resultsOf } from './support/bench.ts';
import { driveServer, type ServerFigures } from './support/drive-server.ts';
import { startLoad } from './support/load.ts';
import { clickLoad, seedForLoads } from './support/loads.ts';
import { servePeer } from './support/serve-peer.ts';
import { startServices } from './support/services.ts';
import { startVolley } from './support/volley.ts';

export const bench: Bench = {
  name: 'click',
  summary: 'GET /click until the click is on disk, 64 connections',
  async run({ quick, progress }) {
    await using services = await startServices();
    await using generator = await startLoad();
    const load = { ...clickLoad, seconds: quick ? 3 : 20, warmUpSeconds: quick ? 2 : 5 };
    const say = (who: string, it: ServerFigures) => {
      progress(
        `${who}: ${Math.round(it.perSecond)}/s, p99 ${it.p99.toFixed(1)} ms, ${Math.round(it.cpuUs)} us CPU`,
      );
      return it;
    };
    async function ofPeer(who: string, what: string): Promise<ServerFigures> {
      await using server = await servePeer(what, services, await seedForLoads(services));
      return say(who, await driveServer(generator, server, load));
    }
    async function ofVolley() {
      const databaseUrl = await seedForLoads(services);
      await using server = await startVolley({ services, databaseUrl, role: 'api' });
      const full = say('Volley', await driveServer(generator, server, load));
      const half = await driveServer(generator, server, { ...load, perSecond: full.perSecond / 2 });
      return { full, half: say('Volley at half load', half) };
    }
    const { full, half } = await ofVolley();
    const noop = await ofPeer('node:http that does nothing', 'clickNoop');
    const naive = await ofPeer('Fastify + Prisma', 'clickNaive');

    const result = resultsOf('click');
    const versus = (against: string, { perSecond }: ServerFigures, atLeast: number) =>
      result(`Volley: beside ${against}`, full.perSecond, '1/s', {
        ...{ ratio: full.perSecond / perSecond, against, atLeast },
      });
    const all = (who: string, it: ServerFigures, judged = {}) => [
      result(`${who}: clicks`, it.perSecond, '1/s'),
      result(`${who}: answered p50`, it.p50, 'ms'),
      result(`${who}: answered p99`, it.p99, 'ms', judged),
      result(`${who}: CPU of the server`, it.cpuUs, 'us'),
    ];
    return [
      versus('node:http that does nothing', noop, 0.5),
      versus('Fastify + Prisma', naive, 5),
      ...all('Volley', full),
      ...all('Volley at half load', half, { atMost: 10 }),
      ...all('limit, node:http that does nothing', noop),
      ...all('Fastify + Prisma', naive),
    ];
  },
};
