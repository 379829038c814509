import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import {
  type Cluster,
  DEADLINE_MS,
  type KillablePostgres,
  LEASE_MS,
  startCluster,
  startKillablePostgres,
} from './support/cluster.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
/** Its own clock is another one; how time passes is not. */
const FAKETIME = { LD_PRELOAD: LIBRARY, FAKETIME_DONT_FAKE_MONOTONIC: '1' };

function clocksCannotBeFaked(): boolean {
  if (existsSync(LIBRARY)) return false;
  console.warn('SKIPPED: no libfaketime on this machine (Debian: apt install faketime)');
  return true;
}

/** Waits until so many calls have come in. */
function untilHits(cluster: Cluster, count: number): Promise<unknown> {
  return eventually(
    async () => cluster.sink.hits.length,
    (hits) => expect(hits).toBeGreaterThanOrEqual(count),
  );
}

describe.skipIf(redisServerMissing())('workers', () => {
  test('without a fault nothing is lost, early, doubled or unlogged', async () => {
    await using cluster = await startCluster({ postgres, workers: 2, affiliates: 20 });
    await cluster.report(1_000);
    await cluster.settled();

    expect(await cluster.violations()).toEqual([]);
    expect(cluster.sink.hits).toHaveLength(1_000);
  });

  test.each([150, 700])('fault 1: a worker is killed %i ms into its calls', async (afterMs) => {
    await using cluster = await startCluster({ postgres });
    cluster.sink.behaveAll({ status: 200, afterMs: 500 });
    await cluster.report(60);
    await untilHits(cluster, 1);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    const killedAt = Date.now();
    const before = new Set(cluster.sink.hits.map(({ id }) => id));
    cluster.workers[0]?.kill('SIGKILL');
    await cluster.startWorker();
    await cluster.settled();

    const again = cluster.sink.hits.filter(({ id, at }) => before.has(id) && at > killedAt);
    expect(await cluster.violations({ duplicates: before.size, unlogged: before.size })).toEqual(
      [],
    );
    expect(Math.max(...again.map(({ at }) => at - killedAt))).toBeLessThan(LEASE_MS + 2_000);
  });

  test.each([
    ['before-send', 0],
    ['after-send', 1],
    ['after-record', 0],
    ['after-release', 0],
  ])('fault 2: a worker dies %s', async (point, duplicates) => {
    await using cluster = await startCluster({ postgres, workers: 0 });
    await cluster.report(10);
    await cluster.runDyingWorker(point);
    await cluster.startWorker();
    await cluster.settled();

    // The calls that were under way beside the one that died of it.
    const others = cluster.sink.hits.length > 10 ? 9 : 0;
    expect(
      await cluster.violations({ duplicates: duplicates + others, unlogged: duplicates + others }),
    ).toEqual([]);
  });

  test('fault 3: a worker that was frozen for longer than its leases changes nothing', async () => {
    await using cluster = await startCluster({ postgres });
    cluster.sink.behaveAll({ status: 200, afterMs: 600 });
    await cluster.report(20);
    await untilHits(cluster, 5);
    const [frozen] = cluster.workers;
    frozen?.kill('SIGSTOP');
    // What it had written already still comes in.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const inFlight = cluster.sink.hits.length;
    await cluster.startWorker();
    await cluster.settled();
    frozen?.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS + 500));

    expect(await cluster.violations({ duplicates: inFlight })).toEqual([]);
  });

  test('fault 4: the API dies between the commit and Redis', async () => {
    await using cluster = await startCluster({
      postgres,
      apiVariables: { VOLLEY_FAULT_AT: 'after-accept' },
    });
    // Nobody is answered any more, so nobody reports it again.
    void cluster.report(1).catch(() => {});
    await cluster.api.exited;
    await untilHits(cluster, 1);
    const [hit] = cluster.sink.hits;
    const [row] = await cluster.sql('SELECT id, volley_ms(due_at) AS due FROM postback');

    expect(hit?.id).toBe(row?.id);
    expect((hit?.at ?? 0) - Number(row?.due)).toBeLessThan(7_000);
  });

  test.skipIf(clocksCannotBeFaked())(
    'fault 19: clocks that are 90 s ahead or behind make nothing early or lost',
    async () => {
      await using cluster = await startCluster({
        postgres,
        workers: 0,
        apiVariables: { ...FAKETIME, FAKETIME: '-90s' },
      });
      await cluster.startWorker({ ...FAKETIME, FAKETIME: '+90s' });
      await cluster.startWorker({ ...FAKETIME, FAKETIME: '-90s' });
      await cluster.report(200);
      await cluster.settled();

      expect(await cluster.violations()).toEqual([]);
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
  });

  test('fault 23: workers are replaced one after the other under load, without a duplicate', async () => {
    await using cluster = await startCluster({ postgres, workers: 2, affiliates: 10 });
    cluster.sink.behaveAll({ status: 200, afterMs: 100 });
    let stopped = false;
    const load = (async () => {
      while (!stopped) await cluster.report(50);
    })();
    for (let round = 0; round < 3; round += 1) {
      const next = await cluster.startWorker();
      const old = cluster.workers.shift();
      old?.kill('SIGTERM');
      expect((await old?.exited)?.code).toBe(0);
      expect(next).toBe(cluster.workers.at(-1));
    }
    stopped = true;
    await load;
    await cluster.settled();

    expect(await cluster.violations()).toEqual([]);
    expect(cluster.lateness().at(-1)).toBeLessThan(2_000);
  });
});
