import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { redisServerMissing } from '../../support/redis-server.ts';
import { startCluster, UNHURRIED } from '../support/cluster.ts';
import { type KillablePostgres, startKillablePostgres } from '../support/killable-postgres.ts';
import { openLoad, quantile } from '../support/load.ts';
import { measured } from '../support/measured.ts';
import { full } from '../support/seeds.ts';
import type { Hit } from '../support/sink.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

/** Lateness that nobody notices (delivery.md c, 22). */
const QUIET_MS = 250;

describe.skipIf(redisServerMissing())('herds', () => {
  const count = full(100_000, 4_000);

  async function drainHerd() {
    await using cluster = await startCluster({
      ...{ postgres, affiliates: 50, workers: 2, variables: UNHURRIED },
    });
    // The herd is of forty affiliates; the other ten have a call now and then.
    await cluster.report(40, (n) => n % 40);
    await cluster.settled();
    await cluster.schedule(count);
    const dueAtMs = await cluster.dueAtOnce(full(30_000, 4_000));
    let isDrained = false;
    const quiet = (async () => {
      while (!isDrained) await openLoad(cluster, 1, 20, (n) => 40 + (n % 10));
    })();
    await sleep(dueAtMs - Date.now());
    // Counted where they arrive: asking the database all the time would be a load of its own.
    const isOfHerd = ({ path, at }: Hit) => Number(path.slice(2)) < 40 && at >= dueAtMs;
    await eventually(
      async () => cluster.sink.hits.filter(isOfHerd).length,
      (arrived) => expect(arrived).toBeGreaterThanOrEqual(count),
      300_000,
    ).finally(() => {
      isDrained = true;
    });
    await quiet;
    await cluster.settled();

    const herd = new Set(
      cluster.acknowledged.filter((it) => it.dueAtMs === dueAtMs).map(({ id }) => id),
    );
    const called = cluster.sink.hits.filter(({ id }) => herd.has(id)).map(({ at }) => at);
    const pauseMs = Math.max(...called.map((at, n) => at - (called[n - 1] ?? at)));
    const drainedMs = (called.at(-1) ?? 0) - dueAtMs;
    const others = cluster.lateness((path) => Number(path.slice(2)) >= 40, dueAtMs);
    const othersMs = quantile(others, 0.99);
    console.log(
      `fault 20: ${count} due at one instant were called within ${drainedMs} ms, ` +
        `the longest pause ${pauseMs} ms; p99 lateness of others meanwhile ${othersMs} ms in ${others.length} calls`,
    );

    expect(await cluster.violations()).toEqual([]);
    expect(called).toHaveLength(count);
    return { pauseMs, othersMs };
  }

  test(`fault 20: ${count} due at one instant are called once each, and others in between`, {
    timeout: 400_000,
  }, async () => {
    const figures = await measured({ pauseMs: 1_000, othersMs: 2 * QUIET_MS }, drainHerd);

    expect(figures.pauseMs).toBeLessThan(1_000);
    expect(figures.othersMs).toBeLessThan(2 * QUIET_MS);
  });

  async function besideOneLoud() {
    await using cluster = await startCluster({ postgres, affiliates: 101, variables: UNHURRIED });
    cluster.sink.behave('/f0', { status: 200, afterMs: 100 });
    const seconds = full(120, 15);
    const perSecond = 400;
    await openLoad(cluster, seconds, perSecond, (n) => (n % 20 === 0 ? 1 + ((n / 20) % 100) : 0));
    await sleep(1_500);
    const isQuiet = (path: string) => path !== '/f0';
    const lateness = cluster.lateness(isQuiet);
    // What part of its calls each quiet affiliate got in time.
    const shares = cluster.affiliates.slice(1).map(({ affid }) => {
      const own = cluster.lateness((path) => path === `/${affid}`);
      return own.filter((ms) => ms < QUIET_MS).length / ((seconds * perSecond) / 20 / 100);
    });
    const jain = sum(shares) ** 2 / (shares.length * sum(shares.map((share) => share ** 2)));
    const p99Ms = quantile(lateness, 0.99);
    console.log(
      `fault 22: beside one with 95 % of ${perSecond} events a second the others' p99 lateness is ${p99Ms} ms ` +
        `in ${lateness.length} calls, Jain index ${jain.toFixed(3)}`,
    );
    await cluster.settled();

    expect(await cluster.violations()).toEqual([]);
    expect(jain).toBeGreaterThan(0.95);
    return { p99Ms };
  }

  test('fault 22: an affiliate with 95 % of the load delays none of the hundred others', async () => {
    expect((await measured({ p99Ms: QUIET_MS }, besideOneLoud)).p99Ms).toBeLessThan(QUIET_MS);
  });

  async function replaceWorkers() {
    await using cluster = await startCluster({ postgres, workers: 2, affiliates: 10 });
    cluster.sink.behaveAll({ status: 200, afterMs: 100 });
    let isOver = false;
    const load = (async () => {
      while (!isOver) await openLoad(cluster, 1, 200);
    })();
    const codes: (number | null)[] = [];
    for (let round = 0; round < full(36, 3); round += 1) {
      await cluster.startWorker();
      codes.push(await cluster.drain());
      await sleep(full(5_000, 500));
    }
    isOver = true;
    await load;
    await cluster.settled();
    const latestMs = cluster.lateness().at(-1) ?? 0;
    console.log(
      `fault 23: ${codes.length} workers replaced, the latest call was ${latestMs} ms late`,
    );

    expect(await cluster.violations()).toEqual([]);
    expect(codes.filter((code) => code !== 0)).toEqual([]);
    return { latestMs };
  }

  test('fault 23: workers are replaced one after the other under load, without a repeat or a delay', {
    timeout: 400_000,
  }, async () => {
    expect((await measured({ latestMs: 1_000 }, replaceWorkers)).latestMs).toBeLessThan(1_000);
  });
});

function sum(some: number[]): number {
  return some.reduce((total, one) => total + one, 0);
}
