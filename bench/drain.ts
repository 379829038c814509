import type { Bench, Options, Result } from './support/bench.ts';
import { resultsOf } from './support/bench.ts';
import { startChild } from './support/child.ts';
import { type Contender, type Ground, openPeer, openVolley } from './support/contender.ts';
import { driveHerd, type HerdFigures } from './support/herd.ts';
import { PEERS } from './support/peers.ts';
import { median } from './support/quantile.ts';
import { runSql, startServices } from './support/services.ts';
import { startSink } from './support/sink.ts';

const ORIGINS = 200;
const WARM_UP = 2_000;
const PATIENCE_MS = 120_000;

/** Calls at a time that a tuned peer is tried with; a quick run takes the one that was best for most. */
const GRID = { quick: [200], full: [50, 100, 200, 400] };

type Limit = { perSecond: number; cpuUs: number };
type Limits = { dispatch: Limit; claim: Limit; insert: Limit };
type Entry = { who: string; figures: HerdFigures; concurrency?: number };
/** What a peer is tried with, by its name: in the end its best. */
type Grids = Map<string, number[]>;

export const bench: Bench = {
  name: 'drain',
  summary: 'postbacks due at one instant, 200 origins, one worker process',
  async run(options) {
    const sizes = options.quick ? [5_000] : [20_000, 100_000];
    const results: Result[] = [];
    const grids: Grids = new Map();
    for (const count of sizes) results.push(...(await drain(count, options, grids)));
    return results;
  },
};

async function drain(count: number, { quick, progress }: Options, grids: Grids): Promise<Result[]> {
  await using services = await startServices();
  await using sink = await startSink(ORIGINS);
  const ground = { services, origins: sink.origins };

  async function once(who: string, open: () => Promise<Contender>, withinMs: number) {
    await using contender = await open();
    // One that is cut off is slow: it would be at its warm-up for long.
    const warmUp = withinMs < PATIENCE_MS ? 100 : WARM_UP;
    const figures = await driveHerd(contender, { services, sink }, { count, warmUp, withinMs });
    progress(`${who}: ${describe(figures)}`);
    return { who, figures };
  }

  /** The run in the middle of three; of one, where each takes long. */
  async function measure(who: string, open: () => Promise<Contender>, first?: Entry) {
    const runs = first ? [first] : [];
    const times = quick || count > 50_000 ? 1 : 3;
    while (runs.length < times) runs.push(await once(who, open, PATIENCE_MS));
    const rate = median(runs.map((it) => it.figures.perSecond));
    return runs.find((it) => it.figures.perSecond === rate) as Entry;
  }

  const limits = await measureLimits(ground, count);
  const entries = [await measure('Volley', () => openVolley(ground))];
  const documented: Entry[] = [];
  const tuned: Entry[] = [];
  for (const { name, file } of PEERS) {
    const open = (settings: { tuned: boolean; concurrency: number }) => () =>
      openPeer(ground, file, settings);
    const plain = open({ tuned: false, concurrency: 1 });
    documented.push(await once(`${name} as documented`, plain, quick ? 2_000 : 15_000));
    const grid: Entry[] = [];
    const concurrencies = grids.get(name) ?? (quick ? GRID.quick : GRID.full);
    for (const concurrency of concurrencies) {
      const settings = { tuned: true, concurrency };
      grid.push({
        ...(await once(`${name} tuned (${concurrency})`, open(settings), PATIENCE_MS)),
        concurrency,
      });
    }
    const best = bestOf(grid);
    const concurrency = best.concurrency ?? 0;
    // A larger herd is not searched for its best again.
    grids.set(name, [concurrency]);
    tuned.push(await measure(best.who, open({ tuned: true, concurrency }), best));
  }
  entries.push(...documented, ...tuned);
  return resultsFor(
    count,
    entries,
    { documented: bestOf(documented), tuned: bestOf(tuned) },
    limits,
  );
}

