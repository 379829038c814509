import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import { cpuMsOf } from './cpu.ts';
import type { Counts, Services } from './services.ts';
import { type Lateness, latenessOf, type Sink } from './sink.ts';

/** How a contender dealt with postbacks that were all due at one instant. */
export type HerdFigures = Lateness & {
  dueAtMs: number;
  /** From the due time to the last first call, by the sink's clock. */
  perSecond: number;
  /** CPU per postback, in microseconds. */
  cpuUs: { worker: number; redis: number; postgres: number; sink: number };
  /** Asked of Redis and PostgreSQL per postback. */
  counts: Counts;
  /** Called in time, of all: less than all when the time was up. */
  called: number;
};

type Options = { count: number; warmUp: number; withinMs: number };

/** Warms a contender up, and lets so many postbacks come due at once. */
export async function driveHerd(
  contender: Contender,
  { services, sink }: { services: Services; sink: Sink },
  { count, warmUp, withinMs }: Options,
): Promise<HerdFigures> {
  await sink.expect(warmUp);
  const began = Date.now();
  await contender.add({ from: 0, dueAtMs: Array(warmUp).fill(Date.now() + 200) });
  const perMs = warmUp / (Date.now() - began);
  await sink.until(warmUp, withinMs);
  await untilLogged(contender, warmUp, 3_000);
  await services.settle();

  await sink.expect(warmUp + count);
  // So that the last is accepted before the first is due, also by a machine that slows down meanwhile.
  const dueAtMs = Date.now() + 1_000 + Math.ceil((2.5 * count) / perMs);
  await contender.add({ from: warmUp, dueAtMs: Array(count).fill(dueAtMs) });
  const leftMs = dueAtMs - Date.now();
  if (leftMs < 0) throw new Error(`the load was accepted ${-leftMs} ms after it was due`);
  await sleep(leftMs - Math.min(leftMs, 100));
  const usedBy = () => ({
    ...services.cpuMs(),
    worker: cpuMsOf(contender.pid),
    sink: cpuMsOf(sink.pid),
  });
  const asked = await services.counts();
  const before = usedBy();
  const called = await sink.until(count, dueAtMs - Date.now() + withinMs);
  if (called === count) await untilLogged(contender, warmUp + count, 10_000);
  const after = usedBy();
  const answered = await services.counts();
  const each = (what: keyof Counts) => (answered[what] - asked[what]) / called;
  const cpuUs = (who: keyof typeof before) => ((after[who] - before[who]) * 1000) / called;

  const { arrivedAt, calls, total } = await sink.seen();
  const seen = { arrivedAt: arrivedAt.subarray(warmUp), calls: calls.subarray(warmUp), total };
  const lateness = latenessOf(seen, () => dueAtMs);
  return {
    ...lateness,
    dueAtMs,
    // The clock of a run that was cut off ran on.
    perSecond: called / ((called === count ? lateness.max : withinMs) / 1000),
    cpuUs: {
      worker: cpuUs('worker'),
      redis: cpuUs('redis'),
      postgres: cpuUs('postgres'),
      sink: cpuUs('sink'),
    },
    counts: {
      redisCommands: each('redisCommands'),
      writes: each('writes'),
      walBytes: each('walBytes'),
    },
    called,
  };
}

async function untilLogged(contender: Contender, count: number, withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  while ((await contender.attempts()) < count) {
    if (Date.now() > until) return;
    await sleep(100);
  }
}
