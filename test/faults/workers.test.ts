import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { keyOf } from './support/checker.ts';
import { clockOffBy, clocksCannotBeFaked, makeSteppedClock } from './support/clocks.ts';
import { type Cluster, LEASE_MS, startCluster, UNHURRIED } from './support/cluster.ts';
import { type KillablePostgres, startKillablePostgres } from './support/killable-postgres.ts';
import { underLoad } from './support/load.ts';
import { busiestOf } from './support/metrics.ts';
import { between, eachSeed, full } from './support/seeds.ts';
import type { Hit } from './support/sink.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

/** Reports, and waits until the first call of it came in. */
async function reportAndBegin(cluster: Cluster, count: number): Promise<void> {
  const before = cluster.sink.hits.length;
  await cluster.report(count);
  await eventually(
    async () => cluster.sink.hits.length,
    (hits) => expect(hits).toBeGreaterThan(before),
  );
}

/** Calls that were made before under the same number. */
function repeatsIn(hits: Hit[]): Hit[] {
  const made = new Set<string>();
  return hits.filter(({ id, attempt }) => {
    const isRepeat = made.has(keyOf(id, attempt));
    made.add(keyOf(id, attempt));
    return isRepeat;
  });
}

describe.skipIf(redisServerMissing())('workers', () => {
  test('no fault: nothing is lost, early, doubled or unlogged', async () => {
    await using cluster = await startCluster({
      ...{ postgres, workers: 2, affiliates: 20, variables: UNHURRIED },
    });
    await cluster.report(1_000);
    await cluster.settled();

    expect(await cluster.violations()).toEqual([]);
    expect(cluster.sink.hits).toHaveLength(1_000);
  });

  test('fault 1: a worker is killed with -9 during its calls, beside another one', async () => {
    await using cluster = await startCluster({ postgres, workers: 2 });
    cluster.sink.behaveAll({ status: 200, afterMs: 600 });
    const latest: number[] = [];
    await eachSeed(50, async (random) => {
      await reportAndBegin(cluster, 40);
      await sleep(between(random, 0, 350));
      const before = repeatsIn(cluster.sink.hits).length;
      const victim = await busiestOf(cluster.workers);
      const killedAt = Date.now();
      await cluster.crash(victim);
      await cluster.settled();
      await cluster.startWorker();

      const again = repeatsIn(cluster.sink.hits).slice(before);
      expect(again.length).toBeGreaterThan(0);
      latest.push(Math.max(...again.map(({ at }) => at - killedAt)));
      expect(latest.at(-1)).toBeLessThan(LEASE_MS + 1_000);
    });
    console.log(`fault 1: the last repeat came ${latest.join(', ')} ms after the kill`);

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 2: a worker dies before the call, after it, after the record, after the release', async () => {
    await using cluster = await startCluster({ postgres, workers: 0 });
    const calls = { 'before-send': 1, 'after-send': 2, 'after-record': 1, 'after-release': 1 };
    const lanesInQueue = () => cluster.redisCommand('KEYS', '*:due:*');
    const NONE = '*0\r\n';
    for (let round = 0; round < full(20, 1); round += 1) {
      for (const [point, expected] of Object.entries(calls)) {
        const before = cluster.sink.hits.length;
        await cluster.report(1);
        await cluster.runDyingWorker(point);
        expect((await lanesInQueue()) === NONE, point).toBe(point === 'after-release');
        await cluster.startWorker();
        await cluster.settled();
        // Or the next one to die would find what this one left, and die of that beside a call of its own.
        await eventually(lanesInQueue, (lanes) => expect(lanes).toBe(NONE));
        await cluster.drain();
        expect(cluster.sink.hits.length - before, point).toBe(expected);
      }
    }

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 3: a worker that was frozen for longer than its leases is superseded', async () => {
    await using cluster = await startCluster({ postgres, workers: 2 });
    cluster.sink.behaveAll({ status: 200, afterMs: 600 });
    await eachSeed(10, async (random) => {
      await reportAndBegin(cluster, 40);
      await sleep(between(random, 0, 350));
      const thaw = await cluster.freeze(await busiestOf(cluster.workers));
      await cluster.settled();
      thaw();
      const repeated = repeatsIn(cluster.sink.hits).length;
      expect(repeated).toBeGreaterThan(0);
      await eventually(
        () => cluster.sql('SELECT count(*)::int FROM postback_attempt WHERE superseded'),
        (rows) => expect(rows).toEqual([{ count: repeated }]),
      );
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 3: what it had not written when it was frozen it does not write when it goes on', async () => {
    await using cluster = await startCluster({ postgres, workers: 2 });
    await eachSeed(10, async (random) => {
      await reportAndBegin(cluster, 400);
      await sleep(between(random, 0, 30));
      const thaw = await cluster.freeze(cluster.workers[Math.floor(between(random, 0, 2))]);
      await cluster.settled();
      const before = repeatsIn(cluster.sink.hits).length;
      thaw();
      await sleep(1_000);
      // The one that it was writing.
      expect(repeatsIn(cluster.sink.hits).length - before).toBeLessThanOrEqual(1);
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test.skipIf(clocksCannotBeFaked())(
    'fault 19: clocks that are 90 s ahead or behind make nothing early or lost',
    async () => {
      const apiVariables = clockOffBy(-90);
      await using cluster = await startCluster({ postgres, workers: 0, apiVariables });
      await Promise.all([
        cluster.startWorker(clockOffBy(90)),
        cluster.startWorker(clockOffBy(-90)),
      ]);
      await cluster.report(200);
      await cluster.settled();

      expect(await cluster.violations()).toEqual([]);
    },
  );

  test.skipIf(clocksCannotBeFaked())(
    'fault 19: a clock that is set back during the run makes nothing early, lost or late',
    async () => {
      using clock = makeSteppedClock();
      await using cluster = await startCluster({
        postgres,
        workers: 2,
        variables: clock.variables,
      });
      await underLoad(cluster, async () => {
        clock.setBack(90);
        await sleep(2_500);
      });

      expect(await cluster.violations()).toEqual([]);
      expect(cluster.lateness().at(-1)).toBeLessThan(5_000);
    },
  );

  test('fault 21: a postback that workers die over is quarantined, its neighbours are not', async () => {
    await using cluster = await startCluster({ postgres, workers: 0, affiliates: 3 });
    await cluster.report(9);
    const poison = 'before-send@t=t4';
    for (let deaths = 0; deaths < 3; deaths += 1) await cluster.runDyingWorker(poison);
    await cluster.startWorker({ VOLLEY_FAULT_AT: poison });
    await cluster.settled();

    const rows = await cluster.sql(
      `SELECT state::text, reason, count(*)::int FROM postback GROUP BY 1, 2 ORDER BY 3`,
    );
    expect(rows).toEqual([
      { state: 'FAILED', reason: 'QUARANTINED', count: 1 },
      { state: 'DELIVERED', reason: null, count: 8 },
    ]);
    expect(await cluster.violations()).toEqual([]);
  });
});
