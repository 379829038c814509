import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Options, type Result, resultsOf } from './support/bench.ts';
import { openPeer, openVolley } from './support/contender.ts';
import { type Services, startServices } from './support/services.ts';
import { type Sink, startSink } from './support/sink.ts';

const ORIGINS = 200;
/** Calls under way when the worker is killed; receivers take 2 s to answer. */
const IN_HAND = 60;

type Ground = { services: Services; sink: Sink; origins: string[] };

export const bench: Bench = {
  name: 'recover',
  summary: 'a worker is killed with calls under way; Redis loses all it has',
  async run(options) {
    await using services = await startServices();
    await using sink = await startSink(ORIGINS);
    const ground = { services, sink, origins: sink.origins };
    const results = [
      ...(await killVolley(ground, options)),
      ...(await flushVolley(ground, options)),
    ];
    // A job of BullMQ is taken for stalled after half a minute or a whole one: too long for a quick run.
    if (!options.quick) results.push(...(await killBull(ground, options)));
    results.push(...(await flushBull(ground, options)));
    return results;
  },
};

const result = resultsOf('recover');

/** Calls of all numbers, and again from one process that lives after the other was killed. */
async function killVolley(ground: Ground, { quick, progress }: Options): Promise<Result[]> {
  const leaseSeconds = quick ? 6 : 20;
  const variables = {
    VOLLEY_LEASE_SECONDS: String(leaseSeconds),
    VOLLEY_DEADLINE_SECONDS: quick ? '3' : '10',
  };
  await using first = await openVolley(ground, { variables, path: () => '/slow' });
  await ground.sink.expect(IN_HAND);
  await first.add({ from: 0, dueAtMs: Array(IN_HAND).fill(Date.now() + 500) });
  await ground.sink.until(IN_HAND, 10_000);
  process.kill(first.pid, 'SIGKILL');
  const killedAtMs = Date.now();
  await using _second = await first.another();
  const seconds = await untilAgain(ground.sink, killedAtMs, (leaseSeconds + 30) * 1000);
  progress(`Volley: the last of ${IN_HAND} was called again ${seconds.toFixed(1)} s after kill -9`);
  const lease = `lease ${leaseSeconds} s`;
  return [
    result(`Volley, kill -9, ${lease}: all in hand called again after`, seconds, 's', {
      atMost: leaseSeconds + 1,
    }),
  ];
}

async function killBull(ground: Ground, { progress }: Options): Promise<Result[]> {
  const settings = { tuned: true, concurrency: 100 };
  await using first = await openPeer(ground, 'bullmq.mjs', settings, () => '/slow');
  await ground.sink.expect(IN_HAND);
  await first.add({ from: 0, dueAtMs: Array(IN_HAND).fill(Date.now() + 500) });
  await ground.sink.until(IN_HAND, 10_000);
  process.kill(first.pid, 'SIGKILL');
  const killedAtMs = Date.now();
  await using _second = await first.another();
  const seconds = await untilAgain(ground.sink, killedAtMs, 120_000);
  progress(`BullMQ: the last of ${IN_HAND} was called again ${seconds.toFixed(1)} s after kill -9`);
  return [result('BullMQ, kill -9, defaults: all in hand called again after', seconds, 's')];
}

/** Seconds until every number was called twice; infinite when some was not in time. */
async function untilAgain(sink: Sink, sinceMs: number, withinMs: number): Promise<number> {
  while (Date.now() - sinceMs < withinMs) {
    const { calls } = await sink.seen();
    if (calls.every((count) => count > 1)) return (Date.now() - sinceMs) / 1000;
    await sleep(50);
  }
  return Number.POSITIVE_INFINITY;
}

async function flushVolley(ground: Ground, { quick, progress }: Options): Promise<Result[]> {
  const count = quick ? 10_000 : 100_000;
  const dueInMs = quick ? 8_000 : 45_000;
  await using volley = await openVolley(ground);
  await ground.sink.expect(count);
  const dueAtMs = Date.now() + dueInMs;
  await volley.add({ from: 0, dueAtMs: Array(count).fill(dueAtMs) });
  await ground.services.redis.flushall();
  const began = Date.now();
  while ((await volley.queued()) < count && Date.now() - began < 60_000) await sleep(20);
  const seconds = (Date.now() - began) / 1000;
  const called = await ground.sink.until(count, dueAtMs - Date.now() + 120_000);
  progress(`Volley: ${count} back ${seconds.toFixed(1)} s after FLUSHALL, ${called} called`);
  const n = count.toLocaleString('en');
  return [
    result(`Volley, FLUSHALL, ${n} scheduled: all back after`, seconds, 's', { atMost: 10 }),
    result(`Volley, FLUSHALL, ${n} scheduled: lost`, count - called, '', { atMost: 0 }),
  ];
}

async function flushBull(ground: Ground, { progress }: Options): Promise<Result[]> {
  const count = 1_000;
  await using bull = await openPeer(ground, 'bullmq.mjs', { tuned: true, concurrency: 100 });
  await ground.sink.expect(count);
  await bull.add({ from: 0, dueAtMs: Array(count).fill(Date.now() + 2_000) });
  await ground.services.redis.flushall();
  const called = await ground.sink.until(count, 6_000);
  progress(`BullMQ: ${called} of ${count} called after FLUSHALL`);
  return [
    result(`BullMQ, FLUSHALL, ${count.toLocaleString('en')} scheduled: lost`, count - called, ''),
  ];
}