async function measureLimits({ services, origins }: Ground, count: number): Promise<Limits> {
  await using child = await startChild('support/limits-process.ts');
  const databaseUrl = await services.createDatabase('volley');
  await runSql(
    databaseUrl,
    'ALTER TABLE postback_attempt DROP CONSTRAINT postback_attempt_postback_id_fkey',
  );
  const limits = {
    dispatch: await child.call<Limit>('dispatch', origins, count),
    claim: await child.call<Limit>('claim', services.redisUrl, origins.length, count),
    insert: await child.call<Limit>('insert', databaseUrl, count),
  };
  await services.redis.flushall();
  return limits;
}

function bestOf(entries: Entry[]): Entry {
  return entries.reduce((best, it) => (it.figures.perSecond > best.figures.perSecond ? it : best));
}

function describe({ perSecond, p50, p99, cpuUs, called }: HerdFigures): string {
  const rounded = [perSecond, p50, p99, cpuUs.worker].map((it) => Math.round(it));
  return `${rounded[0]}/s, late ${rounded[1]} ms (p99 ${rounded[2]}), ${rounded[3]} us CPU, ${called} called`;
}

function resultsFor(
  count: number,
  entries: Entry[],
  best: { documented: Entry; tuned: Entry },
  { dispatch, claim, insert }: Limits,
): Result[] {
  const result = resultsOf('drain');
  const n = count.toLocaleString('en');
  const rate = entries[0]?.figures.perSecond ?? 0;
  const bound = 1e6 / (dispatch.cpuUs + claim.cpuUs + insert.cpuUs);
  const versus = (what: string, value: number, atLeast: number) =>
    result(`Volley, ${n}: drained, beside ${what.replace(/ \(.*/, '')}`, rate, '1/s', {
      ratio: rate / value,
      against: what,
      atLeast,
    });
  return [
    versus(
      `the best documented peer (${best.documented.who})`,
      best.documented.figures.perSecond,
      2,
    ),
    versus(`the best tuned peer (${best.tuned.who})`, best.tuned.figures.perSecond, 1.3),
    versus('the composite bound', bound, 0.6),
    ...entries.flatMap(({ who, figures: it }) => {
      const isVolley = who === 'Volley';
      const none = isVolley ? { atMost: 0 } : {};
      return [
        result(`${who}, ${n}: drained`, it.perSecond, '1/s'),
        result(`${who}, ${n}: lateness p50`, it.p50, 'ms'),
        result(`${who}, ${n}: lateness p99`, it.p99, 'ms'),
        result(`${who}, ${n}: lateness max`, it.max, 'ms'),
        result(`${who}, ${n}: CPU of the worker`, it.cpuUs.worker, 'us'),
        result(`${who}, ${n}: CPU of Redis`, it.cpuUs.redis, 'us'),
        result(`${who}, ${n}: CPU of PostgreSQL`, it.cpuUs.postgres, 'us'),
        result(`${who}, ${n}: Redis commands each`, it.counts.redisCommands, ''),
        result(`${who}, ${n}: WAL each`, it.counts.walBytes, 'bytes'),
        result(`${who}, ${n}: early`, it.early, '', none),
        // One that was cut off has not lost them.
        result(`${who}, ${n}: ${it.called < count ? 'not in time' : 'lost'}`, it.lost, '', none),
        result(`${who}, ${n}: doubled`, it.doubled, '', none),
      ];
    }),
    result(`limit, ${n}: undici dispatch`, dispatch.perSecond, '1/s'),
    result(`limit, ${n}: CPU of a dispatch`, dispatch.cpuUs, 'us'),
    result(`limit, ${n}: claim and complete`, claim.perSecond, '1/s'),
    result(`limit, ${n}: CPU of a claim`, claim.cpuUs, 'us'),
    result(`limit, ${n}: rows of the attempt log`, insert.perSecond, '1/s'),
    result(`limit, ${n}: CPU of a row`, insert.cpuUs, 'us'),
    result(`limit, ${n}: composite bound of one core`, bound, '1/s'),
  ];
}
