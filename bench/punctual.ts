import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Options, type Result, resultsOf } from './support/bench.ts';
import { type Contender, openPeer, openVolley } from './support/contender.ts';
import { PEERS } from './support/peers.ts';
import { type Services, startServices } from './support/services.ts';
import { type Lateness, latenessOf, type Sink, startSink } from './support/sink.ts';

const ORIGINS = 200;
const WARM_UP = 2_000;
/** What comes in is written this often, so that an arrival is part of a small batch. */
const STEP_MS = 100;

/** 1 in 100 receivers takes 2 s, 1 in 100 answers 500. */
const pathOf = (origin: number) =>
  origin % 100 === 3 ? '/slow' : origin % 100 === 7 ? '/fault' : '/ok';

/** Who is behind when the last one has been due for so long is waited for, to tell what is late from what is lost. */
const BEHIND_MS = 4_000;
const LOST_AFTER_MS = 120_000;

type Punctuality = Lateness & { notInTime: number };
type Plan = { perSecond: number; seconds: number; delayMs: [least: number, most: number] };
type Ground = { services: Services; sink: Sink; origins: string[] };

export const bench: Bench = {
  name: 'punctual',
  summary:
    'postbacks that come in at a steady rate with delays of their own; 1 % slow, 1 % failing receivers',
  async run(options) {
    await using services = await startServices();
    await using sink = await startSink(ORIGINS);
    const ground = { services, sink, origins: sink.origins };
    const plans: Plan[] = options.quick
      ? [{ perSecond: 500, seconds: 5, delayMs: [1_000, 3_000] }]
      : [500, 1_000, 2_000, 4_000].map((perSecond) => ({
          perSecond,
          seconds: 40,
          delayMs: [5_000, 65_000],
        }));
    const results: Result[] = [];
    for (const plan of plans) results.push(...(await atRate(ground, plan, options)));
    return results;
  },
};

async function atRate(ground: Ground, plan: Plan, { quick, progress }: Options): Promise<Result[]> {
  const result = resultsOf('punctual');
  const rate = `${plan.perSecond.toLocaleString('en')} a second`;
  const all = (who: string, it: Punctuality, isVolley: boolean) => {
    const none = isVolley ? { atMost: 0 } : {};
    progress(
      `${who}, ${rate}: p50 ${it.p50} ms, p99 ${it.p99} ms, max ${it.max} ms, not in time ${it.notInTime}, lost ${it.lost}`,
    );
    return [
      result(`${who}, ${rate}: lateness p50`, it.p50, 'ms'),
      result(
        `${who}, ${rate}: lateness p99`,
        it.p99,
        'ms',
        isVolley && plan.perSecond <= 2_000 ? { atMost: 50 } : {},
      ),
      result(`${who}, ${rate}: lateness max`, it.max, 'ms'),
      result(`${who}, ${rate}: early`, it.early, '', none),
      result(`${who}, ${rate}: not in time`, it.notInTime, ''),
      result(`${who}, ${rate}: lost`, it.lost, '', none),
      result(`${who}, ${rate}: doubled`, it.doubled, '', none),
    ];
  };
  const results = all(
    'Volley',
    await run(ground, plan, () => openVolley(ground, { path: pathOf })),
    true,
  );
  for (const { name, file } of quick ? PEERS.slice(0, 2) : PEERS) {
    const settings = { tuned: true, concurrency: 200 };
    const lateness = await run(ground, plan, () => openPeer(ground, file, settings, pathOf));
    results.push(...all(`${name} tuned (200)`, lateness, false));
  }
  return results;
}

/** Arrivals keep to their timetable whatever becomes of them: what is late makes nothing else come later. */
async function run(
  { sink }: Ground,
  { perSecond, seconds, delayMs: [least, most] }: Plan,
  open: () => Promise<Contender>,
): Promise<Punctuality> {
  await using contender = await open();
  await sink.expect(WARM_UP);
  await contender.add({ from: 0, dueAtMs: Array(WARM_UP).fill(Date.now() + 500) });
  await sink.until(WARM_UP * 0.98, 20_000);
  await sleep(500);

  const count = perSecond * seconds;
  await sink.expect(WARM_UP + count);
  const dueAtMs = new Float64Array(WARM_UP + count);
  const perStep = (perSecond * STEP_MS) / 1000;
  const began = Date.now();
  const adding: Promise<void>[] = [];
  for (let from = WARM_UP; from < WARM_UP + count; from += perStep) {
    const at = began + ((from - WARM_UP) / perStep) * STEP_MS;
    await sleep(Math.max(0, at - Date.now()));
    const due = Array.from({ length: perStep }, (_, i) => {
      // A fixed sequence: all are asked for the same.
      const share = ((from + i) * 0.618_033_988_75) % 1;
      return Math.ceil(at + least + share * (most - least));
    });
    dueAtMs.set(due, from);
    adding.push(contender.add({ from, dueAtMs: due }));
  }
  await Promise.all(adding);
  const lastDueAt = began + seconds * 1000 + most;
  await sleep(Math.max(0, lastDueAt + BEHIND_MS - Date.now()));
  // What failing receivers get is decided by retries and holds; the others must not feel it.
  const healthy = Array.from({ length: count }, (_, i) => WARM_UP + i).filter(
    (n) => pathOf(n % ORIGINS) === '/ok',
  );
  const look = async () => {
    const { arrivedAt, calls, total } = await sink.seen();
    const seen = {
      arrivedAt: Float64Array.from(healthy, (n) => arrivedAt[n] as number),
      calls: Uint8Array.from(healthy, (n) => calls[n] as number),
      total,
    };
    return latenessOf(seen, (at) => dueAtMs[healthy[at] as number] as number);
  };
  let lateness = await look();
  const notInTime = lateness.lost;
  while (lateness.lost > 0 && Date.now() < lastDueAt + LOST_AFTER_MS) {
    await sleep(2_000);
    lateness = await look();
  }
  return { ...lateness, notInTime };
}
