import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Result, resultsOf } from './support/bench.ts';
import { type Contender, openPeer, openVolley } from './support/contender.ts';
import { cpuMsOf } from './support/cpu.ts';
import { PEERS } from './support/peers.ts';
import { type Services, startServices } from './support/services.ts';
import { startSink } from './support/sink.ts';

const HOUR_MS = 3_600_000;
/** So that one that does nothing at all can be compared with: once in ten seconds. */
const LEAST = 0.1;

/** What a worker costs a second that has nothing to do. */
type Rest = { redisCommands: number; writes: number; cpuMs: number };
type Entry = { who: string; empty: Rest; full: Rest };

export const bench: Bench = {
  name: 'idle',
  summary: 'a worker with nothing to do, and with many postbacks that are due in an hour',
  async run({ quick, progress }) {
    const count = quick ? 5_000 : 100_000;
    const seconds = quick ? 5 : 30;
    await using services = await startServices();
    await using sink = await startSink(200);
    const ground = { services, origins: sink.origins };

    async function measure(who: string, open: () => Promise<Contender>): Promise<Entry> {
      await using contender = await open();
      await sleep(1_000);
      const empty = await watch(services, contender, seconds);
      for (let from = 0; from < count; from += 5_000) {
        await contender.add({ from, dueAtMs: Array(5_000).fill(Date.now() + HOUR_MS) });
      }
      await sleep(1_000);
      const full = await watch(services, contender, seconds);
      const said = [empty, full].map(
        (it) => `${it.redisCommands.toFixed(1)} commands/s, ${it.cpuMs.toFixed(1)} ms CPU/s`,
      );
      progress(`${who}: ${said.join('; full: ')}`);
      return { who, empty, full };
    }

    const entries = [await measure('Volley', () => openVolley(ground))];
    for (const { name, file } of quick ? PEERS.slice(0, 2) : PEERS) {
      const settings = { tuned: true, concurrency: 200 };
      entries.push(await measure(name, () => openPeer(ground, file, settings)));
    }
    return resultsFor(entries, count);
  },
};

/** PostgreSQL's and Redis' own work is counted in: a bare server does next to nothing. */
async function watch(services: Services, { pid }: Contender, seconds: number): Promise<Rest> {
  const look = async () => {
    const { redis, postgres } = services.cpuMs();
    return {
      ...(await services.counts()),
      cpuMs: cpuMsOf(pid) + redis + postgres,
    };
  };
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  return {
    redisCommands: (after.redisCommands - before.redisCommands) / seconds,
    writes: (after.writes - before.writes) / seconds,
    cpuMs: (after.cpuMs - before.cpuMs) / seconds,
  };
}

function resultsFor(entries: Entry[], count: number): Result[] {
  const result = resultsOf('idle');
  const [volley, ...peers] = entries as [Entry, ...Entry[]];
  const onRedis = peers.filter(({ who }) => who === 'BullMQ' || who === 'bee-queue');
  const full = `${count.toLocaleString('en')} due in an hour`;
  const beside = (
    load: string,
    what: string,
    unit: string,
    of: (entry: Entry) => number,
    others: Entry[],
  ) => {
    const least = others.reduce((best, it) => (of(it) < of(best) ? it : best));
    return result(`Volley, ${load}: ${what}, beside the least`, of(volley), unit, {
      ...{ ratio: of(volley) / Math.max(of(least), LEAST), against: least.who, atMost: 1 },
    });
  };
  return [
    beside('empty', 'Redis commands', '1/s', (it) => it.empty.redisCommands, onRedis),
    beside(full, 'Redis commands', '1/s', (it) => it.full.redisCommands, onRedis),
    beside('empty', 'CPU', 'ms/s', (it) => it.empty.cpuMs, peers),
    beside(full, 'CPU', 'ms/s', (it) => it.full.cpuMs, peers),
    ...entries.flatMap(({ who, ...it }) =>
      (
        [
          ['empty', it.empty],
          [full, it.full],
        ] as const
      ).flatMap(([load, rest]) => [
        result(`${who}, ${load}: Redis commands`, rest.redisCommands, '1/s'),
        result(`${who}, ${load}: transactions that write`, rest.writes, '1/s'),
        result(`${who}, ${load}: CPU of worker, Redis and PostgreSQL`, rest.cpuMs, 'ms/s'),
      ]),
    ),
  ];
}
