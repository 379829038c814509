import pg from 'pg';
import { type Bench, resultsOf } from './support/bench.ts';
import { startChild } from './support/child.ts';
import { driveServer, type ServerFigures } from './support/drive-server.ts';
import { startLoad } from './support/load.ts';
import { BULK, bulkReports, oneReport, seedForLoads } from './support/loads.ts';
import { servePeer } from './support/serve-peer.ts';
import { type Services, startServices } from './support/services.ts';
import { startVolley } from './support/volley.ts';

export const bench: Bench = {
  name: 'accept',
  summary: 'reports taken over HTTP, one a request over 64 connections, and 500 a request',
  async run({ quick, progress }) {
    await using services = await startServices();
    await using generator = await startLoad();
    const during = { seconds: quick ? 3 : 20, warmUpSeconds: quick ? 2 : 5 };
    const single = { ...oneReport, ...during };
    const bulk = { ...bulkReports, ...during };

    const say = (who: string, it: ServerFigures) => {
      progress(
        `${who}: ${Math.round(it.perSecond)}/s, p99 ${it.p99.toFixed(1)} ms, ${Math.round(it.cpuUs)} us CPU`,
      );
      return it;
    };
    async function ofPeer(who: string, what: string): Promise<ServerFigures> {
      const databaseUrl = await seedForLoads(services);
      await using server = await servePeer(what, services, databaseUrl);
      return say(who, await driveServer(generator, server, single));
    }
    async function ofVolley(): Promise<{ one: ServerFigures; many: ServerFigures }> {
      const databaseUrl = await seedForLoads(services);
      await using server = await startVolley({ services, databaseUrl, role: 'api' });
      const one = say('Volley, one a request', await driveServer(generator, server, single));
      const many = say('Volley, 500 a request', await driveServer(generator, server, bulk));
      await checkPlanned(databaseUrl);
      return { one, many };
    }

    const { one, many } = await ofVolley();
    const yogaNoop = await ofPeer('Yoga that does nothing', 'yogaNoop');
    const mercuriusNoop = await ofPeer('Mercurius (JIT) that does nothing', 'mercuriusNoop');
    const yoga = await ofPeer('Yoga + Prisma + BullMQ', 'yogaNaive');
    const mercurius = await ofPeer('Mercurius (JIT) + Prisma + BullMQ', 'mercuriusNaive');
    const rows = await rawRows(services, quick ? 100_000 : 500_000);

    const result = resultsOf('accept');
    const bulkRate = many.perSecond * BULK;
    const versus = (against: string, value: number, atLeast: number) =>
      result(`Volley, one a request: beside ${against}`, one.perSecond, '1/s', {
        ...{ ratio: one.perSecond / value, against, atLeast },
      });
    const all = (who: string, it: ServerFigures) => [
      result(`${who}: requests`, it.perSecond, '1/s'),
      result(`${who}: answered p50`, it.p50, 'ms'),
      result(`${who}: answered p99`, it.p99, 'ms'),
      result(`${who}: CPU of the server a request`, it.cpuUs, 'us'),
    ];
    const best = Math.max(yoga.perSecond, mercurius.perSecond);
    return [
      versus('Yoga that does nothing', yogaNoop.perSecond, 0.7),
      versus('the better of Prisma + BullMQ behind Yoga or Mercurius', best, 3),
      result('Volley, 500 a request: reports, beside raw rows of events', bulkRate, '1/s', {
        ...{ ratio: bulkRate / rows, against: 'raw rows of events', atLeast: 0.5 },
      }),
      ...all('Volley, one a request', one),
      ...all('Volley, 500 a request', many),
      result('Volley, 500 a request: reports', bulkRate, '1/s'),
      ...all('limit, Yoga that does nothing', yogaNoop),
      ...all('limit, Mercurius (JIT) that does nothing', mercuriusNoop),
      ...all('Yoga + Prisma + BullMQ', yoga),
      ...all('Mercurius (JIT) + Prisma + BullMQ', mercurius),
      result('limit, raw rows of events: reports', rows, '1/s'),
    ];
  },
};

/** Every report must have made a postback that waits: what is refused or left out is taken faster. */
async function checkPlanned(databaseUrl: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const client = stack.adopt(new pg.Client(databaseUrl), (it) => it.end());
  await client.connect();
  const { rows } = await client.query<{ events: string; waiting: string; reason: string | null }>(`
    SELECT count(*) AS events, count(p.id) FILTER (WHERE p.state = 'OPEN') AS waiting, max(p.reason) AS reason
    FROM event e LEFT JOIN postback p ON p.event_id = e.id`);
  const [{ events = '', waiting = '', reason = '' } = {}] = rows;
  if (events !== waiting) {
    throw new Error(`${events} events have ${waiting} waiting postbacks: ${reason}`);
  }
}

/** Rows of events that PostgreSQL takes a second when nothing else is done for them. */
async function rawRows(services: Services, count: number): Promise<number> {
  const databaseUrl = await seedForLoads(services);
  await using child = await startChild('support/limits-process.ts');
  return (await child.call<{ perSecond: number }>('insertEvents', databaseUrl, count)).perSecond;
}
