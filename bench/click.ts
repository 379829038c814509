import pg from 'pg';
import { type Bench, resultsOf } from './support/bench.ts';
import { driveServer, type ServerFigures } from './support/drive-server.ts';
import { startLoad } from './support/load.ts';
import { seedAffiliates } from './support/seed-postbacks.ts';
import { servePeer } from './support/serve-peer.ts';
import { type Services, startServices } from './support/services.ts';
import { startVolley } from './support/volley.ts';

const CONNECTIONS = 64;

export const bench: Bench = {
  name: 'click',
  summary: 'GET /click until the click is on disk, 64 connections',
  async run({ quick, progress }) {
    await using services = await startServices();
    await using generator = await startLoad();
    const load = {
      ...{ method: 'GET' as const, path: '/click?affid=b7&campaign=bench&affclickid=own-<n>' },
      ...{
        expected: ' 302 ',
        connections: CONNECTIONS,
        seconds: quick ? 3 : 20,
        warmUpSeconds: quick ? 2 : 5,
      },
      headers:
        'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n',
    };
    const say = (who: string, it: ServerFigures) => {
      progress(
        `${who}: ${Math.round(it.perSecond)}/s, p99 ${it.p99.toFixed(1)} ms, ${Math.round(it.cpuUs)} us CPU`,
      );
      return it;
    };
    async function ofPeer(who: string, what: string): Promise<ServerFigures> {
      await using server = await servePeer(what, services, await seededDatabase(services));
      return say(who, await driveServer(generator, server, load));
    }
    async function ofVolley() {
      const databaseUrl = await seededDatabase(services);
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
    const all = (who: string, it: ServerFigures) => [
      result(`${who}: clicks`, it.perSecond, '1/s'),
      result(`${who}: answered p50`, it.p50, 'ms'),
      result(`${who}: answered p99`, it.p99, 'ms'),
      result(`${who}: CPU of the server`, it.cpuUs, 'us'),
    ];
    return [
      versus('node:http that does nothing', noop, 0.5),
      versus('Fastify + Prisma', naive, 5),
      result('Volley at half load: p99', half.p99, 'ms', { atMost: 10 }),
      ...all('Volley', full),
      ...all('Volley at half load', half),
      ...all('limit, node:http that does nothing', noop),
      ...all('Fastify + Prisma', naive),
    ];
  },
};

async function seededDatabase(services: Services): Promise<string> {
  const databaseUrl = await services.createDatabase('volley');
  await services.redis.flushall();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await seedAffiliates(
    client,
    Array.from({ length: 200 }, (_, n) => `https://affiliate-${n}.example`),
  );
  await client.query('ANALYZE');
  await client.end();
  return databaseUrl;
}
