import { type Bench, type Options, type Result, resultsOf } from './support/bench.ts';
import { type Broadcaster, openPeer, openVolley } from './support/broadcasters.ts';
import { startChild } from './support/child.ts';
import { cpuMsOf } from './support/cpu.ts';
import { quantile } from './support/quantile.ts';
import { type Services, startServices } from './support/services.ts';

const VIEWERS = 1_000;
const PER_SECOND = 40;
const WARM_UP_SECONDS = 3;

/** What a kind of server cost per message and viewer, and how late the viewers had it. */
type Figures = {
  cpuUs: number;
  /** Cores it was busy with. */
  cores: number;
  p50: number;
  p99: number;
  perSecond: number;
  /** Of the messages that all viewers had to get: the part that did not arrive. */
  lost: number;
};

/** Which messages a viewer wants: all, or those of one of so many affiliates. */
type Mix = { name: string; of: (viewer: number) => number | null };

const ALL: Mix = { name: 'all want all', of: () => null };
const MIXED: Mix = {
  name: 'half want all, half one of 50 affiliates',
  of: (viewer) => (viewer % 2 === 0 ? null : viewer % 50),
};

export const bench: Bench = {
  name: 'fan-out',
  summary: `${VIEWERS} viewers on sockets of one process, ${PER_SECOND} attempts a second`,
  async run(options) {
    await using services = await startServices();
    const seconds = options.quick ? 5 : 20;
    const times = options.quick ? 1 : 3;
    const run = async (who: string, mix: Mix, open: () => Promise<Broadcaster>) => {
      const runs: Figures[] = [];
      for (let n = 0; n < times; n += 1) {
        await using server = await open();
        runs.push(await measure(server, mix, seconds));
        options.progress(`${who}, ${mix.name}: ${describe(runs.at(-1) as Figures)}`);
      }
      return runs.sort((a, b) => a.cpuUs - b.cpuUs)[Math.floor(times / 2)] as Figures;
    };
    return await compare(services, options, run);
  },
};

type Run = (who: string, mix: Mix, open: () => Promise<Broadcaster>) => Promise<Figures>;

async function compare(services: Services, { quick }: Options, run: Run): Promise<Result[]> {
  const raw = await run('pre-framed', ALL, () => openPeer('fan-out-raw.mjs', 'framed'));
  const ws = await run('ws', ALL, () => openPeer('fan-out-raw.mjs', 'send'));
  const volley = await run('Volley', ALL, () => openVolley(services));
  const yoga = await run('Yoga + graphql-ws', ALL, () => openPeer('fan-out-yoga.mjs', 'stock'));
  const result = resultsOf('fan-out');
  const results = [
    result('Volley: CPU per delivery, beside a pre-framed buffer', volley.cpuUs, 'us', {
      ratio: volley.cpuUs / raw.cpuUs,
      against: 'one pre-framed buffer written to each raw socket of ws',
      atMost: 1.3,
    }),
    result('Volley: CPU per delivery, beside ws', volley.cpuUs, 'us', {
      ratio: volley.cpuUs / ws.cpuUs,
      against: 'send() of ws with one text',
    }),
    result('Volley: CPU per delivery, beside stock Yoga', volley.cpuUs, 'us', {
      ratio: volley.cpuUs / yoga.cpuUs,
      against: 'Yoga + graphql-ws as documented',
    }),
    result('Volley: p99 from commit to viewer', volley.p99, 'ms', { atMost: 100 }),
    result('Volley: lost', volley.lost, '', { atMost: 0 }),
    ...figuresOf('Volley', volley),
    ...figuresOf('pre-framed', raw),
    ...figuresOf('ws', ws),
    ...figuresOf('Yoga + graphql-ws', yoga),
  ];
  if (quick) return results;
  const mixed = await run('Volley', MIXED, () => openVolley(services));
  const limit = await run('pre-framed', MIXED, () => openPeer('fan-out-raw.mjs', 'framed'));
  return [
    ...results,
    result(`Volley, ${MIXED.name}: CPU per delivery`, mixed.cpuUs, 'us', {
      ratio: mixed.cpuUs / limit.cpuUs,
      against: 'one pre-framed buffer to those who want it',
      atMost: 1.3,
    }),
    ...figuresOf(`Volley, ${MIXED.name}`, mixed),
    ...figuresOf(`pre-framed, ${MIXED.name}`, limit),
  ];

  function figuresOf(who: string, it: Figures): Result[] {
    return [
      result(`${who}: CPU per delivery`, it.cpuUs, 'us'),
      result(`${who}: cores`, it.cores, ''),
      result(`${who}: deliveries`, it.perSecond, '1/s'),
      result(`${who}: p50`, it.p50, 'ms'),
      result(`${who}: p99`, it.p99, 'ms'),
    ];
  }
}

async function measure(server: Broadcaster, mix: Mix, seconds: number): Promise<Figures> {
  await using viewers = await startChild('support/viewers-process.ts');
  const wants = Array.from({ length: VIEWERS }, (_, n) => mix.of(n));
  await viewers.call('open', server.url, server.protocol, wants.map(server.asks));
  await server.publish(0, WARM_UP_SECONDS * PER_SECOND, PER_SECOND);
  await viewers.call('reset');

  const count = seconds * PER_SECOND;
  const [before, began] = [cpuMsOf(server.pid), performance.now()];
  await server.publish(WARM_UP_SECONDS * PER_SECOND, count, PER_SECOND);
  const ms = performance.now() - began;
  const expected = wants.reduce<number>((sum, of) => sum + (of === null ? count : count / 50), 0);
  const { frames, lateness } = await viewers.call<{ frames: number; lateness: number[] }>(
    'seen',
    expected,
  );
  const cpuMs = cpuMsOf(server.pid) - before;
  return {
    cpuUs: (cpuMs * 1000) / frames,
    cores: cpuMs / ms,
    p50: quantile(lateness, 0.5),
    p99: quantile(lateness, 0.99),
    perSecond: (frames * 1000) / ms,
    lost: expected - frames,
  };
}

function describe({ cpuUs, cores, p50, p99, lost }: Figures): string {
  return `${cpuUs.toFixed(1)} us CPU per delivery, ${cores.toFixed(2)} cores, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${lost} lost`;
}
